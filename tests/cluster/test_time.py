"""Timers fire when they are due, without events, after a move and after a crash."""

import time
from pathlib import Path

from signals.calendar.instant import parse_instant
from streams.cluster.load import Sender
from streams.cluster.load import tick as move_time
from tests.cluster.workers import Cluster, figure, search


def soon(number: int, customer: int, milliseconds: int) -> dict[str, object]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {**search(number, customer, f"remind {milliseconds}"), "time": now}


def fired(records: list[dict[str, object]]) -> list[dict[str, object]]:
    return [record for record in records if str(record["id"]).startswith("timer-")]


def test_a_timer_fires_on_an_idle_topic(kafka: str, redis_url: str, tmp_path: Path) -> None:
    cluster = Cluster(kafka, redis_url, tmp_path, SIGNALS_CLOCK="wall")
    try:
        cluster.start()
        cluster.send([soon(1, 1, 2_000)])
        assert len(fired(cluster.recommendations(2))) == 1
    finally:
        cluster.stop()


def test_a_timer_survives_the_worker_that_set_it_and_fires_once(kafka: str, redis_url: str, tmp_path: Path) -> None:
    cluster = Cluster(kafka, redis_url, tmp_path, SIGNALS_CLOCK="wall")
    try:
        first = cluster.start("a")
        cluster.send([soon(number, number, 4_000) for number in range(20)])
        cluster.recommendations(20)
        first.kill()
        cluster.start("b")
        found = cluster.recommendations(40)
        assert len(found) == 40
        assert len({one["id"] for one in fired(found)}) == 20
    finally:
        cluster.stop()


def test_a_tick_from_outside_reaches_every_shard(cluster: Cluster) -> None:
    cluster.send(search(number, number, "remind 1000") for number in range(20))
    cluster.start()
    cluster.recommendations(20)
    cluster.send([tick("2026-02-01T00:00:00Z")])
    assert len(fired(cluster.recommendations(40))) == 20


def test_a_forwarded_event_arrives_once(cluster: Cluster) -> None:
    cluster.send(search(number, number, f"to customer:{number + 100}") for number in range(50))
    cluster.start()
    found = cluster.recommendations(100)
    assert len(found) == 100
    assert {one["n"] for one in found} == {1}


def test_a_timer_does_not_wait_for_a_stream_that_never_rests(kafka: str, redis_url: str, tmp_path: Path) -> None:
    cluster = Cluster(kafka, redis_url, tmp_path, SIGNALS_CLOCK="wall", SIGNALS_PARTITIONS="1")
    try:
        worker = cluster.start()
        cluster.send([soon(0, 0, 1_000)])
        numbers = iter(range(1, 1_000_000))
        while (
            figure(worker, "signals_timers_fired_total") < 1
        ):  # these say that they happened long ago: they move no time
            cluster.send(search(next(numbers), 1) for _ in range(50))
        assert figure(worker, "signals_timers_due_total") == 1
    finally:
        cluster.stop()


def test_timers_of_a_shard_that_moved_fire_once_at_its_new_owner(cluster: Cluster) -> None:
    first = cluster.start("a")
    cluster.send(search(number, number, "remind 1000") for number in range(20))
    cluster.recommendations(20)
    second = cluster.start("b")
    cluster.send([tick("2026-02-01T00:00:00Z")])
    assert len(fired(cluster.recommendations(40))) == 20
    assert figure(second, "signals_timers_fired_total") > 0
    assert figure(first, "signals_timers_fired_total") + figure(second, "signals_timers_fired_total") == 20


MANY = 1_300
"""Customers of one shard: more than fire at once, and again more than that."""


def test_more_timers_than_fire_at_once_on_an_idle_topic(kafka: str, redis_url: str, tmp_path: Path) -> None:
    cluster = Cluster(kafka, redis_url, tmp_path, SIGNALS_CLOCK="wall", SIGNALS_PARTITIONS="1")
    try:
        cluster.start()
        cluster.send([soon(number, number, 3_000) for number in range(MANY)])
        found = fired(cluster.recommendations(2 * MANY))
        assert len(found) == len({one["id"] for one in found}) == MANY
    finally:
        cluster.stop()


def test_more_timers_than_fire_at_once_before_events_that_follow(kafka: str, redis_url: str, tmp_path: Path) -> None:
    cluster = Cluster(kafka, redis_url, tmp_path, SIGNALS_PARTITIONS="1")
    try:
        cluster.send(search(number, number, "remind 1000") for number in range(MANY))
        sender = Sender(cluster.settings)
        move_time(sender, parse_instant("2026-02-01T00:00:00Z"))
        sender.close()
        cluster.send(search(MANY + number, number) for number in range(100))
        cluster.start()
        found = cluster.recommendations(2 * MANY + 100)
        assert len(found) == len({one["id"] for one in found}) == 2 * MANY + 100
        places = [place for place, one in enumerate(found) if str(one["id"]).startswith("timer-")]
        assert places == list(range(MANY, 2 * MANY))
    finally:
        cluster.stop()


def tick(moment: str) -> dict[str, object]:
    """Moves time in every shard."""
    event = {**search(99, 0), "type": "clock.ticked", "time": moment, "data": {}}
    del event["subject"]
    return event
