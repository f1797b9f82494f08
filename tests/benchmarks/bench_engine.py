"""What an event costs the engine, stage by stage, and what a customer costs in bytes.

Run with ``python -m tests.benchmarks.bench_engine [customers] [events of PS-1]``. The full pack works on a simulated
year (cold, with phrases that no text has met yet, and again; and as ``signals replay`` runs it, which keeps no rows
and explains no refusals), the PS-1 pack on the generator's events. All times are CPU time of this process, beside
that of a fixed plain loop, so that figures of different machines, or of a busy one, can be compared.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from statistics import quantiles

from signals.batch import Batch
from signals.config import Config
from signals.customer.codec import decode_customer, encode_customer
from signals.engine import Engine
from signals.events.decode import decode_structured, encode
from signals.events.event import Event
from signals.pack.compile import open_pack
from signals.simulation.play import Simulation
from streams.garbage import look_seldom, looking_never
from streams.large_pages import use_large_pages
from streams.replay.reorder import Reorder
from tests.benchmarks.ps1.replay import BATCH, open_ps1, read
from tests.conftest import SHARED

LOOP = 2_000_000
ROUNDS = 20


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one run."""
    started = time.process_time()
    work()
    return time.process_time() - started


def loop() -> None:
    """The fixed work that times are compared with."""
    total = 0
    for number in range(LOOP):
        total += number * number % 7


def insurance(customers: int) -> None:
    """The full pack on a simulated year."""
    raws = [encode(event) for event in Simulation(customers, 365, 1, date(2025, 1, 1)).events()]
    pack = open_pack(Config())
    plain = cpu(loop)
    events: list[Event] = []
    tell("decode", cpu(lambda: events.extend(read_all(raws))), len(raws))
    reorder = Reorder(pack.environment.lateness)
    batches: list[Sequence[Event]] = []
    tell("put in order", cpu(lambda: batches.extend(in_order(reorder, events))), len(raws))
    look_seldom()
    cold = Engine(pack)
    tell("engine, cold", cpu(lambda: [cold.process(batch) for batch in batches]), len(raws))
    engine = Engine(pack)
    done: list[Batch] = []
    seconds = cpu(lambda: done.extend(engine.process(batch) for batch in batches))
    tell("engine", seconds, len(raws))
    kept = {key: row for batch in done for key, row in batch.rows.items() if row is not None}
    rows = [row for row in kept.values() if decode_customer(row).became is None]
    tell("encode a row", cpu(lambda: [encode_customer(customer) for customer in engine.cached]), len(engine.cached))
    decode = cpu(lambda: [decode_customer(row) for _ in range(ROUNDS) for row in rows])
    tell("decode a row", decode, ROUNDS * len(rows))
    replaying = Engine(pack, write_through=False, explaining=False)
    with looking_never():
        replayed = cpu(lambda: [replaying.process(batch) for batch in batches])
    tell("as in replay", replayed, len(raws))
    percentiles = quantiles(map(len, rows), n=100)
    decided = sum(len(batch.decisions) for batch in done)
    print(f"{len(raws)} events, {decided} decisions told, {engine.timers_fired} timers, {len(rows)} customers")
    print(f"row bytes: median {percentiles[49]:.0f}, p90 {percentiles[89]:.0f}, p99 {percentiles[98]:.0f}")
    print(
        f"a loop of {LOOP} steps took {plain:.3f} s: the engine does {len(raws) / seconds:.0f} events/s, "
        f"{len(raws) / replayed:.0f} as in replay\n"
    )


def ps1(count: int) -> None:
    """The PS-1 pack on its generator's events, in batches as a stream brings them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        options = ["--events", str(count), "--customers", str(count // 10), "--out", str(path)]
        subprocess.run([sys.executable, "-m", "ps1.gen", *options], cwd=SHARED / "peers", check=True)
        events = list(read(path.read_bytes().splitlines()))
    engine = Engine(open_ps1(), write_through=False)
    batches = [events[start : start + BATCH] for start in range(0, count, BATCH)]
    seconds = cpu(lambda: [engine.process(batch) for batch in batches])
    tell("PS-1", seconds, count)
    print(f"PS-1: {count / seconds:.0f} events/s")


def read_all(raws: Sequence[bytes]) -> list[Event]:
    """The events of lines that are known to be right."""
    return [event for raw in raws if isinstance(event := decode_structured(raw), Event)]


def in_order(reorder: Reorder, events: Sequence[Event]) -> list[Sequence[Event]]:
    """The batches replay would make."""
    return [*(ready for event in events for ready in reorder.add(event)), reorder.rest()]


def tell(stage: str, seconds: float, count: int) -> None:
    """One stage, per piece of its work."""
    print(f"{stage:>14} {seconds / count * 1e6:8.1f} µs")


def main() -> None:
    use_large_pages()
    customers, events = ([int(word) for word in sys.argv[1:]] + [1_000, 100_000][len(sys.argv) - 1 :])[:2]
    insurance(customers)
    ps1(events)


if __name__ == "__main__":
    main()
