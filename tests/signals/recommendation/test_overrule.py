"""A person has the last word, but never over the law, and never round another gate."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import astuple

from signals.calendar.instant import parse_instant
from signals.config import Config
from signals.decision.learning import Track, added
from signals.engine import LEARNING, Engine
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack

WHO = "customer:1"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return open_pack(Config())


def event(number: int, day: int, type_: str, **data: Any) -> Event:
    time = parse_instant(f"2026-03-{day:02d}T10:00:00+01:00")
    return Event(f"e{number}", "/test", type_, time, time, WHO, data)


MOVED = event(1, 5, "profile.changed", field="address", new="B")


def overruled(day: int, decision: dict[str, Any], **more: Any) -> Event:
    data = {"recommendation": decision["id"], "outcome": "overruled", "by": "adviser:7", **more}
    return event(90 + day, day, "recommendation.outcome", **data)


def test_what_was_refused_for_lack_of_consent_is_released_on_a_persons_word(pack: Pack) -> None:
    engine = Engine(pack)
    refused = engine.process([MOVED]).decisions[0]
    again = engine.process([overruled(6, refused, direction="release")])
    assert refused["reason"] == "NO_CONSENT"
    assert [decision["reason"] for decision in again.decisions] == ["RELEASED"]
    assert again.decisions[0]["id"] != refused["id"]
    consent = next(gate for gate in again.recommendations[0]["gates"] if gate["gate"] == "consent")
    assert "overruled by a person" in consent["detail"]


def test_overruling_one_gate_does_not_get_round_a_guard(pack: Pack) -> None:
    engine = Engine(pack)
    refused = engine.process([MOVED]).decisions[0]
    engine.process([event(2, 6, "complaint.changed", complaint="K1", status="opened")])
    again = engine.process([overruled(7, refused, direction="release")])
    assert [decision["reason"] for decision in again.decisions] == ["CARE_GUARD"]


def test_an_objection_is_never_overruled(pack: Pack) -> None:
    engine = Engine(pack)
    consents = [event(n, 1, "consent.changed", purpose=p, given=True) for n, p in ((3, "marketing"), (4, "profiling"))]
    objection = event(5, 2, "privacy.requested", kind="object")
    refused = next(decision for decision in engine.process([*consents, objection, MOVED]).decisions)
    assert refused["reason"] == "OBJECTED"
    assert engine.process([overruled(6, refused, direction="release")]).decisions == []


def test_nobody_overrules_without_giving_a_name(pack: Pack) -> None:
    engine = Engine(pack)
    refused = engine.process([MOVED]).decisions[0]
    assert engine.process([overruled(6, refused, direction="release", by="")]).decisions == []


def test_overrules_are_counted_by_trigger_and_reason_and_survive_a_restart(pack: Pack) -> None:
    engine = Engine(pack)
    refused = engine.process([MOVED]).decisions[0]
    released = engine.process([overruled(6, refused, direction="release")]).recommendations[0]
    rows = engine.process([overruled(7, released, direction="stop")]).rows
    counted = [("life_event.move", "NO_CONSENT", "release", 1), ("life_event.move", "RELEASED", "stop", 1)]
    assert [astuple(one) for one in engine.overrules()] == counted
    engine.process([overruled(7, released, direction="stop"), overruled(8, refused, by="")])
    again = Engine(pack)
    again.restore([(LEARNING, rows[LEARNING] or b"")])
    assert [astuple(one) for one in again.overrules()] == counted
    twice = added([*engine.overrules(), *again.overrules()])
    assert [astuple(one) for one in twice] == [(*slot, 2 * count) for *slot, count in counted]


def test_lessons_of_before_overrules_were_counted_are_read(pack: Pack) -> None:
    engine = Engine(pack)
    track = Track(right=3, wrong=1, stated=2.8, lately="+++-")
    engine.restore([(LEARNING, msgspec.msgpack.encode({"life_event.move|email|prospect": track}))])
    assert [(one.outcomes, one.right) for one in engine.precisions()] == [(4, 3)]
    assert engine.overrules() == []


def test_what_was_released_is_stopped(pack: Pack) -> None:
    engine = Engine(pack)
    consents = [event(n, 1, "consent.changed", purpose=p, given=True) for n, p in ((3, "marketing"), (4, "profiling"))]
    released = engine.process([*consents, MOVED]).recommendations[0]
    stopped = engine.process([overruled(6, released, direction="stop")])
    assert [(record["status"], record["reason"]) for record in stopped.recommendations] == [("overruled", "RELEASED")]
