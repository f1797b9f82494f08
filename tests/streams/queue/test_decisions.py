"""Promises of the decision counts, on both queues."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signals.calendar.instant import DAY, format_instant
from streams.queue import Funnel, Queue, Tally
from streams.queue.entry import write_cursor, write_place
from tests.streams.queue.made import NOW, decision

STATES = [
    ("held", "QUIET_HOURS"),
    ("held", "CAPACITY"),
    ("released", "RELEASED"),
    ("withdrawn", "RELEASED"),
    ("done", "RELEASED"),
    ("rejected", "NO_CONSENT"),
    ("ghost", "HOLDOUT"),
]


def _moved(number: int, status: str, reason: str, seconds: int) -> dict:
    return decision(number, status, reason, decided=format_instant(NOW + seconds * 1000))


def test_each_candidate_counts_once_and_moves_when_it_changes(queue: Queue) -> None:
    queue.apply_decisions([decision(1), _moved(2, "held", "QUIET_HOURS", 0), decision(3, trigger="renewal.car")])
    assert queue.funnel() == Funnel(
        {"life_event.move": 2, "renewal.car": 1},
        [
            Tally("life_event.move", "NO_CONSENT", "rejected", 1),
            Tally("life_event.move", "QUIET_HOURS", "held", 1),
            Tally("renewal.car", "NO_CONSENT", "rejected", 1),
        ],
    )
    queue.apply_decisions([_moved(2, "released", "RELEASED", 60), _moved(2, "done", "RELEASED", 90)])
    assert queue.funnel().tallies[1] == Tally("life_event.move", "RELEASED", "done", 1)
    assert queue.funnel().conserved


def test_told_twice_or_late_changes_nothing(queue: Queue) -> None:
    history = [_moved(1, "held", "CAPACITY", 0), _moved(1, "released", "RELEASED", 5), _moved(1, "done", "RELEASED", 9)]
    queue.apply_decisions(history)
    after = queue.funnel()
    for again in (history, history[:1], history[1:2]):
        queue.apply_decisions(again)
        assert queue.funnel() == after


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=st.lists(st.tuples(st.integers(1, 6), st.sampled_from(STATES), st.integers(0, 5)), max_size=40))
def test_counts_are_conserved_at_every_moment(queue: Queue, steps: list[tuple[int, tuple[str, str], int]]) -> None:
    for number, (status, reason), seconds in steps:
        queue.apply_decisions([_moved(number, status, reason, seconds)])
        assert queue.funnel().conserved


def test_a_lost_count_is_noticed() -> None:
    assert not Funnel({"a": 2}, [Tally("a", "RELEASED", "done", 1)]).conserved
    assert not Funnel({"a": 0}, [Tally("a", "RELEASED", "done", 1), Tally("a", "X", "held", -1)]).conserved
    assert Funnel({"a": 1}, [Tally("a", "RELEASED", "done", 1)]).conserved


def test_the_funnel_of_some_days(queue: Queue) -> None:
    tomorrow = decision(2, created=format_instant(NOW + DAY), decided=format_instant(NOW + DAY))
    queue.apply_decisions([decision(1), tomorrow])
    assert queue.funnel(["2026-11-21"]).candidates == {"life_event.move": 1}
    assert queue.funnel(["2026-11-20", "2026-11-21"]) == queue.funnel()
    assert queue.funnel([]) == Funnel({}, [])


def test_the_days_on_which_triggers_fired(queue: Queue) -> None:
    later = {"created": format_instant(NOW + DAY), "decided": format_instant(NOW + DAY)}
    queue.apply_decisions([decision(1), decision(2), decision(3, **later), decision(4, trigger="renewal.car")])
    assert queue.fired(["2026-11-21", "2026-11-20", "2026-11-19"]) == {
        "life_event.move": {"2026-11-20": 2, "2026-11-21": 1},
        "renewal.car": {"2026-11-20": 1},
    }
    assert queue.fired(["2026-11-21"]) == {"life_event.move": {"2026-11-21": 1}}
    assert queue.fired([]) == {}


def test_a_move_counts_on_the_day_the_candidate_was_created(queue: Queue) -> None:
    queue.apply_decisions([_moved(1, "held", "CAPACITY", 0)])
    queue.apply_decisions([_moved(1, "released", "RELEASED", 86_400)])
    assert queue.funnel(["2026-11-20"]).tallies == [Tally("life_event.move", "RELEASED", "released", 1)]
    assert queue.funnel(["2026-11-20"]).conserved


def test_decisions_can_be_looked_up_newest_first(queue: Queue) -> None:
    queue.apply_decisions([decision(1), decision(2, reason="FREQ_CAP"), decision(3)])
    assert queue.decision("dec_00002") == decision(2, reason="FREQ_CAP")
    assert queue.decision("dec_nobody") is None
    assert [record["id"] for record in queue.latest(2).items] == ["dec_00003", "dec_00002"]
    assert [record["id"] for record in queue.latest(reason="NO_CONSENT").items] == ["dec_00003", "dec_00001"]
    queue.apply_decisions([_moved(1, "overruled", "FREQ_CAP", 3)])
    assert [record["id"] for record in queue.latest(reason="FREQ_CAP").items] == ["dec_00001", "dec_00002"]
    assert [record["id"] for record in queue.latest(reason="NO_CONSENT").items] == ["dec_00003"]


def test_decisions_come_in_pages_and_what_changes_meanwhile_is_not_told_twice(queue: Queue) -> None:
    queue.apply_decisions([decision(number, reason=("NO_CONSENT", "FREQ_CAP")[number % 2]) for number in range(1, 8)])
    first = queue.latest(3)
    queue.apply_decisions([_moved(7, "overruled", "FREQ_CAP", 3), decision(8)])
    second = queue.latest(3, cursor=first.cursor)
    third = queue.latest(3, cursor=second.cursor)
    numbers = [int(record["id"][4:]) for page in (first, second, third) for record in page.items]
    assert numbers == [7, 6, 5, 4, 3, 2, 1]
    assert third.cursor is None
    capped = queue.latest(2, "FREQ_CAP")
    assert [record["id"] for record in queue.latest(9, "FREQ_CAP", capped.cursor).items] == ["dec_00003", "dec_00001"]
    for wrong in ("nonsense", write_cursor(1.0, 1, "rec"), write_place(2**63)):
        with pytest.raises(ValueError, match="start without a cursor"):
            queue.latest(3, cursor=wrong)


def test_old_settled_decisions_leave_but_open_ones_stay_counted_right(queue: Queue) -> None:
    queue.apply_decisions([_moved(0, "held", "CAPACITY", 0)])
    queue.apply_decisions([decision(number) for number in range(1, 1301)])
    assert queue.decision("dec_00001") is None
    assert queue.decision("dec_01300") is not None
    queue.apply_decisions([_moved(0, "released", "RELEASED", 9)])
    funnel = queue.funnel()
    assert funnel.conserved
    assert funnel.candidates == {"life_event.move": 1301}


def test_what_was_settled_and_is_open_again_stays_and_counts_once(queue: Queue) -> None:
    queue.apply_decisions([decision(0), _moved(0, "released", "RELEASED", 5)])
    queue.apply_decisions([decision(number) for number in range(1, 1301)])
    assert queue.decision("dec_00000") is not None
    queue.apply_decisions([_moved(0, "withdrawn", "RELEASED", 9)])
    assert (queue.funnel().conserved, queue.funnel().candidates) == (True, {"life_event.move": 1301})


def test_an_erased_customer_leaves_only_counts(queue: Queue) -> None:
    queue.apply_decisions([decision(1), _moved(2, "held", "CAPACITY", 0)])
    assert queue.erase("customer:1002") == 1
    assert queue.decision("dec_00002") is None
    queue.apply_decisions([_moved(2, "rejected", "ERASED", 5), _moved(2, "rejected", "ERASED", 5)])
    assert queue.decision("dec_00002") is None
    assert [record["id"] for record in queue.latest().items] == ["dec_00001"]
    assert queue.funnel().candidates == {"life_event.move": 2}
    assert queue.funnel().conserved
