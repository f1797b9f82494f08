"""Kafka goes away and comes back: who asks the API is told to try again, and then it works."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.api.node import Busy, Receipt
from streams.cluster.node import ClusterNode
from tests.cluster.workers import Cluster, search
from tests.servers.kafka import Kafka


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Kafka]:
    """A broker of its own, to be killed."""
    broker = Kafka(tmp_path / "kafka")
    broker.run()
    yield broker
    broker.kill()


def as_often_as_asked(send: Callable[[], list[Receipt]], seconds: float = 120) -> list[Receipt]:
    """Try again whenever that is asked for: a broker that is back may need a while on a busy machine."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return send()
        except Busy:
            assert time.monotonic() < deadline, f"asked for another try for {seconds} s"


def test_ingest_asks_for_another_try_while_kafka_is_away(away: Kafka, redis_url: str, tmp_path: Path) -> None:
    cluster = Cluster(away.bootstrap, redis_url, tmp_path)
    node = ClusterNode(cluster.settings)
    first, second = (json.dumps(search(number, number)).encode() for number in (1, 2))
    assert [receipt.status for receipt in node.ingest([first])] == ["accepted"]
    away.kill()
    with pytest.raises(Busy, match="Kafka does not take it now"):
        node.ingest([second])
    away.run()
    assert as_often_as_asked(lambda: node.ingest([second]))[0].status == "accepted"
    node.close()
    assert {"e1", "e2"} == {event["id"] for event in cluster.read(cluster.topics.events, lambda found: len(found) >= 2)}
