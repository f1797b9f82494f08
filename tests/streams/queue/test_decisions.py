"""Promises of the decision counts, on both queues."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signals.calendar.instant import DAY, format_instant
from streams.queue import Funnel, Queue, Tally
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


def test_a_move_counts_on_the_day_the_candidate_was_created(queue: Queue) -> None:
    queue.apply_decisions([_moved(1, "held", "CAPACITY", 0)])
    queue.apply_decisions([_moved(1, "released", "RELEASED", 86_400)])
    assert queue.funnel(["2026-11-20"]).tallies == [Tally("life_event.move", "RELEASED", "released", 1)]
    assert queue.funnel(["2026-11-20"]).conserved


def test_decisions_can_be_looked_up_newest_first(queue: Queue) -> None:
    queue.apply_decisions([decision(1), decision(2, reason="FREQ_CAP"), decision(3)])
    assert queue.decision("dec_00002") == decision(2, reason="FREQ_CAP")
    assert queue.decision("dec_nobody") is None
    assert [record["id"] for record in queue.latest(2)] == ["dec_00003", "dec_00002"]
    assert [record["id"] for record in queue.latest(reason="NO_CONSENT")] == ["dec_00003", "dec_00001"]
    queue.apply_decisions([_moved(1, "overruled", "FREQ_CAP", 3)])
    assert [record["id"] for record in queue.latest(reason="FREQ_CAP")] == ["dec_00001", "dec_00002"]
    assert [record["id"] for record in queue.latest(reason="NO_CONSENT")] == ["dec_00003"]


def test_old_settled_decisions_leave_but_open_ones_stay_counted_right(queue: Queue) -> None:
    queue.apply_decisions([_moved(0, "held", "CAPACITY", 0)])
    queue.apply_decisions([decision(number) for number in range(1, 1301)])
    assert queue.decision("dec_00001") is None
    assert queue.decision("dec_01300") is not None
    queue.apply_decisions([_moved(0, "released", "RELEASED", 9)])
    funnel = queue.funnel()
    assert funnel.conserved
    assert funnel.candidates == {"life_event.move": 1301}


def test_an_erased_customer_leaves_only_counts(queue: Queue) -> None:
    queue.apply_decisions([decision(1), _moved(2, "held", "CAPACITY", 0)])
    assert queue.erase("customer:1002") == 1
    assert queue.decision("dec_00002") is None
    queue.apply_decisions([_moved(2, "rejected", "ERASED", 5), _moved(2, "rejected", "ERASED", 5)])
    assert queue.decision("dec_00002") is None
    assert [record["id"] for record in queue.latest()] == ["dec_00001"]
    assert queue.funnel().candidates == {"life_event.move": 2}
    assert queue.funnel().conserved
