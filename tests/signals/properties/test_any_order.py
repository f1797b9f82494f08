"""In whatever order events arrive within the lateness, in the end the same stands as in the order of their times.

What was released can't be made never to have been: what was withdrawn counts as nothing. Nor can what was released for
a later moment be released for an earlier one that turns out to have sufficed.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signals.calendar.instant import DAY, MINUTE, Instant, parse_instant
from signals.engine import Engine
from signals.events.event import Event
from tests.signals.properties.histories import CUSTOMERS, Happening, event_of, every, pack
from tests.signals.scenarios.driver import moment

ME = CUSTOMERS[0]
BEFORE: list[tuple[str, Happening]] = [
    *(
        ("2026-01-05T09:00", ("consent.changed", {"purpose": purpose, "given": True, "channels": channels}))
        for purpose, channels in (("marketing", ["email", "phone"]), ("profiling", []))
    ),
    ("2026-01-05T10:00", ("policy.changed", {"policy": "H", "product": "health", "change": "started"})),
]
FROM = ["2026-11-11T12:00", "2026-12-14T12:00", "2026-12-28T15:00", "2027-03-02T12:00"]
SUBJECTS: list[list[Happening]] = [
    every("web.viewed", url=["/zorgverzekering/vergelijken"])
    + every("web.searched", query=["zorgverzekering overstappen"]),
    every("payment.changed", status=["late", "failed", "paid"], policy=["P1", None]),
    every("form.changed", form=["quote"], step=["started", "saved", "submitted"], product=["car", None]),
    every("complaint.changed", complaint=["K1", "K2", "K3"], status=["opened"]),
    every("referral.made", referred=["email:b@example.nl"]) + every("survey.answered", kind=["nps"], score=[3, 9]),
    every("order.placed", items=[[{"sku": "S1", "quantity": 1}], [{"sku": "S2", "quantity": 2}]]),
]
"""What happens about one thing."""


@st.composite
def delayed(draw: st.DrawFn) -> list[Event]:
    """What happened about one thing or two within thirty hours, each told within a day: in the order told."""
    happenings = [
        one for subject in draw(st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=2)) for one in subject
    ]
    minutes = draw(st.lists(st.integers(0, 30 * 60), min_size=2, max_size=5, unique=True))
    begin, events = moment(draw(st.sampled_from(FROM))), []
    for number, minute in enumerate(sorted(minutes)):
        event = event_of(number + 50, begin + minute * MINUTE, ME, draw(st.sampled_from(happenings)))
        delay = draw(st.one_of(st.just(0), st.integers(1, 24 * 60 - 1)))
        events.append(replace(event, arrival=event.time + delay * MINUTE))
    return sorted(events, key=lambda event: (event.arrival, event.time))


def standing(events: list[Event], by_the_clock: bool) -> list[tuple[str, str, Instant]]:
    """What was released and not withdrawn: the trigger, what about, since when."""
    engine = Engine(pack(caps=[], holdout={"share": 0.0}))
    batches = [engine.process([event_of(number, moment(at), ME, what)]) for number, (at, what) in enumerate(BEFORE)]
    for event in events:
        if by_the_clock:
            batches.append(engine.advance(event.arrival))
        batches.append(engine.process([event]))
    batches.append(engine.advance(max(event.time for event in events) + 61 * DAY))
    last: dict[str, Any] = {decision["id"]: decision for batch in batches for decision in batch.decisions}
    found = []
    for decision in last.values():
        if decision["reason"] == "RELEASED" and decision["status"] != "withdrawn":
            about, _, began = decision["episode"].rpartition("@")
            found.append((decision["trigger"], about, parse_instant(began)))
    return sorted(found)


@settings(max_examples=150)
@given(delayed(), st.booleans())
def test_in_the_end_the_same_stands_whatever_came_first(told: list[Event], by_the_clock: bool) -> None:
    happened = [replace(event, arrival=event.time) for event in sorted(told, key=lambda event: (event.time, event.id))]
    expected, found = standing(happened, by_the_clock), standing(told, by_the_clock)
    assert [one[:2] for one in found] == [one[:2] for one in expected]
    for (_, _, began), (_, _, should) in zip(found, expected, strict=True):
        assert abs(began - should) < DAY
