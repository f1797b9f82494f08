"""Workers as processes, and what they leave on Kafka."""

import json
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import Topics, create_topics
from tests.servers.process import Server, free_port
from tests.servers.waiting import until

READY = "shards ready"
PS1 = Path(__file__).parents[1] / "benchmarks" / "ps1" / "pack"
"""A small pack: the third contact about one topic makes a recommendation."""


class Cluster:
    """One installation under its own prefix, with counting workers that can be started, stopped and killed."""

    def __init__(self, bootstrap: str, redis_url: str, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.variables = {
            "KAFKA_BOOTSTRAP": bootstrap,
            "REDIS_URL": redis_url,
            "SIGNALS_TOPIC_PREFIX": f"t{uuid.uuid4().hex[:8]}-",
            "SIGNALS_PARTITIONS": "4",
            "SIGNALS_SESSION_SECONDS": "6",
            "SIGNALS_CLOCK": "event",
            **variables,
        }
        self.settings = ClusterSettings.read(self.variables)
        self.topics = Topics.of(self.settings)
        self.workers: list[Server] = []
        create_topics(self.settings)

    def command(self, *command: str, **variables: str) -> list[str]:
        """A command with this installation's environment."""
        compiled = ("-u", "PYTHONDONTWRITEBYTECODE")  # else every start compiles the program anew
        settings = (f"{name}={value}" for name, value in {**self.variables, **variables}.items())
        return ["env", *compiled, *settings, *command]

    def start(self, name: str = "a", engine: str = "counting", *arguments: str, seconds: float = 90) -> Server:
        """Start a worker whose local data is in the folder ``name``, and wait until it has its shards."""
        program = {
            "counting": ("tests.cluster.counting",),
            "signals": ("streams.cli", "worker"),
            "watched": ("tests.benchmarks.soak_worker",),
        }[engine]
        data = {"SIGNALS_DATA": str(self.folder / name), "SIGNALS_WORKER_PORT": str(free_port())}
        worker = Server(self.command(sys.executable, "-m", *program, *arguments, **data), self.folder / f"{name}.log")
        worker.start(lambda log: READY in log, seconds)
        self.workers.append(worker)
        return worker

    def make_anew(self, topic: str) -> None:
        """Delete a topic and make another of that name."""
        with closing(KafkaAdminClient(**self.settings.connection())) as admin:
            admin.delete_topics([topic])
            until(lambda: topic not in admin.list_topics(), "it is gone")
        assert create_topics(self.settings) == [topic]

    def stop(self) -> None:
        """Kill what still runs."""
        for worker in self.workers:
            worker.kill()

    def send(self, events: Iterable[dict[str, Any]]) -> None:
        """Put events on the outside topic, spread over its partitions as a stranger would."""
        producer = KafkaProducer(**self.settings.connection(), linger_ms=5)
        for event in events:
            producer.send(self.topics.events, json.dumps(event).encode())
        producer.flush()
        producer.close()

    def read(
        self, topic: str, enough: Callable[[list[dict[str, Any]]], bool], seconds: float = 90
    ) -> list[dict[str, Any]]:
        """The committed records of a topic, as soon as they are ``enough``; fails when they aren't in time."""
        consumer = KafkaConsumer(**self.settings.connection(), isolation_level="read_committed", group_id=None)
        parts = [TopicPartition(topic, number) for number in range(self.settings.partitions)]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + seconds
        while not enough(found):
            assert time.monotonic() < deadline, f"only {len(found)} records on {topic} after {seconds} s"
            for records in consumer.poll(timeout_ms=200).values():
                found += [json.loads(record.value) for record in records]
        for records in consumer.poll(timeout_ms=1_000).values():
            found += [json.loads(record.value) for record in records]
        consumer.close()
        return found

    def records(self, topic: str) -> Iterator[Any]:
        """All committed records that a topic has now, as Kafka gives them."""
        consumer = KafkaConsumer(**self.settings.connection(), isolation_level="read_committed", group_id=None)
        parts = [TopicPartition(topic, number) for number in range(self.settings.partitions)]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        ends = consumer.end_offsets(parts)
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=200).values():
                yield from records
        consumer.close()

    def recommendations(self, count: int, seconds: float = 90) -> list[dict[str, Any]]:
        """All recommendations, once there are ``count``."""
        return [
            record["data"]
            for record in self.read(self.topics.recommendations, lambda found: len(found) >= count, seconds)
        ]


def port_of(worker: Server) -> int:
    """Where it answers."""
    return next(int(word.partition("=")[2]) for word in worker.command if word.startswith("SIGNALS_WORKER_PORT="))


def figure(worker: Server, name: str) -> float:
    """A figure of a worker's metrics, summed over its labels."""
    page = urllib.request.urlopen(f"http://127.0.0.1:{port_of(worker)}/metrics", timeout=30).read().decode()
    return sum(float(line.split()[-1]) for line in page.splitlines() if line.split(" ")[0].split("{")[0] == name)


def signals(cluster: Cluster, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a verb of the command line to its end."""
    command = cluster.command(sys.executable, "-m", "streams.cli", *arguments, **variables)
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def contact(number: int, customer: int) -> dict[str, Any]:
    """A contact of a customer about their claim."""
    data = {"channel": "phone", "topic": "claim", "text": "x"}
    return {**search(number, customer), "type": "contact.received", "data": data}


def search(number: int, customer: int, query: str = "x") -> dict[str, Any]:
    """An event of a customer."""
    return {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "/test",
        "type": "web.searched",
        "time": "2026-01-01T00:00:00Z",
        "subject": f"customer:{customer}",
        "data": {"query": query},
    }
