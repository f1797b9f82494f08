"""A move and a car in the same week are one conversation, with both reasons."""

from typing import Any

from msgspec.structs import replace

from signals.batch import Batch
from signals.calendar.instant import DAY, Instant, parse_instant
from signals.config import Config
from signals.engine import Engine
from signals.events.event import Event
from signals.pack.compile import open_pack

PACK = open_pack(Config())
START = parse_instant("2026-03-02T09:00:00Z")


def event(name: str, at: Instant, kind: str, **data: Any) -> Event:
    return Event(name, "/test", kind, at, at, "customer:1", data)


def engine_after_the_move(who: str = "") -> tuple[Engine, Batch]:
    engine = Engine(PACK)
    if who:
        engine.process([event("link", START - 2 * DAY, "identity.linked", **{"from": "device:d", "to": "customer:1"})])
    consents = [
        event(purpose, START - DAY, "consent.changed", purpose=purpose, given=True)
        for purpose in ("marketing", "profiling")
    ]
    move = replace(event("m", START, "profile.changed", field="address", new="B"), subject=who or "customer:1")
    return engine, engine.process([*consents, move])


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


def said(name: str, at: Instant, text: str) -> Event:
    return event(name, at, "contact.received", channel="email", text=text)


CAR_OFF = "de koop van de auto gaat helaas toch niet door"
MOVE_OFF = "de verhuizing gaat helaas niet door"


def test_what_joined_is_taken_out_when_its_need_is_gone() -> None:
    engine, moved = engine_after_the_move()
    first = moved.recommendations[0]
    engine.process([car(START + 3 * DAY)])
    (alone,) = engine.process([said("off", START + 4 * DAY, CAR_OFF)]).recommendations
    assert (alone["id"], alone["revision"], alone["status"]) == (first["id"], 3, "released")
    assert (alone["why"], alone["say"], alone["evidence"]) == (first["why"], first["say"], first["evidence"])
    assert alone["gates"][-1]["detail"] == "speaks no more of life_event.car_purchase: event off"
    (over,) = engine.process([said("off2", START + 5 * DAY, MOVE_OFF)]).recommendations
    assert (over["id"], over["revision"], over["status"]) == (first["id"], 4, "withdrawn")


def test_the_conversation_goes_on_about_what_joined_and_ends_with_the_last_need() -> None:
    engine, moved = engine_after_the_move()
    first = moved.recommendations[0]
    engine.process([car(START + 3 * DAY)])
    off = engine.process([said("off", START + 4 * DAY, MOVE_OFF)])
    (left,) = off.recommendations
    assert (left["id"], left["revision"], left["status"]) == (first["id"], 3, "released")
    assert [piece["event"] for piece in left["evidence"]] == ["car"]
    assert first["why"]["en"] not in left["why"]["en"]
    assert off.decisions == [], "the reason of what was released stays, and so does its status"
    over = engine.process([said("off2", START + 5 * DAY, CAR_OFF)])
    assert [(record["revision"], record["status"]) for record in over.recommendations] == [(4, "withdrawn")]
    assert [(one["trigger"], one["reason"], one["status"]) for one in over.decisions] == [
        ("life_event.move", "RELEASED", "withdrawn")
    ]


def test_a_held_conversation_is_released_without_what_lost_its_need() -> None:
    engine = Engine(PACK)
    night = parse_instant("2026-03-02T22:30:00Z")
    both = "wij gaan verhuizen en ik heb gisteren een nieuwe auto gekocht"
    engine.process(
        [
            event("marketing", START - DAY, "consent.changed", purpose="marketing", given=True, channels=["phone"]),
            event("profiling", START - DAY, "consent.changed", purpose="profiling", given=True),
        ]
    )
    held = engine.process([said("both", night, both)]).recommendations
    assert {record["status"] for record in held} == {"held"}
    spoken = held[-1]
    off = CAR_OFF if spoken["trigger"] == "life_event.move" else MOVE_OFF
    gone = "auto" if off == CAR_OFF else "verhuiz"
    assert gone in spoken["why"]["nl"]
    engine.process([said("off", night + 60_000, off)])
    released = engine.advance(START + DAY + DAY).recommendations[0]
    assert (released["status"], released["id"]) == ("released", spoken["id"])
    assert gone not in released["why"]["nl"]


def test_who_turns_out_to_be_two_people_is_spoken_to_about_their_own_need_only() -> None:
    """One said they move, the other bought a car: parted, the conversation goes on about the one's own need."""
    for who_moves, who_buys, left in (("customer:1", "device:d", "m"), ("device:d", "customer:1", "car")):
        engine, _ = engine_after_the_move(who_moves)
        together = engine.process([replace(car(START + 3 * DAY), subject=who_buys)]).recommendations[-1]
        assert [piece["event"] for piece in together["evidence"]] == ["m", "car"]
        data = {"from": "device:d", "to": "customer:1"}
        apart = engine.process([event("apart", START + 4 * DAY, "identity.unlinked", **data)])
        record = apart.recommendations[0]
        assert (record["id"], record["revision"], record["status"]) == (together["id"], 3, "released")
        assert [piece["event"] for piece in record["evidence"]] == [left]
        assert record["gates"][-1]["detail"].endswith("not the same person")
        own = [(decision["customer"], decision["trigger"]) for decision in apart.decisions]
        gone = "life_event.car_purchase" if who_buys == "device:d" else "life_event.move"
        assert own == [("device:d", gone)], "what is spoken of no more is a candidate of its own people now"


def test_weeks_later_it_is_a_conversation_of_its_own() -> None:
    engine, _ = engine_after_the_move()
    later = engine.process([car(START + 21 * DAY)])
    assert [decision["reason"] for decision in later.decisions] == ["RELEASED"]
