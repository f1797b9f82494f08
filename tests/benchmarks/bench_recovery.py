"""How long a worker takes to have its shards again, and how much memory: ``python -m tests.benchmarks.bench_recovery``.

One million rows of 1,000 bytes on the changelog: first without a local copy, then after a kill, with it.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from kafka import KafkaProducer

from tests.benchmarks.bench_worker import cpu_seconds
from tests.cluster.workers import Cluster
from tests.servers.kafka import Kafka
from tests.servers.redis import Redis

BYTES = 1_000
NEVER = (2**62).to_bytes(8, "big")


def main(rows: int) -> None:
    """Run and print."""
    folder = Path(tempfile.mkdtemp())
    kafka, redis = Kafka(folder / "kafka"), Redis(folder / "redis")
    kafka.run()
    redis.run()
    cluster = Cluster(kafka.bootstrap, redis.url, folder)
    try:
        fill(cluster, rows)
        for what in ("without a local copy", "with a local copy, after a kill"):
            begin = time.monotonic()
            worker = cluster.start("a")
            took = time.monotonic() - begin
            assert worker.process is not None
            status = Path(f"/proc/{worker.process.pid}/status").read_text()
            resident = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024
            spent = cpu_seconds(worker.process.pid)
            print(f"{rows:,} rows {what}: ready {took:.1f} s after the start, {spent:.1f} s of CPU with starting, "
                  f"{resident:,.0f} MiB resident", flush=True)  # fmt: skip
            time.sleep(2)
            worker.kill()
    finally:
        cluster.stop()
        redis.kill()
        kafka.kill()


def fill(cluster: Cluster, rows: int) -> None:
    producer = KafkaProducer(
        bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"],
        linger_ms=50,
        batch_size=1 << 19,
        max_request_size=1 << 22,
    )
    count = cluster.settings.partitions
    for number in range(rows):
        row = b"\x01" + NEVER + number.to_bytes(8, "big") + os.urandom(8) * ((BYTES - 17) // 8)
        producer.send(cluster.topics.changelog, row, key=f"customer:{number}".encode(), partition=number % count)
    producer.flush()
    producer.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
