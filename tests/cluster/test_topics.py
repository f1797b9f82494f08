"""Topics are made as they must be, and a worker doesn't start on others."""

import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions

from streams.cluster.app import UNEXPECTED
from streams.cluster.topics import check_topics, create_topics
from tests.cluster.workers import Cluster, port_of, search, signals
from tests.servers.process import Server


def test_creating_twice_changes_nothing(cluster: Cluster) -> None:
    assert create_topics(cluster.settings) == []
    assert check_topics(cluster.settings) == []


def test_every_difference_is_told(cluster: Cluster) -> None:
    admin = KafkaAdminClient(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"])
    admin.delete_topics([cluster.topics.decisions])
    changelog = ConfigResource(ConfigResourceType.TOPIC, cluster.topics.changelog, {"cleanup.policy": "delete"})
    admin.alter_configs([changelog])
    while cluster.topics.decisions in admin.list_topics():  # the broker hears of it a little later
        time.sleep(0.01)
    admin.close()
    told = signals(cluster, "topics", "check", SIGNALS_PARTITIONS="5")
    assert told.returncode == 1
    assert f"topic {cluster.topics.decisions} is missing" in told.stderr
    assert f"topic {cluster.topics.changelog} has cleanup.policy=delete instead of compact" in told.stderr
    assert f"topic {cluster.topics.events} has 4 partitions instead of 5" in told.stderr
    refused = signals(cluster, "worker").stderr
    assert "run `signals topics create`" in refused
    assert "kafka-configs.sh" in refused


@pytest.mark.parametrize(
    "verb", [("worker",), ("api",), ("quarantine", "list"), ("quarantine", "redrive"), ("load", "/dev/null")]
)
def test_topics_that_do_not_fit_are_refused(cluster: Cluster, verb: tuple[str, ...]) -> None:
    told = signals(cluster, *verb, SIGNALS_PARTITIONS="5")
    assert told.returncode == 2
    assert "has 4 partitions instead of 5" in told.stderr
    assert "is SIGNALS_PARTITIONS what they were made with" in told.stderr
    assert "run `signals topics create`" not in told.stderr, "it would change nothing"
    assert "Traceback" not in told.stderr


def test_a_worker_says_that_kafka_redis_or_its_folder_is_away(cluster: Cluster) -> None:
    without_kafka = signals(cluster, "worker", KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert (without_kafka.returncode, "KAFKA_BOOTSTRAP" in without_kafka.stderr) == (2, True)
    without_redis = signals(cluster, "worker", REDIS_URL="redis://127.0.0.1:1/0")
    assert (without_redis.returncode, "REDIS_URL" in without_redis.stderr) == (2, True)
    without_folder = signals(cluster, "worker", SIGNALS_DATA="/dev/null")
    assert (without_folder.returncode, "SIGNALS_DATA" in without_folder.stderr) == (2, True)
    nothing_grows = cluster.command("prlimit", "--fsize=0", sys.executable, "-m", "streams.cli", "worker")
    full = {**os.environ, "SIGNALS_DATA": str(cluster.folder / "full")}
    with_full_disk = subprocess.run(nothing_grows, capture_output=True, text=True, timeout=300, env=full)
    assert (with_full_disk.returncode, "SIGNALS_DATA" in with_full_disk.stderr) == (2, True)


def test_a_worker_says_that_it_can_not_listen(cluster: Cluster) -> None:
    taken = port_of(cluster.start())
    told = signals(cluster, "worker", SIGNALS_WORKER_PORT=str(taken))
    assert (told.returncode, "SIGNALS_WORKER_PORT" in told.stderr, "Traceback" in told.stderr) == (2, True, False)
    elsewhere = {"SIGNALS_WORKER_HOST": "no-such-host.invalid", "SIGNALS_WORKER_TOKEN": "t"}
    assert "SIGNALS_WORKER_HOST" in signals(cluster, "worker", **elsewhere).stderr


def counts(cluster: Cluster, count: int) -> Counter[str]:
    """How many events of each customer were counted, once so many were."""
    return Counter(one["customer"] for one in cluster.recommendations(count))


def test_of_an_input_that_was_made_anew_every_record_counts(cluster: Cluster) -> None:
    worker = cluster.start()
    cluster.send(search(number, number % 5) for number in range(60))
    assert counts(cluster, 60).total() == 60
    assert worker.stop() == 0
    cluster.make_anew(cluster.topics.events)
    cluster.send(search(number, number % 5) for number in range(60, 160))
    cluster.start()
    assert counts(cluster, 160) == {f"customer:{number}": 32 for number in range(5)}


def ended(worker: Server) -> str:
    """What a worker said that ends by itself."""
    assert worker.process is not None
    assert worker.process.wait(120) == UNEXPECTED
    return worker.said()


def test_a_worker_whose_input_is_made_anew_says_so_and_a_restart_counts_every_record(cluster: Cluster) -> None:
    worker = cluster.start()
    cluster.send(search(number, number % 5) for number in range(20))
    assert counts(cluster, 20).total() == 20
    cluster.make_anew(cluster.topics.events)
    cluster.send(search(number, number % 5) for number in range(20, 100))
    assert f"topic {cluster.topics.events} was deleted and made anew" in ended(worker)
    cluster.start()
    assert counts(cluster, 100) == {f"customer:{number}": 20 for number in range(5)}


def test_a_worker_whose_topics_get_other_partitions_says_so_and_is_not_started_again(cluster: Cluster) -> None:
    worker = cluster.start()
    with closing(KafkaAdminClient(**cluster.settings.connection())) as admin:
        admin.create_partitions({cluster.topics.events: NewPartitions(6)})
    told = f"topic {cluster.topics.events} has 6 partitions instead of 4"
    assert told in ended(worker)
    assert told in signals(cluster, "worker").stderr
