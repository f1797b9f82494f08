"""Guards, consent and promises told in any order within the lateness: in the end the same offers are open, about the
same, as had each been told as it happened.

A decision that was told stays as it is: what was refused by mistake goes on as another candidate of its episode. What
was released first gives a conversation its name, also where what it took along comes from before it.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signals.calendar.instant import DAY, MINUTE
from signals.decision.controls import Control
from signals.engine import Engine
from signals.events.event import Event
from tests.signals.properties.histories import Happening, event_of, every, pack, worked_on
from tests.signals.properties.test_any_order import BEFORE
from tests.signals.properties.test_market_in_any_order import BEGIN, HELD, LATENESS, ME, in_order, story
from tests.signals.scenarios.driver import moment

OFFERS: list[Happening] = [
    ("market.changed", {"product": "car", "what": "premium", "competitor": "Rival", "premium": 20}),
    ("form.changed", {"form": "quote", "step": "started", "product": "car"}),
    ("profile.changed", {"field": "address", "new": "B"}),
    ("contact.received", {"channel": "email", "text": "Ik heb een auto gekocht."}),
]
FORBIDDING = [
    *every("payment.changed", status=["late", "paid"]),
    *every("consent.changed", purpose=["marketing"], given=[True, False], channels=[["email", "phone"]]),
    *every("consent.changed", purpose=["profiling"], given=[True, False]),
    ("promise.changed", {"promise": "B1", "status": "kept"}),
]
MADE: list[tuple[str, Happening]] = [
    ("2026-01-06T09:00", ("promise.changed", {"promise": "B1", "status": "made", "due": "2027-03-02T20:00:00Z"})),
]


@st.composite
def told(draw: st.DrawFn) -> list[Event]:
    """What happened within thirty hours, each offer's cause once, each told within a day: in the order told."""
    what = draw(st.lists(st.sampled_from(OFFERS), min_size=1, unique_by=str))
    what += draw(st.lists(st.sampled_from(FORBIDDING), min_size=1, max_size=4))
    at = draw(st.lists(st.integers(0, 30 * 60), min_size=len(what), max_size=len(what), unique=True))
    delays = draw(st.lists(st.integers(0, LATENESS - 1), min_size=len(what), max_size=len(what)))
    events = [event_of(number + 50, BEGIN + at[number] * MINUTE, ME, one) for number, one in enumerate(what)]
    late = [replace(event, arrival=event.time + delay * MINUTE) for event, delay in zip(events, delays, strict=True)]
    return sorted(late, key=lambda event: (event.arrival, event.time))


def last_of(events: list[Event], by_the_clock: bool = False) -> tuple[list[Any], list[Any]]:
    """The last recommendations and decisions of the sales class."""
    recommendations: dict[str, Any] = {}
    decisions: dict[str, Any] = {}
    for batch in worked_on([*HELD, *MADE], events, by_the_clock, 3 * DAY):
        for one in batch.recommendations:
            assert one["revision"] == recommendations.get(one["id"], {"revision": 0})["revision"] + 1
            recommendations[one["id"]] = one
        for one in batch.decisions:
            known = decisions.setdefault(one["id"], one)
            assert known["reason"] in (one["reason"], "QUIET_HOURS")
            decisions[one["id"]] = one
    of_sales = [[one for one in last.values() if one["class"] == "sales"] for last in (recommendations, decisions)]
    return of_sales[0], of_sales[1]


def open_of(events: list[Event], by_the_clock: bool = False) -> list[Any]:
    """The events on which each open offer rests."""
    found = [one for one in last_of(events, by_the_clock)[0] if one["status"] in ("held", "released")]
    return sorted((one["status"], sorted(piece["event"] for piece in one["evidence"])) for one in found)


@settings(max_examples=150, deadline=None)
@given(told(), st.booleans())
def test_in_the_end_the_same_offers_are_open(events: list[Event], by_the_clock: bool) -> None:
    assert open_of(events, by_the_clock) == open_of(in_order(events), by_the_clock)


