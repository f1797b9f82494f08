"""Customers are asked of the worker that has them, on connections that stay open."""

import socket
import time
from http.client import HTTPConnection

import pytest
import redis

from streams.api.node import Busy
from streams.cluster.asking import Workers
from streams.cluster.owners import Owners
from tests.cluster.workers import Cluster, port_of


def test_a_connection_serves_one_question_after_the_other(cluster: Cluster) -> None:
    connection = HTTPConnection("127.0.0.1", port_of(cluster.start()))
    for path in ("/health/live", "/customers/customer:1", "/no/such", "/health/live"):
        connection.request("GET", path)
        connection.getresponse().read()
        assert connection.sock is not None, f"the worker hung up after {path}"
    connection.close()


def test_a_customer_whose_worker_is_gone_is_asked_of_the_next_at_once(cluster: Cluster) -> None:
    here = f"http://127.0.0.1:{port_of(cluster.start())}"
    # Under another prefix than the worker's own, which says anew where it is every few seconds.
    settings = cluster.settings.model_copy(update={"topic_prefix": f"{cluster.settings.topic_prefix}elsewhere-"})
    assert settings.redis_prefix != cluster.settings.redis_prefix
    workers = Workers(settings)
    client = redis.Redis.from_url(cluster.variables["REDIS_URL"])

    def say_owner_is(address: str) -> None:
        at = settings.model_copy(update={"worker_url": address})
        Owners(client, at).register(range(settings.partitions))

    say_owner_is("http://127.0.0.1:1")
    with pytest.raises(Busy):
        workers.about("customers", "customer:1")
    say_owner_is(here)
    assert workers.about("customers", "customer:1") == {"customer": "customer:1"}
    assert workers.about("customers", "customer:2") == {"customer": "customer:2"}
    workers.close()


def test_a_worker_that_listens_everywhere_and_does_not_say_where_it_is_found_says_so(cluster: Cluster) -> None:
    cluster.variables |= {"SIGNALS_WORKER_HOST": "0.0.0.0", "SIGNALS_WORKER_TOKEN": "secret"}
    assert "the API may not find this worker; set SIGNALS_WORKER_URL" in cluster.start("a").said()
    cluster.variables["SIGNALS_WORKER_URL"] = "http://127.0.0.1:1"
    assert "SIGNALS_WORKER_URL" not in cluster.start("b").said()


def test_workers_that_do_not_answer_keep_nobody_waiting_one_after_the_other(cluster: Cluster) -> None:
    here = f"http://127.0.0.1:{port_of(cluster.start())}"
    client = redis.Redis.from_url(cluster.variables["REDIS_URL"])
    settings = cluster.settings.model_copy(update={"topic_prefix": f"{cluster.settings.topic_prefix}elsewhere-"})
    with socket.create_server(("0.0.0.0", 0), backlog=64) as silent:
        silents = [f"http://127.0.0.{number}:{silent.getsockname()[1]}" for number in range(1, 17)]
        for shard, address in enumerate((here, *silents)):
            Owners(client, settings.model_copy(update={"worker_url": address})).register([shard])
        workers = Workers(settings)
        begin = time.monotonic()
        assert [told["shards"] for told in workers.operations()] == [list(range(settings.partitions))]
        assert time.monotonic() - begin < 10
        workers.close()
