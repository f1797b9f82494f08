"""What a transaction costs: ``python -m tests.benchmarks.bench_ledger [shards] [seconds] [rows]``.

Shards write as a worker does that is not busy: changed rows of 1,000 bytes, a decision for every five of them and a
recommendation for every ten, one transaction after the other at a worker's pace. Prints how long they take
and the processor time of the writer and of the broker, after a quarter of the time for warming up.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from streams.cluster.background import Background
from streams.cluster.ledger import Ledger, Writes
from streams.cluster.shards import APART_SECONDS
from streams.cluster.topics import Topics
from streams.cluster.writing import Turns
from tests.benchmarks.bench_worker import cpu_seconds, pin
from tests.cluster.workers import Cluster
from tests.servers.kafka import Kafka
from tests.servers.redis import Redis

ROW = b"r" * 1_000


def writes(topics: Topics, shard: int, rows: int) -> list[Writes]:
    """What one transaction holds."""
    changelog = [(f"customer:{number}".encode(), ROW) for number in range(rows)]
    decisions, recommendations = changelog[: rows // 5 + 1], changelog[: rows // 10 + 1]
    return [
        Writes(topics.changelog, shard, changelog),
        Writes(topics.decisions, shard, decisions),
        Writes(topics.recommendations, shard, recommendations),
    ]


async def write(
    ledger: Ledger, content: list[Writes], turns: Turns, until: float, took: list[tuple[float, float]]
) -> None:
    """One after the other; notes when each began and how long it took."""
    while (began := time.monotonic()) < until:
        await ledger.write(content)
        took.append((began, time.monotonic() - began))
        await turns.wait()


async def run(cluster: Cluster, kafka: Kafka, shards: int, seconds: float, rows: int) -> None:
    """Write, and print."""
    background = Background("transactions")
    ledgers = [Ledger(cluster.settings, shard, background) for shard in range(shards)]
    for ledger in ledgers:
        await ledger.open()
    took: list[tuple[float, float]] = []
    begin = time.monotonic()
    warm, end = begin + seconds / 4, begin + seconds
    turns = Turns(APART_SECONDS)
    work = [
        write(ledger, writes(cluster.topics, shard, rows), turns, end, took) for shard, ledger in enumerate(ledgers)
    ]
    running = asyncio.gather(*work)
    await asyncio.sleep(seconds / 4)
    assert kafka.process is not None
    ours, theirs = time.process_time(), cpu_seconds(kafka.process.pid)
    await running
    ours, theirs = time.process_time() - ours, cpu_seconds(kafka.process.pid) - theirs
    counted = sorted(one for at, one in took if at >= warm)
    count = len(counted)
    print(f"{shards} shards, {rows} rows each: {count / (seconds * 3 / 4):.0f} transactions/s, "
          f"p50 {counted[count // 2] * 1000:.1f} ms, p99 {counted[int(count * 0.99)] * 1000:.1f} ms; "
          f"processor {ours / count * 1000:.2f} ms here, {theirs / count * 1000:.2f} ms the broker")  # fmt: skip
    for ledger in ledgers:
        await ledger.close()


def main(shards: int, seconds: float, rows: int) -> None:
    """Start the servers and run."""
    with tempfile.TemporaryDirectory() as folder:
        kafka, redis = Kafka(Path(folder) / "kafka"), Redis(Path(folder) / "redis")
        kafka.run()
        redis.run()
        pin(kafka, 0)
        cluster = Cluster(kafka.bootstrap, redis.url, Path(folder), SIGNALS_PARTITIONS=str(shards))
        try:
            asyncio.run(run(cluster, kafka, shards, seconds, rows))
        finally:
            redis.kill()
            kafka.kill()


if __name__ == "__main__":
    given = sys.argv[1:] + ["4", "40", "10"][len(sys.argv) - 1 :]
    main(int(given[0]), float(given[1]), int(given[2]))
