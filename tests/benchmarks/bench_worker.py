"""Throughput, CPU per event and latency of one worker on a real Kafka and Redis.

``python -m tests.benchmarks.bench_worker [counting|signals] [EVENTS]``: the worker is pinned to core 1, the servers and
this program to core 0. ``counting`` is the substrate with an engine that does next to nothing (one recommendation in
ten events of a customer); ``signals`` the insurance pack over a simulated population. Latency only with ``counting``.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from signals.events.decode import decode_structured
from signals.events.event import Event
from streams.cluster.load import Sender
from tests.cluster.workers import Cluster, search, signals
from tests.servers.kafka import Kafka
from tests.servers.process import Server
from tests.servers.redis import Redis

RATE, SECONDS = int(os.environ.get("RATE", "2000")), 15
PROCESSED = 'signals_events_ingested_total{outcome="processed"}'


def main(engine: str, count: int) -> None:
    """Run and print."""
    folder = Path(tempfile.mkdtemp())
    kafka, redis = Kafka(folder / "kafka"), Redis(folder / "redis")
    kafka.run()
    redis.run()
    os.sched_setaffinity(0, {0})
    for server in (kafka, redis):
        pin(server, 0)
    cluster = Cluster(kafka.bootstrap, redis.url, folder, COUNTING_EVERY="10")
    try:
        throughput(cluster, engine, count)
        if engine == "counting":
            latency(cluster, count)
    finally:
        cluster.stop()
        kafka.kill()
        redis.kill()


def throughput(cluster: Cluster, engine: str, count: int) -> None:
    """Let a fresh worker work through a full topic; the rate between 10 % and 90 %."""
    total = fill(cluster, simulated(cluster, count) if engine == "signals" else counted(count))
    worker = cluster.start("a", engine=engine)
    pid = pin(worker, 1)
    points = [(time.monotonic(), processed(worker), cpu_seconds(pid))]
    while points[-1][1] < total:
        time.sleep(0.5)  # telling its metrics takes the worker 8 ms
        points.append((time.monotonic(), processed(worker), cpu_seconds(pid)))
    inner = [point for point in points if 0.1 * total <= point[1] <= 0.9 * total]
    first, last = inner[0], inner[-1]
    done = last[1] - first[1]
    print(f"{engine}: {total} events; {done / (last[0] - first[0]):,.0f} events/s, "
          f"{(last[2] - first[2]) / done * 1e6:.1f} µs of CPU per event")  # fmt: skip


def latency(cluster: Cluster, begin: int) -> None:
    """Time from sending an event to reading its recommendation as a committed record, at a steady rate."""
    producer = KafkaProducer(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"], linger_ms=1)
    consumer = KafkaConsumer(
        bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"], group_id=None, isolation_level="read_committed"
    )
    parts = [TopicPartition(cluster.topics.recommendations, number) for number in range(cluster.settings.partitions)]
    consumer.assign(parts)
    consumer.seek_to_end(*parts)
    [consumer.position(part) for part in parts]
    sent: dict[str, float] = {}
    took: list[float] = []
    start = time.monotonic()
    number = 0
    while (now := time.monotonic()) < start + SECONDS:
        while number < (now - start) * RATE:
            event = search(begin + number, number % 100)
            sent[event["id"]] = time.monotonic()
            producer.send(
                cluster.topics.events, json.dumps(event).encode(), partition=number % cluster.settings.partitions
            )
            number += 1
        took += arrivals(consumer, sent, start + 5)
    took.sort()
    print(f"at {RATE} events/s: p50 {statistics.median(took) * 1000:.1f} ms, "
          f"p99 {took[int(len(took) * 0.99)] * 1000:.1f} ms ({len(took)} recommendations)")  # fmt: skip


def arrivals(consumer: KafkaConsumer, sent: dict[str, float], after: float) -> Iterator[float]:
    for records in consumer.poll(timeout_ms=1).values():
        for record in records:
            when = sent.get(json.loads(record.value)["data"]["id"])
            if when is not None and when > after:
                yield time.monotonic() - when


def counted(count: int) -> Iterator[Event]:
    for number in range(count):
        event = decode_structured(json.dumps(search(number, number * 7919 % 20_000)).encode())
        assert isinstance(event, Event)
        yield event


def simulated(cluster: Cluster, count: int) -> Iterator[Event]:
    file = cluster.folder / "events.jsonl"
    size = ("--customers", str(max(100, count // 100)), "--days", "365", "--seed", "3")
    signals(cluster, "simulate", *size, "--out", str(file), "--truth", str(cluster.folder / "truth.jsonl"))
    for line in file.read_bytes().splitlines()[:count]:
        event = decode_structured(line)
        assert isinstance(event, Event)
        yield event


def fill(cluster: Cluster, events: Iterator[Event]) -> int:
    sender = Sender(cluster.settings)
    total = 0
    for event in events:
        sender.send(event)
        total += 1
    sender.flush()
    sender.close()
    return total


def processed(worker: Server) -> int:
    """The worker's own count, from its metrics."""
    port = next(word.partition("=")[2] for word in worker.command if word.startswith("SIGNALS_WORKER_PORT="))
    page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    return int(sum(float(line.split()[-1]) for line in page.splitlines() if line.startswith(PROCESSED)))


def pin(server: Server, core: int) -> int:
    assert server.process is not None
    subprocess.run(["taskset", "-apc", str(core), str(server.process.pid)], check=True, capture_output=True)
    return server.process.pid


def cpu_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    words = sys.argv[1:]
    main(words[0] if words else "counting", int(words[1]) if len(words) > 1 else 200_000)
