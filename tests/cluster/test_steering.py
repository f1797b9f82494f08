"""Steering the cluster: every shard obeys from the next decision on, also after its disk was lost; nobody forges it."""

import shutil
from contextlib import closing

import redis

from signals.config import Config
from streams.cluster.node import ClusterNode
from streams.steering import Steering, Who, Wish
from tests.cluster.workers import PS1, Cluster, contact
from tests.servers.waiting import until

CUSTOMERS = range(8)


def reasons(cluster: Cluster, count: int) -> list[str]:
    """The reasons of all decisions, once there are so many."""
    found = cluster.read(cluster.topics.decisions, lambda records: len(records) >= count)
    return sorted(record["data"]["reason"] for record in found)


def thirds(start: int) -> list[dict[str, object]]:
    """Three contacts of each customer: the third is a candidate."""
    return [contact(start + 3 * customer + number, start + customer) for customer in CUSTOMERS for number in range(3)]


def test_a_stop_holds_in_every_shard_and_when_a_worker_comes_back_with_an_empty_disk(cluster: Cluster) -> None:
    worker = cluster.start("a", "signals", "--pack", str(PS1))
    node = ClusterNode(cluster.settings, Config(pack=str(PS1)))
    steering, ann, bob = Steering(node), Who("ann", "ann"), Who("bob", "bob")
    until(lambda: node.operations()["clock"]["idle"] == [])
    assert node.operations()["controls"]["pack"]["name"] == "ps1"
    steering.set(Wish("stop", "all", 1.0, "a test"), ann)
    cluster.send(thirds(100))
    assert reasons(cluster, len(CUSTOMERS)) == ["KILL_SWITCH"] * len(CUSTOMERS)
    worker.kill()
    shutil.rmtree(cluster.folder / "a")
    cluster.start("b", "signals", "--pack", str(PS1))
    cluster.send(thirds(200))
    assert reasons(cluster, 2 * len(CUSTOMERS)) == ["KILL_SWITCH"] * 2 * len(CUSTOMERS)
    steering.approve(steering.propose_restart("tested", ann).id, bob)
    assert node.controls() == []
    cluster.send(thirds(300))
    assert reasons(cluster, 3 * len(CUSTOMERS)).count("RELEASED") == len(CUSTOMERS)
    forged = contact(900, 900) | {"type": "controls.changed", "data": {"kind": "stop", "name": "all", "value": 1}}
    cluster.send([forged])
    [refused] = cluster.read(cluster.topics.quarantine, lambda found: len(found) >= 1)
    assert refused["reason"] == "UNKNOWN_TYPE"
    assert [entry.did for _, entry in node.ledger.entries()] == [
        "lifted stop",
        "approved restart",
        "proposed restart",
        "set stop to 1",
    ]
    node.close()


def test_a_stop_is_seen_and_lifted_by_two_also_when_redis_was_emptied(cluster: Cluster) -> None:
    cluster.start("a", "signals", "--pack", str(PS1))
    node = ClusterNode(cluster.settings, Config(pack=str(PS1)))
    steering, ann, bob = Steering(node), Who("ann", "ann"), Who("bob", "bob")
    until(lambda: node.operations()["clock"]["idle"] == [])
    steering.set(Wish("stop", "all", 1.0, "a test"), ann)
    cluster.send(thirds(100))
    assert reasons(cluster, len(CUSTOMERS)) == ["KILL_SWITCH"] * len(CUSTOMERS)
    with closing(redis.Redis.from_url(cluster.settings.redis_url.get_secret_value())) as server:
        server.delete(*server.scan_iter(f"{cluster.settings.redis_prefix}*"))
    until(lambda: node.controls() != [], "the workers tell what holds")
    assert [(control.kind, control.name, control.by) for control in node.controls()] == [("stop", "all", "ann")]
    steering.approve(steering.propose_restart("tested", ann).id, bob)
    assert node.controls() == []
    cluster.send(thirds(200))
    assert reasons(cluster, 2 * len(CUSTOMERS)).count("RELEASED") == len(CUSTOMERS)
    node.close()
