"""Promises of handing out work, on both queues."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from signals.calendar.instant import DAY, HOUR, MINUTE, SECOND, format_instant
from streams.queue import Claim, Conflict, Queue, Unknown
from tests.streams.queue.conftest import OpenQueue
from tests.streams.queue.made import NOW, recommendation


def _claim(queue: Queue, by: str = "jan", now: int = NOW, **more: object) -> list[str]:
    return [item.recommendation["id"] for item in queue.claim(Claim(by=by, lease=60, **more), now)]


def test_own_customers_come_before_higher_priorities(queue: Queue) -> None:
    queue.apply(
        [
            recommendation(1, priority=10.0),
            recommendation(2, priority=1.0, owner="jan"),
            recommendation(3, priority=5.0, owner="piet"),
            recommendation(4, priority=2.0, owner="jan"),
        ]
    )
    assert _claim(queue, count=10) == ["rec_00004", "rec_00002", "rec_00001", "rec_00003"]


def test_a_claim_may_be_limited_to_desk_and_owner(queue: Queue) -> None:
    queue.apply(
        [
            recommendation(1, desk="claims"),
            recommendation(2, desk="advisers", owner="piet"),
            recommendation(3, desk="claims", owner="piet"),
            recommendation(4, desk="claims", owner="jan", priority=1.0),
        ]
    )
    assert _claim(queue, desk="claims", owner="piet", count=9) == ["rec_00003"]
    assert _claim(queue, desk="claims", count=9) == ["rec_00004", "rec_00001"]
    assert _claim(queue, owner="piet", count=9) == ["rec_00002"]
    assert _claim(queue, count=9) == []


def test_only_what_is_open_and_due_is_handed_out(queue: Queue) -> None:
    queue.apply(
        [
            recommendation(1, status="held"),
            recommendation(2, not_before=format_instant(NOW + MINUTE)),
            recommendation(3, expires=format_instant(NOW)),
            recommendation(4, status="withdrawn"),
            recommendation(5, status="ghost"),
        ]
    )
    assert _claim(queue, count=9) == []
    assert _claim(queue, now=NOW + MINUTE, count=9) == ["rec_00002"]


def test_a_revision_that_releases_or_withdraws_takes_effect_at_once(queue: Queue) -> None:
    queue.apply([recommendation(1, status="held"), recommendation(2)])
    assert _claim(queue, now=NOW - 2 * HOUR) == []
    queue.apply([recommendation(1, 2), recommendation(2, 2, status="withdrawn")])
    assert _claim(queue, count=9) == ["rec_00001"]


def test_a_revision_keeps_the_claim(queue: Queue) -> None:
    queue.apply([recommendation(1)])
    _claim(queue)
    queue.apply([recommendation(1, 2, priority=500.0)])
    assert queue.get("rec_00001").work.claimed_by == "jan"
    assert _claim(queue, by="piet") == []


def test_a_lease_ends_and_can_be_renewed(queue: Queue) -> None:
    queue.apply([recommendation(1)])
    [item] = queue.claim(Claim(by="jan", lease=60), NOW)
    assert item.work.lease_until == NOW + MINUTE
    assert _claim(queue, by="piet", now=NOW + 59 * SECOND) == []
    assert queue.renew("rec_00001", "jan", 60, NOW + 59 * SECOND).work.lease_until == NOW + 119 * SECOND
    assert _claim(queue, by="piet", now=NOW + MINUTE) == []
    assert _claim(queue, by="piet", now=NOW + 119 * SECOND) == ["rec_00001"]
    with pytest.raises(Conflict, match="somebody else's"):
        queue.renew("rec_00001", "jan", 60, NOW + 119 * SECOND)


def test_a_lapsed_lease_can_not_be_renewed(queue: Queue) -> None:
    queue.apply([recommendation(1)])
    _claim(queue)
    with pytest.raises(Conflict) as refused:
        queue.renew("rec_00001", "jan", 60, NOW + MINUTE)
    assert refused.value.code == "NOT_HELD"


def test_what_is_given_back_is_handed_out_again(queue: Queue) -> None:
    queue.apply([recommendation(1)])
    _claim(queue)
    assert queue.give_back("rec_00001", "jan", NOW).work.claimed_by is None
    assert _claim(queue, by="piet") == ["rec_00001"]
    with pytest.raises(Conflict):
        queue.give_back("rec_00001", "jan", NOW)


@pytest.mark.parametrize("status", ["withdrawn", "overruled"])
def test_to_wait_for_who_holds_what_is_over_is_advised_to_nobody(queue: Queue, status: str) -> None:
    queue.apply([recommendation(1)])
    _claim(queue)
    queue.apply([recommendation(1, 2, status=status)])
    for step in (
        lambda: _claim(queue, by="piet", id="rec_00001"),
        lambda: queue.snooze("rec_00001", "piet", NOW + DAY, NOW),
    ):
        with pytest.raises(Conflict) as refused:
            step()
        assert refused.value.code == "NOT_OPEN"


def test_one_recommendation_can_be_claimed_by_id(queue: Queue) -> None:
    queue.apply([recommendation(1), recommendation(2), recommendation(3, not_before=format_instant(NOW + 1))])
    assert _claim(queue, id="rec_00002") == ["rec_00002"]
    assert _claim(queue, id="rec_00002") == ["rec_00002"], "claiming what one has renews it"
    for id, code in (("rec_00002", "HELD_BY_ANOTHER"), ("rec_00003", "OUTSIDE_WINDOW")):
        with pytest.raises(Conflict) as refused:
            _claim(queue, by="piet", id=id)
        assert refused.value.code == code
    queue.apply([recommendation(1, 2, status="withdrawn")])
    with pytest.raises(Conflict) as refused:
        _claim(queue, id="rec_00001")
    assert refused.value.code == "NOT_OPEN"
    with pytest.raises(Unknown):
        _claim(queue, id="rec_nobody")


def test_snoozed_work_sleeps_until_its_moment(queue: Queue) -> None:
    queue.apply([recommendation(1)])
    _claim(queue)
    with pytest.raises(Conflict):
        queue.snooze("rec_00001", "piet", NOW + HOUR, NOW)
    item = queue.snooze("rec_00001", "jan", NOW + HOUR, NOW)
    assert (item.work.claimed_by, item.work.snoozed_until) == (None, NOW + HOUR)
    assert _claim(queue, now=NOW + HOUR - 1) == []
    assert _claim(queue, now=NOW + HOUR) == ["rec_00001"]


def test_a_closing_outcome_ends_the_work_for_good(queue: Queue) -> None:
    queue.apply([recommendation(1)])
    _claim(queue)
    item = queue.tell("rec_00001", "contacted", None, NOW)
    assert (item.work.outcome, item.work.closed, item.work.claimed_by) == ("contacted", True, None)
    assert queue.tell("rec_00001", "converted", None, NOW).work.outcome == "converted"
    queue.apply([recommendation(1, 2)])
    assert _claim(queue, now=NOW + HOUR, count=9) == []
    with pytest.raises(Conflict):
        queue.snooze("rec_00001", "jan", NOW + HOUR, NOW)


def test_an_outcome_may_offer_the_work_again_later(queue: Queue) -> None:
    queue.apply([recommendation(1)])
    _claim(queue)
    queue.tell("rec_00001", "not_reached", NOW + HOUR, NOW)
    assert _claim(queue, by="piet", now=NOW + HOUR - 1) == []
    assert _claim(queue, by="piet", now=NOW + HOUR) == ["rec_00001"]


def test_an_outcome_is_taken_whoever_holds_the_lease(queue: Queue) -> None:
    queue.apply([recommendation(1)])
    _claim(queue, by="jan")
    _claim(queue, by="piet", now=NOW + MINUTE)
    assert queue.tell("rec_00001", "accepted", None, NOW + MINUTE).work.closed
    with pytest.raises(Unknown):
        queue.tell("rec_nobody", "accepted", None, NOW)


def test_two_hundred_claimers_never_get_the_same_one(open_queue: OpenQueue) -> None:
    everything = open_queue()
    everything.apply([recommendation(number, owner=f"adviser{number % 250}") for number in range(10_000)])
    queues = [open_queue() for _ in range(4)]

    def work(claimer: int) -> list[str]:
        queue, mine = queues[claimer % len(queues)], []
        while ids := _claim(queue, by=f"adviser{claimer}", desk="advisers", count=17):
            mine += ids
        return mine

    with ThreadPoolExecutor(200) as pool:
        handed = list(pool.map(work, range(200)))
    counts = Counter(id for ids in handed for id in ids)
    assert len(counts) == 10_000
    assert set(counts.values()) == {1}


def test_outcomes_are_counted_by_the_last_one_told_and_outlive_the_recommendations(queue: Queue) -> None:
    queue.apply([recommendation(number) for number in range(3)])
    trigger = recommendation(0)["trigger"]
    for number, outcome in ((0, "not_reached"), (0, "accepted"), (1, "wrong"), (2, "accepted")):
        queue.tell(recommendation(number)["id"], outcome, None, NOW)
    assert queue.outcomes() == {trigger: {"accepted": 2, "wrong": 1}}
    queue.purge(NOW + 1000 * DAY)
    assert queue.outcomes() == {trigger: {"accepted": 2, "wrong": 1}}
