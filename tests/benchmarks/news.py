"""News that concerns every customer at one moment: for how long somebody else's events wait meanwhile.

``python -m tests.benchmarks.news [CUSTOMERS]``. The worker is the season's. While the news is told, others answer a
survey in every shard, twenty a second; each answer leads to a recommendation, and the time until Kafka has that is
printed: half of them, and the slowest.
"""

import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from statistics import median

import msgspec

from signals.events.event import Event
from streams.cluster.load import Sender
from tests.benchmarks.season import BEFORE, Season
from tests.benchmarks.soak import Soak
from tests.cluster.workers import port_of

EVERY_SECONDS = 0.05
SETTLED_SECONDS = 3
ANSWER = {"kind": "nps", "score": 3}


class Answers:
    """Answers to a survey, one after the other until ``stop``."""

    def __init__(self, soak: Soak, name: str) -> None:
        self._soak = soak
        self._name = name
        self._sender = Sender(soak.cluster.settings)
        self._sent: dict[str, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def stop(self) -> list[float]:
        """The seconds that each took."""
        self._stopped.set()
        self._thread.join()
        time.sleep(SETTLED_SECONDS)
        told: dict[str, float] = {}
        for record in self._soak.cluster.records(self._soak.cluster.topics.recommendations):
            customer = msgspec.json.decode(record.value)["subject"]
            told.setdefault(customer, record.timestamp / 1000)
        return [told[customer] - sent for customer, sent in self._sent.items()]

    def _send(self) -> None:
        while not self._stopped.wait(EVERY_SECONDS):
            who = f"customer:{self._name}{len(self._sent)}"
            self._sent[who] = time.time()
            self._sender.send(Event(f"a{who}", "/survey", "survey.answered", BEFORE, BEFORE, who, ANSWER))
            self._sender.flush()


class News(Season):
    """News that concerns everybody."""

    def tell(self, customers: int) -> str:
        """Tell it, and wait until all have heard; what that took."""
        before, processor, self._most, begin = self._memory(), self._seconds(), 0, time.monotonic()
        decided = self._decided()
        news = {"product": "health", "what": "premium", "competitor": "Rival", "premium": 100.0}
        self._send(BEFORE, "market:NL", "market.changed", **news)
        self._sender.flush()
        while self._decided() < decided + customers:
            time.sleep(0.2)
        seconds, processor = time.monotonic() - begin, self._seconds() - processor
        return f"{before} MiB, at most {self._most}; {seconds:.0f} s, processor time {processor:.0f} s"

    def _decided(self) -> float:
        page = urllib.request.urlopen(f"http://127.0.0.1:{port_of(self._worker)}/metrics", timeout=30).read().decode()
        lines = (line for line in page.splitlines() if line.startswith("signals_candidates_total{"))
        return sum(float(line.split()[-1]) for line in lines if '"market.premium"' in line)


def main(customers: int) -> None:
    """Run and print."""
    soak = Soak(Path(tempfile.mkdtemp()))
    try:
        news = News(soak)
        news.begin(customers)
        answers = Answers(soak, "before")
        time.sleep(5)
        print(f"before: {told(answers.stop())}", flush=True)
        answers = Answers(soak, "meanwhile")
        print(f"the news: {news.tell(customers)}", flush=True)
        print(f"meanwhile: {told(answers.stop())}", flush=True)
    finally:
        soak.stop()


def told(seconds: list[float]) -> str:
    """Half of them, and the slowest."""
    return f"{len(seconds)} answers, half within {median(seconds) * 1000:.0f} ms, all within {max(seconds) * 1000:.0f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)
