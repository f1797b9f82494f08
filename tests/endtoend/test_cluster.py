"""The whole story on the real cluster: API, worker and deliveries are processes over Kafka and Redis."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from playwright.sync_api import Browser

from tests.cluster.workers import READY, Cluster
from tests.endtoend.stage import CUSTOMER, Stage, known, staged
from tests.endtoend.story import Story
from tests.servers.process import Server, free_port


class Installation:
    """A cluster whose parts are started one by one, each a process of its own."""

    def __init__(self, stage: Stage, cluster: Cluster, stack: ExitStack) -> None:
        self._stage = stage
        self._cluster = cluster
        self._stack = stack

    def api(self) -> str:
        """Start the API; its address."""
        port = str(free_port())
        self._start("api", "listening", "--port", port)
        url = f"http://127.0.0.1:{port}"
        Story(self._stage, url).is_served()
        return url

    def worker(self) -> None:
        """Start a worker that has all shards."""
        self._start("worker", READY, "--config", str(self._stage.config))

    def deliveries(self) -> str:
        """Start what brings recommendations to the webhook and the CRM; where it tells how that goes."""
        port = str(free_port())
        folder = str(self._cluster.folder / "deliveries")
        self._start("sinks", "delivering to", "deliver", "--data", folder, "--port", port)
        return f"http://127.0.0.1:{port}/metrics"

    def _start(self, verb: str, ready: str, *arguments: str) -> None:
        folder = self._cluster.folder
        places = {"SIGNALS_DATA": str(folder / "state"), "SIGNALS_WORKER_PORT": str(free_port())}
        command = [sys.executable, "-m", "streams.cli", verb, *arguments]
        variables = {**self._stage.variables, **places}
        server = Server(self._cluster.command(*command, **variables), folder / f"{verb}.log")
        self._stack.callback(server.kill)
        server.start(lambda said: ready in said, seconds=300)


@pytest.fixture
def cluster(kafka: str, redis_url: str, tmp_path: Path) -> Cluster:
    """Topics of our own; time goes by the wall clock."""
    return Cluster(kafka, redis_url, tmp_path, SIGNALS_CLOCK="wall")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The stage, with what everybody needs to know."""
    with staged(tmp_path) as stage:
        yield stage


def test_from_a_browsing_session_to_a_funnel_that_adds_up(stage: Stage, cluster: Cluster, browser: Browser) -> None:
    with ExitStack() as stack:
        installation = Installation(stage, cluster, stack)
        story = Story(stage, installation.api())
        policy, *others = known(stage.eve)
        story.the_books_are_read([policy])
        for number, fact in enumerate(others):
            send_as_a_stranger(cluster, fact, to_binary if number % 2 else to_structured)
        story.somebody_browses_and_signs_in(stage.eve)
        installation.worker()
        metrics = installation.deliveries()
        story.from_the_opening_on(browser)
        told = httpx.get(metrics, timeout=60).text
        assert re.search(r'^signals_deliveries_total{endpoint="portal",outcome="delivered"} [3-9]', told, re.MULTILINE)
        assert 'signals_deliveries_dead{endpoint="crm"} 0.0' in told
    assert {event.get_type() for event in read_as_a_stranger(cluster, cluster.topics.decisions)} == {"decision.changed"}
    released = read_as_a_stranger(cluster, cluster.topics.recommendations)
    assert {event.get_subject() for event in released} == {CUSTOMER}
    assert {event.get_data()["status"] for event in released} >= {"released", "done"}


def send_as_a_stranger(cluster: Cluster, event: dict[str, Any], mode: Callable[..., Any]) -> None:
    """Put an event on Kafka by the public library, under a key that means nothing to us."""
    attributes = {name: value for name, value in event.items() if name != "data"}
    made = CloudEvent(attributes | {"time": datetime.fromisoformat(event["time"])}, event["data"])
    message = mode(made, JSONFormat(), key_mapper=lambda _: f"any-{event['id']}")
    producer = KafkaProducer(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"])
    headers = [*message.headers.items()]
    producer.send(cluster.topics.events, message.value, str(message.key).encode(), headers).get(timeout=30)
    producer.close()


def read_as_a_stranger(cluster: Cluster, topic: str) -> list[Any]:
    """What is on a topic, by the public library."""
    consumer = KafkaConsumer(
        bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"], isolation_level="read_committed", group_id=None
    )
    parts = [TopicPartition(topic, number) for number in range(cluster.settings.partitions)]
    consumer.assign(parts)
    consumer.seek_to_beginning(*parts)
    ends = consumer.end_offsets(parts)
    found = []
    while any(consumer.position(part) < ends[part] for part in parts):
        for records in consumer.poll(timeout_ms=200).values():
            found += [KafkaMessage(dict(record.headers), record.key, record.value) for record in records]
    consumer.close()
    assert found
    for message in found:
        assert message.headers["content-type"].startswith(b"application/cloudevents+json")
    return [from_kafka(message, JSONFormat(), CloudEvent) for message in found]
