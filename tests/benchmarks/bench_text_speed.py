"""What reading costs and how often it is wrong about the world: ``python -m tests.benchmarks.bench_text_speed``.

Microseconds of processor time per text, also as a ratio to an empty Python loop of a thousand turns, which says more on
a busy machine; then actionable mentions per 1,000 sentences of banking77 and of our own Dutch news sentences.
"""

import csv
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from signals.text import Reader, load_reader
from tests.benchmarks.bench_text import AT, BANK, LEXICON
from tests.signals.text.labelled import development_cases

NO_HIT = "kunt u mij het formulier voor de opgave nog eens toesturen"


def processor_time(action: Callable[[], object], rounds: int) -> float:
    """Microseconds per round, the best of five."""
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(rounds):
            action()
        best = min(best, (time.process_time() - start) / rounds * 1e6)
    return best


def loop() -> None:
    for _ in range(1000):
        pass


def alarms(name: str, texts: list[str], channel: str | None, reader: Reader) -> None:
    life = {event for event, label in reader.lexicon.labels.items() if label.family == "life_event"}
    told = [{mention.event for mention in reader.read(text, channel, AT) if mention.actionable} for text in texts]
    any_event, life_events = sum(map(bool, told)), sum(len(events & life) for events in told)
    print(
        f"{name}, channel {channel}: {1000 * any_event / len(texts):.1f} texts per 1,000 tell anything, "
        f"{1000 * life_events / len(texts):.1f} life events per 1,000 ({len(texts)} texts)"
    )


def main() -> None:
    start = time.process_time()
    reader = load_reader(LEXICON, ZoneInfo("Europe/Amsterdam"))
    print(f"load: {time.process_time() - start:.2f} s of processor time")
    turns = processor_time(loop, 200)
    telling = [case for case in development_cases() if reader.read(case.text, case.channel, AT)]
    none = processor_time(lambda: reader.read(NO_HIT, "chat", AT), 2000)
    hit = processor_time(lambda: [reader.read(c.text, c.channel, AT) for c in telling], 1) / len(telling)
    print(f"no hit: {none:.1f} us ({none / turns:.2f} loops)   hit: {hit:.1f} us ({hit / turns:.2f} loops)")
    news = (Path(__file__).parents[1] / "signals" / "text" / "news.txt").read_text(encoding="utf-8").splitlines()
    alarms("news", news, None, reader)
    with (BANK / "test.csv").open(encoding="utf-8", newline="") as rows:
        bank = [row["text"] for row in csv.DictReader(rows)]
    for channel in (None, "chat"):
        alarms("banking77", bank, channel, reader)


if __name__ == "__main__":
    main()
