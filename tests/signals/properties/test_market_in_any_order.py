"""News and changes of premium within hours of each other, told in any order within the lateness: in the end the same
is open, for the same reasons, as had each been told as it happened.

What was released for a later moment keeps its name where an earlier one turns out to have sufficed.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signals.calendar.instant import DAY, MINUTE
from signals.customer.state import Customer
from signals.engine import Engine
from signals.events.event import Event
from tests.signals.properties.histories import CUSTOMERS, Happening, event_of, every, pack, worked_on
from tests.signals.properties.test_any_order import BEFORE
from tests.signals.scenarios.driver import moment

ME = CUSTOMERS[0]
BEGIN = moment("2027-03-02T12:00")
HELD: list[tuple[str, Happening]] = [
    *BEFORE,
    ("2026-01-05T11:00", ("policy.changed", {"policy": "A", "product": "car", "change": "started", "premium": 50})),
]
NEWS = every(
    "market.changed", product=["car"], what=["premium"], competitor=["Rival", "Other"], premium=[20, 35, 44, 60]
)
OWN = every("policy.changed", policy=["A"], product=["car"], change=["amended"], premium=[22, 40, 50, 80]) + every(
    "policy.changed", policy=["A", "B"], product=["car"], change=["renewed", "cancelled"], premium=[40, 80]
)
LATENESS = 24 * 60


@st.composite
def told(draw: st.DrawFn) -> list[Event]:
    """What happened within thirty hours, each told within a day: in the order told."""
    what = draw(st.lists(st.sampled_from(NEWS + OWN), min_size=3, max_size=8))
    at = st.lists(st.integers(0, 30 * 60), min_size=len(what), max_size=len(what), unique=True)
    delays = st.lists(st.integers(0, LATENESS - 1), min_size=len(what), max_size=len(what))
    events = [
        event_of(number + 50, BEGIN + minute * MINUTE, ME, one)
        for number, (minute, one) in enumerate(zip(draw(at), what, strict=True))
    ]
    late = [
        replace(event, arrival=event.time + delay * MINUTE) for event, delay in zip(events, draw(delays), strict=True)
    ]
    return sorted(late, key=lambda event: (event.arrival, event.time))


def in_order(events: list[Event]) -> list[Event]:
    return [replace(event, arrival=event.time) for event in sorted(events, key=lambda event: event.time)]


def worked(events: list[Event], by_the_clock: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The last recommendations and decisions about the market, by id."""
    batches = worked_on(HELD, events, by_the_clock, 3 * DAY)
    found: list[dict[str, Any]] = [{}, {}]
    for batch in batches:
        for last, records in zip(found, (batch.recommendations, batch.decisions), strict=True):
            for record in records:
                if record["trigger"] == "market.premium":
                    assert (
                        "revision" not in record
                        or record["revision"] == last.get(record["id"], {"revision": 0})["revision"] + 1
                    )
                    last[record["id"]] = record
    return found[0], found[1]


def told_of(recommendations: dict[str, Any]) -> list[dict[str, Any]]:
    """What is open, less the moment by which it is named."""
    wanted = ("trigger", "status", "reason", "why", "say", "evidence", "channel", "desk")
    return [
        {field: one[field] for field in wanted} | {"about": one["episode"].partition("@")[0]}
        for one in recommendations.values()
        if one["status"] in ("held", "released")
    ]


@settings(max_examples=100, deadline=None)
@given(told(), st.booleans())
def test_in_the_end_the_same_is_open_for_the_same_reasons(events: list[Event], by_the_clock: bool) -> None:
    found, decisions = worked(events, by_the_clock)
    expected, _ = worked(in_order(events), by_the_clock)
    assert told_of(found) == told_of(expected)
    for decision in decisions.values():
        if decision["recommendation"] is not None:
            assert decision["status"] == found[decision["recommendation"]]["status"]


def story(*told: tuple[int, int, Happening]) -> list[Event]:
    """Each with the hour in which it happened and that in which it was told."""
    events = [
        replace(event_of(number + 50, BEGIN + at * 60 * MINUTE, ME, what), arrival=BEGIN + arrival * 60 * MINUTE)
        for number, (at, arrival, what) in enumerate(told)
    ]
    return sorted(events, key=lambda event: event.arrival)


def news(premium: float, competitor: str = "Rival") -> Happening:
    return "market.changed", {"product": "car", "what": "premium", "competitor": competitor, "premium": premium}


