"""A move and a car in the same week are one conversation, with both reasons."""

from typing import Any

from signals.calendar.instant import DAY, Instant, parse_instant
from signals.config import Config
from signals.engine import Batch, Engine
from signals.events.event import Event
from signals.pack.compile import open_pack

PACK = open_pack(Config())
START = parse_instant("2026-03-02T09:00:00Z")


def event(name: str, at: Instant, kind: str, **data: Any) -> Event:
    return Event(name, "/test", kind, at, at, "customer:1", data)


def engine_after_the_move() -> tuple[Engine, Batch]:
    engine = Engine(PACK)
    consents = [
        event(purpose, START - DAY, "consent.changed", purpose=purpose, given=True)
        for purpose in ("marketing", "profiling")
    ]
    return engine, engine.process([*consents, event("m", START, "profile.changed", field="address", new="B")])


def car(at: Instant) -> Event:
    return event("car", at, "contact.received", channel="email", text="ik heb gisteren een nieuwe auto gekocht")


def test_the_second_joins_the_first() -> None:
    engine, moved = engine_after_the_move()
    joined = engine.process([car(START + 3 * DAY)])
    assert [(decision["trigger"], decision["reason"]) for decision in joined.decisions] == [
        ("life_event.car_purchase", "SUPERSEDED")
    ]
    first, second = moved.recommendations[0], joined.recommendations[0]
    assert (second["id"], second["revision"]) == (first["id"], 2)
    assert [piece["event"] for piece in second["evidence"]] == ["m", "car"]
    assert first["why"]["nl"] in second["why"]["nl"]
    assert second["why"]["nl"] != first["why"]["nl"]


def test_weeks_later_it_is_a_conversation_of_its_own() -> None:
    engine, _ = engine_after_the_move()
    later = engine.process([car(START + 21 * DAY)])
    assert [decision["reason"] for decision in later.decisions] == ["RELEASED"]
