"""An event counts once and a recommendation is published once, whatever happens to the workers."""

from collections import Counter
from typing import Any

from tests.cluster.counting import read_row
from tests.cluster.workers import Cluster, search

CUSTOMERS = 500


def events(begin: int, end: int) -> list[dict[str, Any]]:
    return [search(number, number % CUSTOMERS) for number in range(begin, end)]


def assert_once(cluster: Cluster, total: int, seconds: float = 90) -> None:
    """Every event made one recommendation, and every customer's events were numbered without gap or repeat."""
    found = cluster.recommendations(total, seconds)
    assert len(found) == total
    assert set(Counter(one["id"] for one in found).values()) == {1}
    numbers: dict[str, list[int]] = {}
    for one in found:
        numbers.setdefault(one["customer"], []).append(one["n"])
    assert all(sorted(ns) == list(range(1, len(ns) + 1)) for ns in numbers.values())


def assert_state(cluster: Cluster, total: int) -> None:
    """In the rows of the changelog every event counts once."""
    rows: dict[bytes, bytes] = {}
    for record in cluster.records(cluster.topics.changelog):
        rows[record.key] = record.value
    counts = {key.decode(): len(read_row(row)[1]) for key, row in rows.items() if key[0]}
    assert counts == Counter(event["subject"] for event in events(0, total))


def test_events_under_any_key_reach_the_shard_of_their_customer(cluster: Cluster) -> None:
    cluster.send(events(0, 5_000))
    cluster.start()
    assert_once(cluster, 5_000)


def test_a_worker_killed_half_way_loses_and_doubles_nothing(cluster: Cluster) -> None:
    worker = cluster.start()
    for begin in range(0, 30_000, 10_000):
        cluster.send(events(begin, begin + 10_000))
        worker.kill()
        worker = cluster.start()
    assert_once(cluster, 30_000)


def test_a_worker_killed_and_its_disk_lost_loses_nothing(cluster: Cluster) -> None:
    worker = cluster.start("a")
    cluster.send(events(0, 10_000))
    worker.kill()
    cluster.send(events(10_000, 20_000))
    cluster.start("b")
    assert_once(cluster, 20_000)


def test_workers_join_and_leave_under_load(cluster: Cluster) -> None:
    first = cluster.start("a")
    cluster.send(events(0, 10_000))
    second = cluster.start("b")
    cluster.send(events(10_000, 20_000))
    first.stop()
    cluster.send(events(20_000, 30_000))
    cluster.start("c")
    second.kill()
    cluster.send(events(30_000, 40_000))
    assert_once(cluster, 40_000)


def test_a_stopped_worker_ends_at_once_and_in_peace(cluster: Cluster) -> None:
    worker = cluster.start()
    cluster.send(events(0, 1_000))
    assert worker.stop() == 0