def own(premium: float) -> Happening:
    return "policy.changed", {"policy": "A", "product": "car", "change": "amended", "premium": premium}


STORIES = {
    "dear again before cheap news comes in from before it was cheap": story(
        (1, 20, news(35)), (5, 6, own(22)), (8, 9, own(50))
    ),
    "news that was corrected before it comes in": story((1, 20, news(35)), (2, 3, news(60))),
    "what was taken back by another's news was needed for earlier news": story(
        (1, 20, news(35, "Other")), (2, 3, news(20)), (6, 7, own(50)), (9, 10, news(60))
    ),
    "a change that ends it, come in late, beside one that would have begun it anew": story(
        (1, 2, news(35)), (4, 20, own(22)), (8, 9, own(80)), (12, 13, news(35, "Other"))
    ),
}


@pytest.mark.parametrize("by_the_clock", [False, True])
@pytest.mark.parametrize("name", STORIES)
def test_what_the_order_of_telling_decided_before(name: str, by_the_clock: bool) -> None:
    events = STORIES[name]
    found, _ = worked(events, by_the_clock)
    expected, _ = worked(in_order(events), by_the_clock)
    assert told_of(found) == told_of(expected)


def test_what_was_taken_back_goes_on_under_its_name_when_it_turns_out_to_be_needed() -> None:
    """Their premium came down below what the one asks; another had asked less before that, as is told afterwards."""
    events = story((2, 2, news(35)), (4, 4, own(22)), (1, 6, news(15, "Other")))
    engine = Engine(pack(caps=[], holdout={"share": 0.0}))
    engine.process([event_of(number, moment(at), ME, what) for number, (at, what) in enumerate(HELD)])
    batches = [engine.process([event]) for event in events]
    revisions = [one for batch in batches for one in batch.recommendations if one["trigger"] == "market.premium"]
    told = [(one["revision"], one["status"], one["evidence"][0]["event"]) for one in revisions]
    assert told == [(1, "released", "e50"), (2, "withdrawn", "e50"), (3, "released", "e50"), (4, "released", "e52")]
    assert len({one["id"] for one in revisions}) == 1
    assert "Other advertises" in revisions[-1]["why"]["en"]
    decisions = [one for batch in batches for one in batch.decisions if one["trigger"] == "market.premium"]
    last = {one["id"]: (one["status"], one["reason"]) for one in decisions}
    assert sorted(last.values()) == [("rejected", "DUPLICATE"), ("released", "RELEASED")]


@pytest.mark.parametrize("outcome", ["declined", "wrong"])
def test_what_was_taken_back_does_not_come_back_once_it_was_answered(outcome: str) -> None:
    events = story((2, 2, news(35)), (4, 4, own(22)), (1, 6, news(15, "Other")))
    engine = Engine(pack(caps=[], holdout={"share": 0.0}))
    engine.process([event_of(number, moment(at), ME, what) for number, (at, what) in enumerate(HELD)])
    offers = engine.process(events[:2]).recommendations
    answer = ("recommendation.outcome", {"recommendation": offers[-1]["id"], "outcome": outcome})
    engine.process([event_of(90, events[1].arrival + MINUTE, ME, answer)])
    assert engine.process([events[2]]).recommendations == []


def test_a_guard_that_was_set_meanwhile_keeps_it_from_coming_back() -> None:
    events = story((2, 2, news(35)), (4, 4, own(22)), (5, 5, ("payment.changed", {"status": "late"})))
    told_late = replace(event_of(60, BEGIN + 60 * MINUTE, ME, news(15, "Other")), arrival=BEGIN + 360 * MINUTE)
    recommendations, _ = worked([*events, told_late], False)
    assert [one["status"] for one in recommendations.values()] == ["withdrawn"]


def test_a_premium_told_late_counts_beside_a_renewal_told_before() -> None:
    renewal = ("policy.changed", {"policy": "A", "product": "car", "change": "amended", "renewal_date": "2027-12-01"})
    for events in (story((1, 1, own(22)), (3, 3, renewal)), story((3, 3, renewal), (1, 4, own(22)))):
        engine = Engine(pack())
        engine.process([event_of(number, moment(at), ME, what) for number, (at, what) in enumerate(HELD)])
        engine.process(events)
        policy = only(engine).policies["A"]
        assert (policy.premium, policy.renewal) == (22, moment("2027-12-01T00:00"))


def only(engine: Engine) -> Customer:
    customer = engine.customer(ME)
    assert customer is not None
    return customer
