"""A due moment on which the engine fails doesn't hold up time."""

from typing import Any

import pytest

from signals.calendar.instant import DAY, parse_instant
from signals.config import Config
from signals.engine import Engine
from signals.events.event import Event
from signals.moments import ALL
from signals.pack.compile import Pack, open_pack

OPENED = parse_instant("2026-11-20T09:00:00Z")


def opened(number: int) -> Event:
    data: dict[str, Any] = {"complaint": f"c{number}", "status": "opened"}
    return Event(f"e{number}", "/test", "complaint.changed", OPENED, OPENED, f"customer:{number}", data)


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch) -> Pack:
    """A pack whose deadline for complaints fails for one customer."""
    opened = open_pack(Config(pack="insurance-nl"))
    deadline = opened.timed["relationship.complaint_overdue"]
    due = deadline.due

    def failing(scene: Any, key: str, timer: Any) -> None:
        if scene.customer.key == "customer:1":
            raise ZeroDivisionError("a bug")
        due(scene, key, timer)

    monkeypatch.setattr(type(deadline), "due", lambda _, *due: failing(*due))
    return opened


def test_it_comes_out_with_the_batch_and_the_others_fire(pack: Pack) -> None:
    engine = Engine(pack, going_on=True)
    engine.process([opened(1), opened(2)])
    batch = engine.advance(OPENED + 20 * DAY)
    assert [(one.customer, one.owner, one.error) for one in batch.failed] == [
        ("customer:1", "relationship.complaint_overdue", "ZeroDivisionError")
    ]
    overdue = [one for one in batch.decisions if one["trigger"] == "relationship.complaint_overdue"]
    assert {one["customer"] for one in overdue} == {"customer:2"}
    assert engine.timers_due == engine.timers_fired + 1
    assert engine.advance(OPENED + 21 * DAY).failed == []


def test_where_somebody_looks_on_it_is_an_error(pack: Pack) -> None:
    engine = Engine(pack)
    engine.process([opened(1)])
    with pytest.raises(ZeroDivisionError):
        engine.advance(OPENED + 20 * DAY)


@pytest.mark.parametrize("at_once", [1, ALL])
def test_news_that_fails_for_one_reaches_the_others(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    opened = open_pack(Config())
    (market,) = opened.markets
    tell = market.tell

    def failing(scene: Any, anew: bool = True) -> None:
        if scene.customer.key == "customer:1":
            raise ZeroDivisionError("a bug")
        tell(scene, anew)

    monkeypatch.setattr(market, "tell", failing)
    engine = Engine(opened, going_on=True)
    policy = {"product": "car", "change": "started", "premium": 60.0, "policy": "P"}
    engine.process(
        Event(f"p{number}", "/made", "policy.changed", OPENED, OPENED, f"customer:{number}", policy)
        for number in (1, 2, 3)
    )
    told = {"product": "car", "what": "premium", "competitor": "Rival", "premium": 40.0}
    now = OPENED + DAY
    batches = [engine.process([Event("n", "/made", "market.changed", now, now, "market:NL", told)], at_once)]
    while engine.is_behind:
        batches.append(engine.go_on(at_once))
    failed = [(one.customer, one.owner, one.key, one.due, one.error) for batch in batches for one in batch.failed]
    assert failed == [("customer:1", "@market", "n", now, "ZeroDivisionError")]
    assert engine.timers_due == engine.timers_fired + 1
    decided = [one["customer"] for batch in batches for one in batch.decisions]
    assert decided == ["customer:2", "customer:3"]
