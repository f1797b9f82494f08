"""How long a worker takes to have its shards again, and how much memory: ``python -m tests.benchmarks.bench_recovery
[customers] [times]``.

A year of 500 invented customers under the full pack, with the rows that lead to theirs (addresses, devices), lies on
the changelog under so many names that there are one million. A worker with the settings as they come takes them first
without a local copy, then after a kill, with it; then events of customers by chance come in until it has as many rows
at hand as it may.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

from kafka import KafkaProducer

from signals.config import Config
from signals.engine import OWN, Engine
from signals.pack.compile import open_pack
from signals.simulation.play import Simulation
from streams.cluster.routing import shard_of
from streams.cluster.store import clock_row, pack_row
from tests.benchmarks.bench_worker import cpu_seconds, processed
from tests.cluster.workers import Cluster, search
from tests.servers.kafka import Kafka
from tests.servers.process import Server
from tests.servers.redis import Redis

POPULATION = 500
VISITS = 60_000


def main(customers: int, times: int) -> None:
    """Run and print."""
    folder = Path(tempfile.mkdtemp())
    kafka, redis = Kafka(folder / "kafka"), Redis(folder / "redis")
    kafka.run()
    redis.run()
    cluster = Cluster(kafka.bootstrap, redis.url, folder, SIGNALS_PARTITIONS="8")
    try:
        known = fill(cluster, customers)
        for what in ["without a local copy", *["with a local copy, after a kill"] * times]:
            begin = time.monotonic()
            worker = cluster.start("a", "signals")
            took = time.monotonic() - begin
            print(f"{what}: ready {took:.1f} s after the start, {memory(worker)}", flush=True)
            time.sleep(2)
            worker.kill()
        worker = cluster.start("a", "signals")
        visit(cluster, worker, known)
    finally:
        cluster.stop()
        redis.kill()
        kafka.kill()


def fill(cluster: Cluster, customers: int) -> list[str]:
    """Put a population's rows on the changelog under many names; returns those of the customers."""
    engine = Engine(open_pack(Config()), write_through=False, explaining=False)
    begin = datetime.now(UTC).date() - timedelta(365)
    events = Simulation(POPULATION, 365, 1, begin).events()
    engine.process(sorted(events, key=lambda event: event.time))
    rows = {key: row for key, row in engine.take_rows().items() if row is not None and not key.startswith(OWN)}
    beside = [clock_row(engine.clock), pack_row(engine.pack.environment.fingerprint.digest)]
    partitions = range(cluster.settings.partitions)
    producer = KafkaProducer(
        bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"],
        linger_ms=50,
        batch_size=1 << 19,
        max_request_size=1 << 22,
    )
    known, put, size = list[str](), 0, 0
    for key, row in under_many_names(rows, customers):
        if key.startswith("customer:"):
            known.append(key)
        partition = shard_of(key, len(partitions))
        producer.send(cluster.topics.changelog, row, key=key.encode(), partition=partition)
        put, size = put + 1, size + len(row)
    for partition in partitions:
        for name, value in beside:
            producer.send(cluster.topics.changelog, value, key=name, partition=partition)
    producer.flush()
    producer.close()
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
    while batch := list(islice(keys, 5_000)):
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
