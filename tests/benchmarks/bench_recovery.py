"""How long a worker takes to have its shards again, and how much memory: ``python -m tests.benchmarks.bench_recovery
[customers] [times]``.

A year of 500 invented customers under the full pack, with the rows that lead to theirs (addresses, devices), lies on
the changelog under so many names that there are one million. A worker with the settings as they come takes them first
without a local copy, then after a kill, with it; then events of customers by chance come in until it has as many rows
at hand as it may.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

from signals.config import Config
from signals.engine import OWN, Engine
from signals.pack.compile import open_pack
from signals.simulation.play import Simulation
from streams.cluster.background import Background
from streams.cluster.ledger import Ledger, Writes
from streams.cluster.routing import shard_of
from streams.cluster.store import clock_row, pack_row
from tests.benchmarks.bench_worker import cpu_seconds, processed
from tests.cluster.workers import Cluster, search
from tests.servers.kafka import Kafka
from tests.servers.process import Server
from tests.servers.redis import Redis

POPULATION = 500
VISITS = 60_000
AT_ONCE = 5_000
PATIENCE_SECONDS = 600


def main(customers: int, times: int) -> None:
    """Run and print."""
    with tempfile.TemporaryDirectory() as folder:
        recover(Path(folder), customers, times)


def recover(folder: Path, customers: int, times: int) -> None:
    """Fill the changelog, and start workers."""
    kafka, redis = Kafka(folder / "kafka"), Redis(folder / "redis")
    kafka.run()
    redis.run()
    cluster = Cluster(kafka.bootstrap, redis.url, folder, SIGNALS_PARTITIONS="8")
    try:
        known = asyncio.run(fill(cluster, customers))
        for what in ["without a local copy", *["with a local copy, after a kill"] * times]:
            begin = time.monotonic()
            worker = cluster.start("a", "signals", seconds=PATIENCE_SECONDS)
            took = time.monotonic() - begin
            print(f"{what}: ready {took:.1f} s after the start, {memory(worker)}", flush=True)
            time.sleep(2)
            worker.kill()
        worker = cluster.start("a", "signals", seconds=PATIENCE_SECONDS)
        visit(cluster, worker, known)
    finally:
        cluster.stop()
        redis.kill()
        kafka.kill()


async def fill(cluster: Cluster, customers: int) -> list[str]:
    """Put a population's rows on the changelog under many names; returns those of the customers."""
    engine = Engine(open_pack(Config()), write_through=False, explaining=False)
    begin = datetime.now(UTC).date() - timedelta(365)
    events = Simulation(POPULATION, 365, 1, begin).events()
    engine.process(sorted(events, key=lambda event: event.time))
    rows = {key: row for key, row in engine.take_rows().items() if row is not None and not key.startswith(OWN)}
    beside = [clock_row(engine.clock), pack_row(engine.pack.environment.fingerprint.digest)]
    settings = cluster.settings
    ledgers = [Ledger(settings, shard, Background("filling")) for shard in range(settings.partitions)]
    for ledger in ledgers:
        await ledger.open()
    known, put, size = list[str](), 0, 0
    named = under_many_names(rows, customers)
    while some := list(islice(named, AT_ONCE)):
        parts: list[list[tuple[bytes, bytes]]] = [list(beside) for _ in ledgers]
        for key, row in some:
            parts[shard_of(key, settings.partitions)].append((key.encode(), row))
        for shard, (ledger, part) in enumerate(zip(ledgers, parts, strict=True)):
            await ledger.write([Writes(cluster.topics.changelog, shard, part)])
        known += [key for key, _ in some if key.startswith("customer:")]
        put, size = put + len(some), size + sum(len(row) for _, row in some)
    for ledger in ledgers:
        await ledger.close()
    print(f"{len(known):,} customers in {put:,} rows of {size / put:,.0f} bytes", flush=True)
    return known


def under_many_names(rows: dict[str, bytes], customers: int) -> Iterator[tuple[str, bytes]]:
    """The rows, over and over, each time under other names, until there are so many customers."""
    for copy in range(-(-customers // POPULATION)):
        yield from ((f"{key}-{copy}", row) for key, row in rows.items())


def visit(cluster: Cluster, worker: Server, known: list[str]) -> None:
    """Have customers by chance look for something: for more than may be at hand."""
    chance = Random(1)
    keys = (chance.choice(known) for _ in range(VISITS))
    begin, count = time.monotonic(), 0
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    while batch := list(islice(keys, AT_ONCE)):
        cluster.send({**search(count + place, 0), "subject": key, "time": now} for place, key in enumerate(batch))
        count += len(batch)
    while processed(worker) < count:
        time.sleep(0.5)
    print(f"{count:,} events of customers by chance in {time.monotonic() - begin:.1f} s: {memory(worker)}", flush=True)


def memory(worker: Server) -> str:
    """Processor time and memory of a worker until now."""
    assert worker.process is not None
    lines = Path(f"/proc/{worker.process.pid}/status").read_text().splitlines()
    held, most = (
        next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024 for name in ("VmRSS", "VmHWM")
    )
    return f"{cpu_seconds(worker.process.pid):.1f} s of CPU, {held:,.0f} MiB resident, {most:,.0f} at most"


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(*[*words, *[1_000_000, 1][len(words) :]])
