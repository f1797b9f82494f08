"""In whatever order events arrive within the lateness, in the end the same stands as in the order of their times.

What was released can't be made never to have been: what was withdrawn counts as nothing. Nor can what was released for
a later moment be released for an earlier one that turns out to have sufficed.
"""

from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from signals.calendar.instant import DAY, MINUTE, Instant, parse_instant
from signals.events.event import Event
from tests.signals.properties.histories import CUSTOMERS, Happening, event_of, every, worked_on
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


def delayed(chance: Random) -> list[Event]:
    """What happened about one thing or two within thirty hours, each told within a day: in the order told."""
    happenings = [one for subject in chance.choices(SUBJECTS, k=chance.randint(1, 2)) for one in subject]
    minutes = chance.sample(range(30 * 60), chance.randint(2, 5))
    begin, events = moment(chance.choice(FROM)), []
    for number, minute in enumerate(sorted(minutes)):
        event = event_of(number + 50, begin + minute * MINUTE, ME, chance.choice(happenings))
        delay = chance.choice([0, chance.randint(1, 24 * 60 - 1)])
        events.append(replace(event, arrival=event.time + delay * MINUTE))
    return sorted(events, key=lambda event: (event.arrival, event.time))


def standing(events: list[Event], by_the_clock: bool) -> list[tuple[str, str, Instant]]:
    """What was released and not withdrawn: the trigger, what about, since when."""
    batches = worked_on(BEFORE, events, by_the_clock, 61 * DAY)
    last: dict[str, Any] = {decision["id"]: decision for batch in batches for decision in batch.decisions}
    found = []
    for decision in last.values():
        if decision["reason"] == "RELEASED" and decision["status"] != "withdrawn":
            about, _, began = decision["episode"].rpartition("@")
            found.append((decision["trigger"], about, parse_instant(began)))
    return sorted(found)


@pytest.mark.parametrize("by_the_clock", [False, True])
@pytest.mark.parametrize("history", range(75))
def test_in_the_end_the_same_stands_whatever_came_first(history: int, by_the_clock: bool) -> None:
    told = delayed(Random(history))
    same_stands(told, by_the_clock)


def test_a_start_that_comes_in_after_a_later_one_puts_off_what_fired_between() -> None:
    started: Happening = ("form.changed", {"form": "quote", "step": "started", "product": "car"})
    begin, hours = moment(FROM[0]), [(0.0, 0.0), (10.8, 13.2), (24.02, 0.0)]
    events = [event_of(number + 50, begin + int(at * 60) * MINUTE, ME, started) for number, (at, _) in enumerate(hours)]
    told = [
        replace(event, arrival=event.time + int(delay * 60) * MINUTE)
        for event, (_, delay) in zip(events, hours, strict=True)
    ]
    same_stands([told[0], told[2], told[1]], False)


def test_one_that_comes_in_after_another_late_one_counts_with_it() -> None:
    """Two looks fire; an earlier one comes in, then the one after that: the two first would have been enough."""
    looked: Happening = ("web.viewed", {"url": "/zorgverzekering/vergelijken"})
    begin = moment("2026-12-14T20:00")
    told = [
        replace(event_of(number + 50, begin + at * MINUTE, ME, looked), arrival=begin + arrival * MINUTE)
        for number, (at, arrival) in enumerate([(300, 300), (350, 350), (20, 900), (30, 1000), (280, 1100)])
    ]
    same_stands(told, False)


def same_stands(told: list[Event], by_the_clock: bool) -> None:
    """What stands in the end is what would had each been told as it happened."""
    happened = [replace(event, arrival=event.time) for event in sorted(told, key=lambda event: (event.time, event.id))]
    expected, found = standing(happened, by_the_clock), standing(told, by_the_clock)
    assert [one[:2] for one in found] == [one[:2] for one in expected]
    for (_, _, began), (_, _, should) in zip(found, expected, strict=True):
        assert abs(began - should) < DAY
