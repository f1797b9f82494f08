"""Warm-up: history builds state and fires nothing, by the flag of an option or of the events themselves."""

from typing import Any

import pytest

from signals.calendar.instant import DAY, HOUR
from signals.config import Config
from signals.engine import Engine
from signals.events.event import Event
from signals.pack.compile import open_pack
from tests.signals.properties.histories import pack
from tests.signals.scenarios.driver import Story, moment

HISTORY = {"warmup": True}
BROKEN, APART, SILENCE = "relationship.promise_broken", "relationship.growing_apart", "relationship.silence"


def promised(story: Story, due: str, **extra: Any) -> Story:
    """We promised something on 2 March."""
    return story.on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due=due, **extra)


def test_moments_that_history_has_passed_fire_nothing() -> None:
    story = promised(Story(), "2026-03-05", extra=HISTORY)
    story.on("2026-03-09T10:00", "contact.received", subject="customer:2", channel="phone", extra=HISTORY)
    story.on("2026-03-10T10:00", "contact.received", subject="customer:3", channel="phone").until("2026-03-20T10:00")
    assert set(story.reasons(BROKEN)) == {"WARMUP"}


def test_history_goes_on_after_a_restart() -> None:
    story = Story()
    rows: dict[str, bytes] = {}
    story.engine = Engine(pack(), load=rows.get)
    data = {"promise": "B1", "status": "made", "due": "2026-03-05"}
    at = moment("2026-03-02T10:00")
    promise = Event("e0", "/test", "promise.changed", at, at, story.subject, data, warmup=True)
    rows |= {key: row for key, row in story.engine.process([promise]).rows.items() if row is not None}
    story.engine = Engine(pack(), load=rows.get)
    story.engine.restore(rows.items(), clock=at)
    story.on("2026-03-09T10:00", "contact.received", subject="customer:2", channel="phone", extra=HISTORY)
    story.on("2026-03-10T10:00", "contact.received", subject="customer:2", channel="phone")
    assert set(story.reasons(BROKEN)) == {"WARMUP"}


def test_what_falls_due_after_history_fires_live() -> None:
    story = promised(Story(), "2026-03-12", extra=HISTORY)
    story.on("2026-03-09T10:00", "contact.received", subject="customer:2", channel="phone", extra=HISTORY)
    story.on("2026-03-10T10:00", "contact.received", subject="customer:2", channel="phone").until("2026-03-20T10:00")
    assert story.reasons(BROKEN) == ["RELEASED"]


def test_history_that_is_read_in_while_others_are_live_touches_only_whom_it_is_about() -> None:
    story = promised(Story(subject="customer:2"), "2026-03-12").on("2026-03-10T10:00", "web.viewed", url="/")
    story.subject = "customer:1"
    promised(story, "2026-03-05", id="old", extra=HISTORY)
    story.on("2026-03-06T10:00", "contact.received", channel="phone", extra=HISTORY)
    promised(story, "2026-03-11", id="running", extra=HISTORY).until("2026-03-20T10:00")
    assert [(decision["customer"], decision["reason"]) for decision in story.of(BROKEN)] == [
        ("customer:1", "RELEASED"),
        ("customer:2", "RELEASED"),
    ]
    assert story.of(BROKEN)[0]["created"] == "2026-03-11T16:00:00Z"


@pytest.mark.parametrize("flagged", [True, False])
def test_the_first_live_day_fires_no_flood(flagged: bool) -> None:
    """Hundreds of customers with two years of history: most fell silent in it, and are not called on the first day."""
    live = moment("2027-01-04T00:00")
    begin = live - 730 * DAY
    history: list[Event] = []
    for number in range(300):
        subject = f"customer:{number}"
        data: dict[str, Any] = {"policy": f"P{number}", "product": "car", "change": "started", "premium": 40.0}
        came = begin + number * 58 * HOUR
        history.append(_event(f"s{number}", "policy.changed", came, subject, data, flagged))
        for at in range(came + DAY, min(came + (number % 9) * 7 * DAY, live), 7 * DAY):
            history.append(_event(f"t{number}.{at}", "web.viewed", at, subject, {"url": "/"}, flagged))
    history.sort(key=lambda event: (event.time, event.id))
    engine = Engine(pack() if flagged else open_pack(Config(), live))
    before = [*engine.process(history).decisions]
    after = [*engine.process([_event("live", "web.viewed", live, "customer:0", {"url": "/"}, False)]).decisions]
    after += engine.advance(live + DAY).decisions
    assert {decision["reason"] for decision in before + after if decision["created"] < "2027-01-01"} == {"WARMUP"}
    assert sum(decision["trigger"] in (APART, SILENCE) for decision in before) > 150
    assert sum(decision["reason"] == "RELEASED" for decision in after) <= 5


def _event(id_: str, type_: str, time: int, subject: str, data: dict[str, Any], warmup: bool) -> Event:
    return Event(id_, "/history", type_, time, time, subject, data, warmup=warmup)
