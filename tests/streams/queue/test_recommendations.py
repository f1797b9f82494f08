"""Promises of the read model, on both queues."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signals.calendar.instant import DAY, HOUR, format_instant
from streams.queue import Claim, Filter, Queue
from streams.queue.entry import AT_ONCE, fingerprint
from tests.streams.queue.conftest import OpenQueue
from tests.streams.queue.made import NOW, recommendation


def _ids(queue: Queue, filter: Filter = Filter(), **more: int | str | None) -> list[str]:  # noqa: B008
    return [item.recommendation["id"] for item in queue.list(filter, NOW, **more).items]


def test_a_newer_revision_replaces_and_an_older_is_ignored(queue: Queue) -> None:
    assert queue.apply([recommendation(revision=2, priority=2.0)]) == 1
    assert queue.apply([recommendation(revision=1, priority=1.0), recommendation(revision=2, priority=9.0)]) == 0
    assert queue.get("rec_00001").recommendation["priority"] == 2.0
    assert queue.apply([recommendation(revision=3, status="withdrawn")]) == 1
    assert queue.get("rec_00001").recommendation["status"] == "withdrawn"


def test_the_record_comes_back_as_it_went_in(queue: Queue) -> None:
    made = recommendation(say={"nl": "Één gesprek – ’s avonds", "en": "x"}, unknown_field=[1, None])
    queue.apply([made])
    assert queue.get("rec_00001").recommendation == made
    assert queue.get("rec_nobody") is None


def test_order_is_priority_then_expiry_then_id(queue: Queue) -> None:
    soon = format_instant(NOW + HOUR)
    queue.apply(
        [
            recommendation(4, priority=5.0),
            recommendation(3, priority=5.0),
            recommendation(2, priority=5.0, expires=soon),
            recommendation(1, priority=4.0),
            recommendation(6, priority=5.0, expires=None),
            recommendation(5, priority=6.5),
        ]
    )
    assert _ids(queue) == ["rec_00005", "rec_00002", "rec_00003", "rec_00004", "rec_00006", "rec_00001"]


def test_filters_combine(queue: Queue) -> None:
    queue.apply(
        [
            recommendation(1, desk="claims", channel="email"),
            recommendation(2, desk="claims", owner="jan"),
            recommendation(3, trigger="renewal.car", **{"class": "service"}),
            recommendation(4, status="held"),
        ]
    )
    assert _ids(queue, Filter(desk="claims")) == ["rec_00001", "rec_00002"]
    assert _ids(queue, Filter(desk="claims", owner="jan")) == ["rec_00002"]
    assert _ids(queue, Filter(trigger="renewal.car")) == ["rec_00003"]
    assert _ids(queue, Filter(class_="service", channel="phone")) == ["rec_00003"]
    assert _ids(queue, Filter(status="held")) == ["rec_00004"]
    assert _ids(queue, Filter(channel="email")) == ["rec_00001"]
    assert _ids(queue, Filter(customer="customer:1002")) == ["rec_00002"]
    assert _ids(queue, Filter(desk="nobody")) == []


def test_a_revision_moves_between_filters(queue: Queue) -> None:
    queue.apply([recommendation(1, desk="claims", priority=1.0)])
    queue.apply([recommendation(1, 2, desk="advisers", priority=7.0, customer="customer:1")])
    assert _ids(queue, Filter(desk="claims")) == []
    assert _ids(queue, Filter(customer="customer:1001")) == []
    assert _ids(queue, Filter(desk="advisers", customer="customer:1")) == ["rec_00001"]


def test_available_lists_only_what_could_be_claimed(queue: Queue) -> None:
    queue.apply(
        [
            recommendation(1),
            recommendation(2, not_before=format_instant(NOW + 1)),
            recommendation(3, expires=format_instant(NOW)),
            recommendation(4, status="held"),
            recommendation(5),
            recommendation(6),
        ]
    )
    queue.claim(Claim(by="jan", lease=60, id="rec_00005"), NOW)
    queue.snooze("rec_00006", "jan", NOW + 1, NOW)
    assert _ids(queue, Filter(available=True)) == ["rec_00001"]
    later = queue.list(Filter(available=True, desk="advisers"), NOW + 1).items
    assert [item.recommendation["id"] for item in later] == ["rec_00001", "rec_00002", "rec_00006"]


def test_claimed_by_lists_what_somebody_has_in_hand(queue: Queue) -> None:
    queue.apply([recommendation(number) for number in range(1, 4)])
    queue.claim(Claim(by="jan", lease=60, count=2), NOW)
    assert _ids(queue, Filter(claimed_by="jan")) == ["rec_00001", "rec_00002"]
    assert _ids(queue, Filter(claimed_by="piet")) == []
    assert queue.list(Filter(claimed_by="jan"), NOW + 60_000).items == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from([0.0, 1.5, 1e6, 1 / 3]), st.integers(1, 3)), max_size=30),
    limit=st.integers(1, 7),
)
def test_pages_give_everything_once_in_order(queue: Queue, rows: list[tuple[float, int]], limit: int) -> None:
    desk = uuid4().hex
    made = [
        recommendation(
            id=f"{desk}_{number:05d}", priority=priority, expires=format_instant(NOW + days * DAY), desk=desk
        )
        for number, (priority, days) in enumerate(rows)
    ]
    queue.apply(made)
    expected = sorted(made, key=lambda record: (-record["priority"], record["expires"], record["id"]))
    seen: list[str] = []
    cursor = None
    while True:
        page = queue.list(Filter(desk=desk), NOW, limit, cursor)
        seen += [item.recommendation["id"] for item in page.items]
        cursor = page.cursor
        if cursor is None:
            break
        assert len(page.items) == limit
    assert seen == [record["id"] for record in expected]


def test_a_cursor_survives_the_item_it_points_at(queue: Queue) -> None:
    queue.apply([recommendation(number, priority=50.0 - number) for number in range(6)])
    page = queue.list(Filter(), NOW, 2)
    queue.apply([recommendation(1, 2, priority=999.0)])
    assert _ids(queue, limit=10, cursor=page.cursor) == ["rec_00002", "rec_00003", "rec_00004", "rec_00005"]


def test_a_cursor_loses_nothing_when_the_item_it_points_at_moves_on(queue: Queue) -> None:
    queue.apply([recommendation(number, priority=50.0 - number) for number in range(6)])
    page = queue.list(Filter(), NOW, 2)
    queue.apply([recommendation(1, 2, priority=46.5)])
    left = ["rec_00002", "rec_00003", "rec_00001", "rec_00004", "rec_00005"]
    assert _ids(queue, limit=10, cursor=page.cursor) == left


@pytest.mark.parametrize("cursor", ["nonsense", "é", "W10=", "eyJhIjoxfQ=="])
def test_a_made_up_cursor_is_refused(queue: Queue, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        queue.list(Filter(), NOW, 10, cursor)


def test_changes_come_in_order_and_only_the_newest_of_each(queue: Queue) -> None:
    assert queue.changes(-1) == []
    queue.apply([recommendation(1), recommendation(2)])
    start = queue.changes(-1)[0].sequence
    queue.apply([recommendation(1, 2)])
    queue.claim(Claim(by="jan", lease=60, id="rec_00002"), NOW)
    queue.apply([recommendation(1, 3)])
    changes = queue.changes(start)
    assert [(c.item.recommendation["id"], c.item.recommendation["revision"]) for c in changes] == [
        ("rec_00002", 1),
        ("rec_00001", 3),
    ]
    assert changes[0].item.work.claimed_by == "jan"
    assert queue.changes(changes[-1].sequence) == []
    assert len(queue.changes(0, limit=1)) == 1


def test_desks_tell_what_waits(queue: Queue) -> None:
    queue.apply(
        [
            recommendation(1, expires=format_instant(NOW + HOUR)),
            recommendation(2, created=format_instant(NOW - 5 * HOUR)),
            recommendation(3),
            recommendation(4, not_before=format_instant(NOW + HOUR)),
            recommendation(5, desk="claims", expires=format_instant(NOW - HOUR)),
            recommendation(6, status="held"),
        ]
    )
    queue.claim(Claim(by="jan", lease=60, id="rec_00003"), NOW)
    [desk] = queue.desks(NOW)
    assert (desk.desk, desk.available, desk.claimed, desk.waiting) == ("advisers", 2, 1, 1)
    assert (desk.value, desk.oldest, desk.expiring) == (200.0, NOW - 5 * HOUR, 1)


def test_what_was_kept_is_there_after_opening_again(open_queue: OpenQueue) -> None:
    first = open_queue()
    first.apply([recommendation(1)])
    first.claim(Claim(by="jan", lease=60), NOW)
    first.close()
    again = open_queue()
    assert again.get("rec_00001").work.claimed_by == "jan"
    again.check()


def test_an_erased_customer_is_gone_and_stays_gone(queue: Queue) -> None:
    queue.apply([recommendation(1), recommendation(2)])
    assert queue.erase("customer:1001") == 1
    assert queue.erase("customer:1001") == 0
    queue.erase("customer:9")
    assert [queue.erased(after) for after in range(3)] == [
        [fingerprint("customer:1001"), fingerprint("customer:9")],
        [fingerprint("customer:9")],
        [],
    ]
    assert queue.get("rec_00001") is None
    assert _ids(queue) == ["rec_00002"]
    assert queue.apply([recommendation(1, 7)]) == 0
    assert queue.get("rec_00001") is None
    assert [item.recommendation["id"] for item in queue.claim(Claim(by="jan", lease=60, count=5), NOW)] == ["rec_00002"]


def test_purge_drops_what_expired_and_nobody_holds(queue: Queue) -> None:
    queue.apply([recommendation(n, expires=format_instant(NOW + n * HOUR)) for n in range(1, 5)])
    queue.claim(Claim(by="jan", lease=10 * 3600, id="rec_00001"), NOW)
    assert queue.purge(NOW + 3 * HOUR) == 1
    assert _ids(queue) == ["rec_00001", "rec_00003", "rec_00004"]
    assert queue.purge(NOW + 3 * HOUR) == 0
    assert _ids(queue) == ["rec_00001", "rec_00003", "rec_00004"]


def test_what_was_purged_does_not_come_back_when_it_is_told_again(queue: Queue) -> None:
    told = [recommendation(n, expires=format_instant(NOW + n * HOUR)) for n in range(1, 5)]
    queue.apply(told)
    queue.claim(Claim(by="jan", lease=10 * 3600, id="rec_00001"), NOW)
    queue.purge(NOW + 3 * HOUR)
    queue.purge(NOW)
    assert queue.apply([*told, *(one | {"revision": 2} for one in told)]) == 3
    assert _ids(queue) == ["rec_00001", "rec_00003", "rec_00004"]


def test_purges_of_many_go_step_by_step_past_what_is_held(queue: Queue) -> None:
    queue.apply([recommendation(n, expires=format_instant(NOW + HOUR)) for n in range(1_201)])
    for number in range(600):
        queue.claim(Claim(by="jan", lease=10 * 3600, id=f"rec_{number:05d}"), NOW)
    steps = [queue.purge(NOW + 3 * HOUR)]
    while steps[-1]:
        steps.append(queue.purge(NOW + 3 * HOUR))
    assert sum(steps) == 601
    assert max(steps) <= AT_ONCE
    assert _ids(queue, limit=2_000) == [f"rec_{number:05d}" for number in range(600)]
