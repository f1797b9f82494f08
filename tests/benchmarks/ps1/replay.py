"""PS-1's job on the engine itself, in order of arrival as on a stream, and what the oracle expects of it."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from signals.calendar.duration import Duration
from signals.calendar.instant import DAY
from signals.config import Config
from signals.engine import Engine
from signals.events.decode import Rejected, decode_structured
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack
from tests.benchmarks.ps1.convert import converted

PACK = Path(__file__).parent / "pack"
CLOSING = 40 * DAY
"""How far event time moves on after the last event, so that every deadline passes."""

BATCH = 500

Found = tuple[str, str, str, int]
"""Trigger, customer, moment of firing, and how many events the customer had by then (0 at a complaint's deadline)."""


def open_ps1() -> Pack:
    """The pack, compiled, with the job's bound for lateness."""
    return open_pack(Config(pack=str(PACK), lateness=Duration(clock=120_000)))


def read(lines: Iterable[bytes]) -> Iterator[Event]:
    """The generator's events as ours; raises ``ValueError`` for one that can't be converted."""
    for line in lines:
        event = decode_structured(converted(line))
        if isinstance(event, Rejected):
            raise ValueError(f"{event.reason} {event.field}: {event.detail}")
        yield event


def run(engine: Engine, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Every recommendation as first released, in order; at the end all deadlines have passed."""
    released = []
    for start in range(0, len(events), BATCH):
        released += engine.process(events[start : start + BATCH]).recommendations
    released += engine.advance(events[-1].time + CLOSING).recommendations
    return [record for record in released if record["revision"] == 1]


def found(records: Iterable[dict[str, Any]]) -> list[Found]:
    """What the engine found, in the oracle's terms."""
    return sorted(
        (
            record["trigger"],
            record["customer"].removeprefix("customer:"),
            record["created"],
            0 if record["trigger"] == "overdue_complaint" else int(record["why"]["en"]),
        )
        for record in records
    )
