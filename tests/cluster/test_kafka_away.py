"""Kafka goes away and comes back: who asks the API is told to try again, and then it works."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError

from signals.config import Config
from streams.api.node import Busy
from streams.cluster.node import ClusterNode
from streams.cluster.reading import until_end
from streams.steering import Steering, Who
from streams.steering.packs import pack_texts
from tests.cluster.workers import PS1, READY, Cluster, figure, search
from tests.servers.kafka import Kafka
from tests.servers.process import Server, free_port
from tests.servers.waiting import until

Done = TypeVar("Done")


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Kafka]:
    """A broker of its own, to be killed."""
    broker = Kafka(tmp_path / "kafka")
    broker.run()
    yield broker
    broker.kill()


def as_often_as_asked(send: Callable[[], Done], seconds: float = 120) -> Done:
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


def test_so_does_a_node_that_never_sent_anything_and_who_approves_a_pack_may_do_so_again(
    away: Kafka, redis_url: str, tmp_path: Path
) -> None:
    cluster = Cluster(away.bootstrap, redis_url, tmp_path)
    node = ClusterNode(cluster.settings, Config(pack=str(PS1)))
    changed = pack_texts(PS1)
    changed["pack.yaml"] = changed["pack.yaml"].replace("version: 1.0.0", "version: 2.0.0")
    steering = Steering(node)
    proposal = steering.propose("pack", "a test", Who("ann"), node.compare_pack(changed))
    away.kill()
    with pytest.raises(Busy, match="Kafka does not take it now"):
        node.ingest([json.dumps(search(1, 1)).encode()])
    with pytest.raises(Busy):
        steering.approve(proposal.id, Who("bob"))
    assert [one.did for _, one in node.ledger.entries(1)] == ["could not do pack"]
    away.run()
    assert as_often_as_asked(lambda: steering.approve(proposal.id, Who("bob"))).state == "approved"
    node.close()


def test_who_reads_to_the_end_of_a_topic_does_not_wait_for_ever(away: Kafka, redis_url: str, tmp_path: Path) -> None:
    cluster = Cluster(away.bootstrap, redis_url, tmp_path)
    cluster.send([{**search(number, number), "data": {"query": "x" * 500_000}} for number in range(8)])
    parts = dict.fromkeys((TopicPartition(cluster.topics.events, shard) for shard in range(4)), 0)
    with closing(KafkaConsumer(**cluster.settings.connection(), group_id=None, max_poll_records=1)) as consumer:
        records = until_end(consumer, parts, patience=3)
        first = next(records)
        away.pause()
        try:
            with pytest.raises(KafkaTimeoutError, match=rf"nothing for 3 s.*{cluster.topics.events}/\d \(\d records\)"):
                list(records)
        finally:
            away.resume()
    assert len(first) == 1


def test_a_worker_that_loses_kafka_while_it_starts_waits_for_it_and_ends_when_it_is_asked_to(
    away: Kafka, redis_url: str, tmp_path: Path
) -> None:
    cluster = Cluster(away.bootstrap, redis_url, tmp_path)
    data = {"SIGNALS_DATA": str(tmp_path / "a"), "SIGNALS_WORKER_PORT": str(free_port())}
    worker = Server(cluster.command(sys.executable, "-m", "tests.cluster.counting", **data), tmp_path / "a.log")
    for goes_on in (False, True):
        begin = len(worker.said()) if goes_on else 0
        worker.start(lambda said: "worker starts" in said)
        away.kill()
        try:
            until(lambda begin=begin: "waiting for it" in worker.said(begin), "it waits")  # type: ignore[misc]
            if goes_on:
                away.run()
                until(lambda begin=begin: READY in worker.said(begin), "it has its shards")  # type: ignore[misc]
        finally:
            status = worker.stop(60)
        assert status == 0
        if not goes_on:
            away.run()


def test_the_log_of_a_worker_does_not_grow_without_end_while_kafka_is_away(
    away: Kafka, redis_url: str, tmp_path: Path
) -> None:
    cluster = Cluster(away.bootstrap, redis_url, tmp_path)
    worker = cluster.start()
    cluster.send([search(1, 1)])
    until(lambda: figure(worker, "signals_projected_total") > 0, "all parts of it have begun")
    away.kill()
    until(lambda: "Unable connect to node" in worker.said(), "the worker notices")
    away.run()
    cluster.send([search(2, 1)])
    cluster.recommendations(2)
    assert worker.stop() == 0
    said = [json.loads(line)["event"] for line in worker.said().splitlines()]
    assert sum(line.startswith("Unable connect to node") for line in said) <= 2
    assert not [line for line in said if line.startswith("[^")], "Faust tells of its own parts"
    assert said[-1] == "everything taken in is durable"
