from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.calendar.instant import DAY, Instant, format_instant, parse_instant
from signals.evaluation.evaluate import Evaluation, Score, evaluate, read_recommendations, read_truth
from signals.evaluation.hail import chance_of_a_hit, chance_of_finding
from signals.evaluation.interval import wilson
from signals.evaluation.windows import WINDOWS
from signals.simulation.lives import life_events

MOVE = "life_event.move"
D = parse_instant("2026-06-01T10:00:00Z")


def recommendation(customer: str, created: Instant, trigger: str = MOVE, **more: str) -> dict[str, object]:
    return {"customer": customer, "trigger": trigger, "created": format_instant(created), **more}


def event(customer: str, time: Instant, name: str = MOVE, **more: object) -> dict[str, object]:
    return {"customer": customer, "event": name, "time": format_instant(time), **more}


def judged(recommended: list[dict[str, object]], truth: list[dict[str, object]]) -> Evaluation:
    return evaluate(read_recommendations(recommended), read_truth(truth))


def move_score(recommended: list[dict[str, object]], truth: list[dict[str, object]]) -> Score:
    return next(score for score in judged(recommended, truth).triggers if score.trigger == MOVE)


def test_a_recommendation_within_the_window_is_right_and_finds_the_event() -> None:
    score = move_score([recommendation("customer:1", D - 20 * DAY)], [event("customer:1", D)])
    assert (score.recommended, score.right, score.events, score.found) == (1, 1, 1, 1)
    assert score.median_lead_days == 20


@pytest.mark.parametrize("away", [-70, 61])
def test_outside_the_window_it_is_wrong(away: int) -> None:
    score = move_score([recommendation("customer:1", D + away * DAY)], [event("customer:1", D)])
    assert (score.right, score.found, score.median_lead_days) == (0, 0, None)


def test_another_trigger_or_another_customer_is_wrong() -> None:
    evaluation = judged(
        [recommendation("customer:2", D), recommendation("customer:1", D, "life_event.birth")], [event("customer:1", D)]
    )
    assert [score.right for score in evaluation.triggers] == [0, 0]


def test_anybody_of_the_household_may_be_told_but_each_only_once() -> None:
    truth = [event("customer:1", D, household=["customer:1", "customer:2"])]
    told = [recommendation(f"customer:{number}", D) for number in (1, 2, 2)]
    score = move_score(told, truth)
    assert (score.recommended, score.right, score.events, score.found) == (3, 2, 1, 1)


def test_events_of_customers_who_refused_do_not_count_against_recall() -> None:
    score = move_score([], [event("customer:1", D, contactable=False), event("customer:2", D)])
    assert (score.events, score.refused, score.recall.value) == (1, 1, 0.0)


def test_only_released_and_held_out_decisions_count() -> None:
    reasons = ("RELEASED", "HOLDOUT", "NO_CONSENT", "FREQ_CAP")
    told = [recommendation(f"customer:{place}", D, reason=reason) for place, reason in enumerate(reasons)]
    assert move_score(told, [event("customer:0", D)]).recommended == 2


def test_families_add_up_their_triggers() -> None:
    truth = [event("customer:1", D), event("customer:2", D, "life_event.birth")]
    told = [recommendation("customer:1", D), recommendation("customer:1", D, "life_event.birth")]
    family = judged(told, truth).families[0]
    assert (family.trigger, family.recommended, family.right, family.events) == ("life_event.*", 2, 1, 2)


def test_triggers_the_truth_knows_nothing_of_are_counted_but_not_judged() -> None:
    evaluation = judged([recommendation("customer:1", D, "renewal.motor")], [event("customer:1", D)])
    assert evaluation.not_judged == {"renewal.motor": 1}


def test_every_life_event_the_simulation_invents_can_be_judged() -> None:
    assert {f"life_event.{name}" for name in life_events()} <= WINDOWS.keys()


def test_lift_is_how_much_more_often_right_than_hail() -> None:
    truth = [event(f"customer:{place}", D + place * DAY) for place in range(100)]
    told = [recommendation(f"customer:{place}", D + place * DAY) for place in range(50)]
    score = move_score(told, truth)
    assert score.precision.value == 1.0
    assert score.hail_precision is not None
    assert score.lift == pytest.approx(1 / score.hail_precision)


def test_what_hail_would_hit_agrees_with_really_throwing_it() -> None:
    random = Random(5)
    covered = (0, 365 * DAY)
    stretches = [
        (f"c{random.randrange(40)}", (start, start + random.randrange(100 * DAY)))
        for start in (random.randrange(-50 * DAY, 365 * DAY) for _ in range(60))
    ]
    throws = [(f"c{random.randrange(40)}", random.randrange(*covered)) for _ in range(40_000)]
    hits = sum(any(who == one and a <= when <= b for one, (a, b) in stretches) for who, when in throws)
    assert chance_of_a_hit(stretches, 40, covered) == pytest.approx(hits / len(throws), abs=0.01)


def test_more_hail_finds_more() -> None:
    chances = [chance_of_finding([(0, 10 * DAY)], 100, (0, 365 * DAY), contacts) for contacts in (0, 1, 100, 10**6)]
    assert chances == sorted(chances)
    assert chances[0] == 0
    assert chances[-1] == pytest.approx(1)


def test_nothing_at_all_is_judged_without_dividing_by_zero() -> None:
    assert judged([], []).triggers == []
    score = move_score([recommendation("customer:1", D)], [event("customer:2", D)])
    assert (score.precision.value, score.lift) == (0.0, None)


def test_wilson_agrees_with_the_published_example_and_stays_within_bounds() -> None:
    share = wilson(8, 10)
    assert (share.value, share.low, share.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0).value is None


@given(st.integers(1, 10_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_the_interval_holds_the_share(counts: tuple[int, int]) -> None:
    share = wilson(*counts)
    assert share.value is not None
    assert share.low is not None
    assert share.high is not None
    assert 0 <= share.low <= share.value + 1e-12
    assert share.value <= share.high + 1e-12 <= 1 + 1e-9
