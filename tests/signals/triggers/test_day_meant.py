"""Which day a recommendation's window is about, when the evidence states days."""

from typing import Any

import pytest

from signals.calendar.instant import parse_instant
from signals.config import Config
from signals.engine import Engine
from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack


@pytest.fixture(scope="module")
def pack() -> Pack:
    return open_pack(Config(pack="insurance-nl"))


def event(number: int, time: str, kind: str, **data: Any) -> Event:
    envelope = {"specversion": "1.0", "id": f"e{number}", "source": "/test", "type": kind, "time": time}
    decoded = decode_object({**envelope, "subject": "customer:1", "data": data})
    assert not isinstance(decoded, Rejected), decoded
    return decoded


def consents() -> list[Event]:
    return [
        event(100 + number, "2026-01-01T09:00:00Z", "consent.changed", purpose=purpose, given=True)
        for number, purpose in enumerate(("marketing", "profiling"))
    ]


def trips(pack: Pack, events: list[Event]) -> list[str]:
    engine = Engine(pack)
    batches = [engine.process([*consents(), *events]), engine.advance(parse_instant("2026-12-01T00:00:00Z"))]
    decisions = [one for batch in batches for one in batch.decisions if one["trigger"] == "life_event.travel"]
    return [one["reason"] for one in {one["id"]: one for one in decisions}.values()]


def quote(number: int, time: str, start: str) -> Event:
    return event(number, time, "policy.changed", policy="T", product="travel", change="quoted", start_date=start)


def visits(first: int, day: str) -> list[Event]:
    pages = ("/reisverzekering", "/reisverzekering/werelddekking", "/reisverzekering/annulering")
    return [event(first + place, f"{day}T10:0{place}:00Z", "web.viewed", url=page) for place, page in enumerate(pages)]


def test_the_day_of_an_earlier_trip_does_not_close_the_window_of_the_next(pack: Pack) -> None:
    earlier = quote(1, "2026-03-01T09:00:00Z", "2026-03-20")
    later = [*visits(10, "2026-06-10"), *visits(20, "2026-06-11"), *visits(30, "2026-06-12")]
    assert trips(pack, [earlier, *later]) == ["RELEASED", "RELEASED"]


def test_a_trip_told_of_when_it_is_over_is_not_sold_to(pack: Pack) -> None:
    assert trips(pack, [quote(1, "2026-03-21T09:00:00Z", "2026-03-20")]) == ["EXPIRED"]
