"""Evidence that speaks only from a moment on: the end of a mortgage's fixed rate, 180 days ahead."""

from typing import Any

import pytest

from signals.calendar.instant import parse_instant
from signals.config import Config
from signals.engine import Engine
from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack

TRIGGER = "life_event.mortgage_renewal"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return open_pack(Config(pack="insurance-nl"))


def mortgage(renewal: str, **envelope: Any) -> Event:
    data = {"policy": "M1", "product": "mortgage", "change": "started", "renewal_date": renewal}
    decoded = decode_object(
        {
            "specversion": "1.0",
            "id": f"e-{renewal}",
            "source": "/policies",
            "type": "policy.changed",
            "time": "2026-01-05T09:00:00Z",
            "subject": "customer:1",
            "data": data,
            **envelope,
        }
    )
    assert not isinstance(decoded, Rejected), decoded
    return decoded


def decided(pack: Pack, events: list[Event], until: str) -> list[tuple[str, str]]:
    engine = Engine(pack)
    batches = [engine.process(events), engine.advance(parse_instant(until))]
    decisions = [one for batch in batches for one in batch.decisions if one["trigger"] == TRIGGER]
    last = {one["id"]: one for one in decisions}
    return [(one["created"], "WARMUP" if one["reason"] == "WARMUP" else "fired") for one in last.values()]


def test_it_fires_a_hundred_and_eighty_days_before_the_fixed_rate_ends(pack: Pack) -> None:
    assert decided(pack, [mortgage("2027-01-05")], "2026-12-01T00:00:00Z") == [("2026-07-08T22:00:00Z", "fired")]


def test_it_fires_at_once_when_that_moment_has_passed_and_the_end_has_not(pack: Pack) -> None:
    assert decided(pack, [mortgage("2026-03-05")], "2026-12-01T00:00:00Z") == [("2026-01-05T09:00:00Z", "fired")]


def test_history_fires_nothing_even_when_its_moment_has_passed(pack: Pack) -> None:
    told = decided(pack, [mortgage("2026-03-05", warmup=True)], "2026-12-01T00:00:00Z")
    assert told == [("2026-01-05T09:00:00Z", "WARMUP")]


def test_a_moved_end_moves_the_moment(pack: Pack) -> None:
    moved = mortgage("2028-01-05", id="e2", time="2026-02-01T09:00:00Z")
    assert decided(pack, [mortgage("2027-01-05"), moved], "2026-12-01T00:00:00Z") == []