LATE, PAID = [("payment.changed", {"status": status}) for status in ("late", "paid")]
YES, NO = [
    ("consent.changed", {"purpose": "marketing", "given": given, "channels": ["email", "phone"]})
    for given in (True, False)
]
NEWS, BOUGHT = OFFERS[0], OFFERS[3]
KEPT: Happening = ("promise.changed", {"promise": "B1", "status": "kept"})
STORIES = {
    "refused under a guard that had been lifted": story((1, 1, LATE), (2, 5, PAID), (3, 4, NEWS)),
    "refused under a guard that was lifted only afterwards": story((1, 1, LATE), (3, 4, NEWS), (5, 6, PAID)),
    "released while a guard stood": story((1, 5, LATE), (3, 4, NEWS)),
    "released before a guard was set that is lifted by now": story((3, 7, NEWS), (4, 4, LATE), (5, 5, PAID)),
    "taken back for a guard that had been lifted": story((1, 5, LATE), (2, 6, PAID), (3, 4, NEWS)),
    "refused without the consent that had been given again": story((1, 1, NO), (2, 5, YES), (3, 4, NEWS)),
    "released by a consent that was given only afterwards": story((1, 1, NO), (2, 5, NEWS), (3, 4, YES)),
    "taken back for a consent that had been given again": story((1, 5, NO), (2, 6, YES), (3, 4, NEWS)),
    "given again after it was taken back meanwhile": story((1, 1, NEWS), (2, 5, NO), (3, 4, YES)),
    "refused for a promise that had been kept": story((9, 14, KEPT), (11, 12, NEWS)),
    "released since a promise was kept only afterwards": story((9, 14, NEWS), (11, 12, KEPT)),
    "two of one conversation, the first told last": story((1, 5, BOUGHT), (3, 4, OFFERS[2])),
}


@pytest.mark.parametrize("by_the_clock", [False, True])
@pytest.mark.parametrize("name", STORIES)
def test_what_the_order_of_telling_decided_before(name: str, by_the_clock: bool) -> None:
    assert open_of(STORIES[name], by_the_clock) == open_of(in_order(STORIES[name]), by_the_clock)


def test_a_refusal_that_was_told_stays_and_another_candidate_of_its_episode_goes_on() -> None:
    events = STORIES["refused under a guard that had been lifted"]
    recommendations, decisions = last_of(events)
    in_time, _ = last_of(in_order(events))
    assert [one["reason"] for one in decisions] == ["CARE_GUARD", "RELEASED"]
    assert decisions[0]["episode"] == decisions[1]["episode"]
    assert [one["id"] for one in recommendations] == [one["id"] for one in in_time]


def test_what_was_taken_back_by_mistake_goes_on_under_its_name() -> None:
    events = STORIES["taken back for a guard that had been lifted"]
    recommendations, decisions = last_of(events)
    assert [(one["status"], one["revision"]) for one in recommendations] == [("released", 3)]
    assert [(one["status"], one["reason"]) for one in decisions] == [("released", "RELEASED")]


@pytest.mark.parametrize(
    "name", ["refused under a guard that had been lifted", "taken back for a guard that had been lifted"]
)
def test_nothing_goes_on_while_the_kill_switch_stands(name: str) -> None:
    *before, lifted = STORIES[name]
    engine = Engine(pack(caps=[], holdout={"share": 0.0}))
    engine.process([event_of(number, moment(at), ME, what) for number, (at, what) in enumerate(HELD)])
    engine.process(before)
    engine.process([Control("stop", "all", 1.0, lifted.arrival, None, "ops", "a test", "c1").event()])
    assert not [one for one in engine.process([lifted]).recommendations if one["class"] == "sales"]


RENEWED: list[tuple[str, Happening]] = [
    (
        "2026-01-05T11:00",
        ("policy.changed", {"policy": name, "product": product, "change": "started", "renewal_date": "2027-04-02"}),
    )
    for name, product in (("A", "car"), ("B", "home"))
]


def test_what_gave_way_to_a_need_that_never_was_goes_on() -> None:
    """Two contracts are to be renewed on one day; the one that went first had been cancelled, as is told afterwards."""
    events = story((8, 22, ("policy.changed", {"policy": "A", "product": "car", "change": "cancelled"})))
    batches = worked_on([*BEFORE, *RENEWED], events, True, 3 * DAY)
    last = {one["id"]: one for batch in batches for one in batch.decisions if one["class"] == "sales"}
    told_of = [(one["trigger"], one["status"], one["reason"]) for one in last.values()]
    assert told_of == [
        ("renewal.car", "withdrawn", "RELEASED"),
        ("renewal.home", "rejected", "SUPERSEDED"),
        ("renewal.home", "released", "RELEASED"),
    ]
