"""What a supervisor is told: alive from the beginning, ready while it has its shards and may work on them."""

import json
import resource
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
import redis

from tests.cluster.workers import Cluster, figure, port_of, search
from tests.servers.process import Server, free_port
from tests.servers.waiting import until


def status(worker: Server, page: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port_of(worker)}/health/{page}", timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_a_worker_is_alive_but_not_ready_until_it_has_its_shards(cluster: Cluster, tmp_path: Path) -> None:
    cluster.variables["SIGNALS_SESSION_SECONDS"] = "60"
    first = cluster.start("a")
    assert (status(first, "live"), status(first, "ready")) == (200, 200)
    data = {"SIGNALS_DATA": str(tmp_path / "b"), "SIGNALS_WORKER_PORT": str(free_port())}
    second = Server(cluster.command(sys.executable, "-m", "tests.cluster.counting", **data), tmp_path / "b.log")
    first.pause()  # shards are shared out anew when it answers, or is taken for dead
    try:
        second.start(lambda log: "worker starts" in log)
        assert (status(second, "live"), status(second, "ready")) == (200, 503)
        first.resume()
        until(lambda: status(first, "ready") == status(second, "ready") == 200, "both are ready")
    finally:
        second.kill()


def test_a_worker_whose_disk_is_full_ends_when_it_is_asked_to(cluster: Cluster) -> None:
    worker = cluster.start()
    cluster.send([search(1, 1)])
    cluster.recommendations(1)
    assert worker.process is not None
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (0, 0))  # no file grows any more
    assert worker.stop(60) == 70


def test_a_second_worker_of_the_same_name_is_refused_and_the_first_goes_on(cluster: Cluster, tmp_path: Path) -> None:
    cluster.variables |= {"SIGNALS_INSTANCE": "one", "http_proxy": "http://127.0.0.1:1"}
    first = cluster.start("a")
    with pytest.raises(RuntimeError) as refused:
        cluster.start("b")
    assert f"the worker at http://127.0.0.1:{port_of(first)} is called one, too" in str(refused.value)
    assert (figure(first, "signals_shards"), status(first, "ready")) == (4, 200)
    first.kill()
    again = cluster.start("a")
    holder = json.dumps({"process": "another", "url": "http://elsewhere:6066"})
    with closing(redis.Redis.from_url(cluster.variables["REDIS_URL"])) as names:
        names.hset(f"{cluster.settings.redis_prefix}names", "one", holder)
    assert again.process is not None
    assert again.process.wait(60) == 70
    assert "the worker at http://elsewhere:6066 has taken this one's name" in again.said()


def test_a_session_may_be_longer_than_an_answer_of_kafka_is_waited_for(cluster: Cluster) -> None:
    cluster.variables["SIGNALS_SESSION_SECONDS"] = "120"
    worker = cluster.start()
    until(lambda: status(worker, "ready") == 200, "it works")


def test_a_worker_with_a_name_has_its_shards_again_after_a_restart_and_nobody_elses_move(cluster: Cluster) -> None:
    cluster.variables["SIGNALS_SESSION_SECONDS"] = "60"
    workers = []
    for name in ("a", "b"):
        cluster.variables["SIGNALS_INSTANCE"] = name
        workers.append(cluster.start(name))
    first, second = workers
    until(lambda: figure(first, "signals_shards") == figure(second, "signals_shards") == 2, "they share")
    opened = first.said().count("shard opened")
    assert second.stop() == 0
    assert figure(cluster.start("b"), "signals_shards") == 2
    assert (figure(first, "signals_shards"), first.said().count("shard opened")) == (2, opened)
