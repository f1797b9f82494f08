"""A stated counterfactual, applied to the input, flips the decision."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from signals.calendar.instant import DAY, HOUR, Instant, parse_instant
from signals.config import Config
from signals.engine import Engine
from signals.events.event import Event
from signals.pack.compile import open_pack

PACK = open_pack(Config())
START = parse_instant("2026-03-02T09:00:00Z")
CONSENTS = [
    Event(f"c{purpose}", "/crm", "consent.changed", START, START, "customer:1", {"purpose": purpose, "given": True})
    for purpose in ("marketing", "profiling")
]


def history(steps: list[tuple[int, str]]) -> list[Event]:
    made: dict[str, tuple[str, dict[str, Any]]] = {
        "page": ("web.viewed", {"url": "/verhuizen"}),
        "search": ("web.searched", {"query": "verhuizing doorgeven"}),
        "form": ("form.changed", {"form": "verhuizing", "step": "saved"}),
        "address": ("profile.changed", {"field": "address", "new": "elsewhere"}),
        "call": ("contact.received", {"channel": "phone", "topic": "claim"}),
    }
    events = []
    for number, (hours, what) in enumerate(sorted(steps)):
        time = START + DAY + hours * DAY // 8
        kind, data = made[what]
        events.append(Event(f"e{number}", "/web", kind, time, time, "customer:1", data))
    return events


def fired(events: list[Event]) -> dict[str, dict[str, Any]]:
    decided = Engine(PACK).process([*CONSENTS, *events])
    return {record["trigger"] + record["episode"]: record for record in decided.recommendations}


kinds = st.sampled_from(["page", "search", "form", "address", "call"])


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 120), kinds), min_size=3, max_size=12, unique_by=lambda step: step[0]))
def test_without_the_named_events_it_does_not_fire(steps: list[tuple[int, str]]) -> None:
    expect_named_events_to_matter(steps)


def expect_named_events_to_matter(steps: list[tuple[int, str]]) -> None:
    events = history(steps)
    for name, record in fired(events).items():
        for stated in record["counterfactual"]:
            if not stated["change"].startswith("without event "):
                continue
            gone = set(stated["change"].removeprefix("without event ").split(" and "))
            assert name not in fired([event for event in events if event.id not in gone])


@settings(max_examples=300, deadline=None)
@given(st.integers(3, 6), st.integers(0, 4), st.lists(st.sampled_from(["page", "search", "form"]), max_size=4))
def test_of_more_pages_than_count_on_a_day_none_is_named(first: int, second: int, later: list[str]) -> None:
    """One that didn't count would have taken its place."""
    days = [*[(number, "page") for number in range(first)], *[(8 + number, "page") for number in range(second)]]
    expect_named_events_to_matter([*days, *[(16 + number, what) for number, what in enumerate(later)]])


def event(name: str, at: Instant, type_: str, **data: Any) -> Event:
    return Event(name, "/crm", type_, at, at, "customer:1", data)


MOVING = START + 10 * DAY
OBSTACLES = {
    "promise": event("o1", START, "promise.changed", promise="B1", status="made", due="2026-03-04"),
    "complaint": event("o2", START, "complaint.changed", complaint="K1", status="opened"),
    "payment": event("o3", START + DAY, "payment.changed", status="late", policy="P1"),
    "contact": event("o4", MOVING - 5 * HOUR, "contact.made", channel="phone", purpose="sales"),
    "expired": event("o5", START, "consent.changed", purpose="profiling", given=True, expires="2026-03-08"),
    "objection": event("o6", START, "privacy.requested", kind="object"),
}
PERMISSIONS = {
    "email": event("p1", START, "consent.changed", purpose="marketing", given=True, channels=["email"]),
    "phone": event("p2", START, "consent.changed", purpose="marketing", given=True, channels=["phone"]),
    "profiling": event("p3", START, "consent.changed", purpose="profiling", given=True),
}


def move_decided(events: list[Event], at: Instant = MOVING) -> dict[str, Any]:
    ordered = sorted(
        [*events, event("move", at, "profile.changed", field="address", new="B")], key=lambda one: one.time
    )
    decisions = Engine(PACK).process(ordered).decisions
    return next(decision for decision in decisions if decision["trigger"] == "life_event.move")


def changed(events: list[Event], change: str) -> tuple[list[Event], Instant]:
    """The history with the stated change made to it, and when the customer moves in it."""
    moving, just_before = MOVING, MOVING - 1
    for number, part in enumerate(re.split(r" and (?=with |without |from )", change)):
        if found := re.fullmatch(r"with consent for (\w+)(?: by (\w+))?", part):
            channels = [found[2]] if found[2] else []
            data = {"purpose": found[1], "given": True, "channels": channels}
            events = [*events, event(f"c{number}", just_before, "consent.changed", **data)]
        elif part.startswith("without guard."):
            events = [one for one in events if one.id not in ("o2", "o3")]
        elif part == "without the objection":
            events = [one for one in events if one.id != "o6"]
        elif part == "with promise B1 kept":
            events = [*events, event(f"c{number}", just_before, "promise.changed", promise="B1", status="kept")]
        else:
            found = re.fullmatch(r"from (\S+) on", part)
            assert found, part
            moving = parse_instant(found[1])
    return events, moving


@settings(max_examples=1000, deadline=None)
@given(st.sets(st.sampled_from(sorted(OBSTACLES))), st.sets(st.sampled_from(sorted(PERMISSIONS))))
def test_what_would_have_released_it_does_release_it(obstacles: set[str], permissions: set[str]) -> None:
    events = [OBSTACLES[name] for name in sorted(obstacles)] + [PERMISSIONS[name] for name in sorted(permissions)]
    decision = move_decided(events)
    if decision["reason"] == "RELEASED":
        return
    change = decision["counterfactual"][0]["change"]
    flipped = move_decided(*changed(events, change))
    assert flipped["reason"] == "RELEASED", change
