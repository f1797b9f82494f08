"""A stated counterfactual, applied to the input, flips the decision."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from signals.calendar.instant import DAY, parse_instant
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


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 120), kinds), min_size=3, max_size=12, unique_by=lambda step: step[0]))
def test_without_the_named_events_it_does_not_fire(steps: list[tuple[int, str]]) -> None:
    events = history(steps)
    for name, record in fired(events).items():
        for stated in record["counterfactual"]:
            if not stated["change"].startswith("without event "):
                continue
            gone = set(stated["change"].removeprefix("without event ").split(" and "))
            assert name not in fired([event for event in events if event.id not in gone])
