"""Rows become events as a mapping says; what does not fit is quarantined with the field to look at."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from signals.calendar.instant import Instant
from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from streams.sources.cells import Cell, Source
from streams.sources.fields import fields_of, fill
from streams.sources.mapping import EventOf, Mapping
from streams.sources.quarantine import FileLine, Quarantined
from streams.sources.row import Columns, is_one_of, value_at
from streams.sources.rows import read_rows

Make = Callable[[list[Columns]], Event | Rejected | None]


class Conversion(msgspec.Struct):
    """What became of the rows read so far; ``left_out`` are those no event of the mapping is made of."""

    rows: int = 0
    events: int = 0
    left_out: int = 0


def convert(path: str, mapping: Mapping, received: Instant, seen: Conversion) -> Iterator[Event | Quarantined]:
    """Turn the rows of a file into events, in the order of the rows; counts into ``seen``.

    ``received`` is the moment written into what is quarantined. Raises ``SourceError`` when the file can't be read.
    """
    makers = [_maker(event, mapping.zone) for event in mapping.events]
    for rows in read_rows(path, mapping):
        seen.rows += len(rows)
        refused = next((row.rejected for row in rows if row.rejected), None)
        columns = [row.columns for row in rows]
        made = [refused] if refused else [event for make in makers if (event := make(columns)) is not None]
        seen.left_out += 0 if made else len(rows)
        for event in made:
            if isinstance(event, Event):
                seen.events += 1
                yield event
            else:
                raw = b"\n".join(row.raw for row in rows)
                yield Quarantined(event, raw, received, FileLine(path, rows[0].line))


def _maker(declared: EventOf, zone: str) -> Make:
    envelope: dict[str, Source] = {"specversion": "1.0", "type": declared.type, "source": declared.source}
    envelope |= {"id": declared.id, "time": _as_time(declared.time)}
    if declared.subject is not None:
        envelope["subject"] = declared.subject
    attributes, data = fields_of(envelope, zone), fields_of(declared.data, zone)

    def make(rows: list[Columns]) -> Event | Rejected | None:
        if not _concerns(declared, rows[0]):
            return None
        filled, payload = fill(attributes, rows), fill(data, rows, "data.")
        if isinstance(filled, Rejected):
            return filled
        if isinstance(payload, Rejected):
            return payload
        return decode_object(filled | {"data": payload})

    return make


def _concerns(declared: EventOf, row: Columns) -> bool:
    return all(is_one_of(value_at(row, column), values) for column, values in declared.only.items()) and not any(
        is_one_of(value_at(row, column), values) for column, values in declared.unless.items()
    )


def _as_time(source: Any) -> Any:
    """The time of an event is a time, also when the mapping only names the column."""
    if isinstance(source, Cell) and source.to is None:
        return source.model_copy(update={"to": "time"})
    return source
