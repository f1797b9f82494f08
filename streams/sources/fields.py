"""Fields of an event taken out of columns, as a mapping declares them."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from signals.events.decode import Rejected
from streams.sources.cells import COLUMN, Cell, Each, Source
from streams.sources.row import Columns, spellings, value_at

_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d*)?", re.ASCII)

Take = Callable[[list[Columns]], Any]
"""Takes the value of one field out of the rows of a group; ``None`` where there is none."""


class Unmappable(Exception):
    """A value that a mapping can't translate."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail


def fields_of(sources: dict[str, Source], zone: str) -> dict[str, Take]:
    """Make ready to take fields; ``zone`` is where times without offset were written."""
    return {name: _take(source, zone) for name, source in sources.items()}


def fill(takes: dict[str, Take], rows: list[Columns], prefix: str = "") -> dict[str, Any] | Rejected:
    """Take the fields out of the rows of one group; those without a value are left out."""
    filled: dict[str, Any] = {}
    for field, take in takes.items():
        try:
            value = take(rows)
        except Unmappable as problem:
            return Rejected(problem.reason, f"{prefix}{field}", problem.detail)
        if value is not None:
            filled[field] = value
    return filled


def _take(source: Source, zone: str) -> Take:
    if isinstance(source, str) and COLUMN.search(source):
        return _template(source)
    if isinstance(source, Each):
        return _each(source, zone)
    if isinstance(source, Cell):
        return _cell(source, ZoneInfo(source.zone or zone))
    return lambda rows: source


def _template(text: str) -> Take:
    pieces = COLUMN.split(text)

    def take(rows: list[Columns]) -> str | None:
        filled = pieces.copy()
        for place in range(1, len(pieces), 2):
            value = value_at(rows[0], pieces[place])
            if value is None:
                return None
            filled[place] = str(value)
        return "".join(filled)

    return take


def _each(source: Each, zone: str) -> Take:
    takes = fields_of(source.each, zone)

    def take(rows: list[Columns]) -> list[dict[str, Any]]:
        inner = rows if source.of is None else value_at(rows[0], source.of)
        if not isinstance(inner, list) or not all(isinstance(one, dict) for one in inner):
            raise Unmappable("WRONG_TYPE", f"{source.of} is not a list of objects")
        return [_without_gaps({name: take([one]) for name, take in takes.items()}) for one in inner]

    return take


def _without_gaps(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _cell(cell: Cell, zone: ZoneInfo) -> Take:
    convert = _CONVERSIONS[cell.to](cell, zone)

    def take(rows: list[Columns]) -> Any:
        value = value_at(rows[0], cell.column)
        if value is None:
            return None
        if cell.values is not None:
            return _translated(cell, value)
        try:
            if cell.separator is not None:
                return [convert(part.strip()) for part in str(value).split(cell.separator) if part.strip()]
            return convert(value)
        except (ValueError, TypeError, OverflowError):
            reason = "BAD_TIME" if cell.to in ("date", "time") else "WRONG_TYPE"
            raise Unmappable(reason, f"column {cell.column} does not hold a {cell.to} as the mapping says") from None

    return take


def _translated(cell: Cell, value: Any) -> Any:
    values = cell.values or {}
    for spelling in spellings(value):
        if spelling in values:
            return values[spelling]
    if "otherwise" in cell.model_fields_set:
        return cell.otherwise
    raise Unmappable("BAD_VALUE", f"the mapping has no translation for this value of column {cell.column}")


def _to_integer(cell: Cell, zone: ZoneInfo) -> Callable[[Any], int]:
    return lambda value: int(value) if isinstance(value, float) and value.is_integer() else int(str(value))


def _to_number(cell: Cell, zone: ZoneInfo) -> Callable[[Any], float]:
    return _with_comma if cell.decimal == "," else lambda value: float(str(value))


def _with_comma(value: Any) -> float:
    """1.089,50 and 1089,5; a point that parts no thousands may have been meant as the comma."""
    if not isinstance(value, str):  # what JSON has as a number is one
        return float(str(value))
    text = value.strip()
    if not _COMMA.fullmatch(text):
        raise ValueError(text)
    return float(text.replace(".", "").replace(",", "."))


def _to_boolean(cell: Cell, zone: ZoneInfo) -> Callable[[Any], bool]:
    return lambda value: bool(("false", "true", "0", "1").index(str(value).lower()) % 2)


def _to_date(cell: Cell, zone: ZoneInfo) -> Callable[[Any], str]:
    if cell.format is None:
        return lambda value: date.fromisoformat(str(value)).isoformat()
    pattern = cell.format
    return lambda value: datetime.strptime(str(value), pattern).replace(tzinfo=zone).date().isoformat()


def _to_time(cell: Cell, zone: ZoneInfo) -> Callable[[Any], str]:
    pattern = cell.format

    def read(value: Any) -> str:
        text = str(value)
        moment = datetime.strptime(text, pattern) if pattern else datetime.fromisoformat(text)  # noqa: DTZ007
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()

    return read


_CONVERSIONS: dict[str | None, Callable[[Cell, ZoneInfo], Callable[[Any], Any]]] = {
    None: lambda cell, zone: lambda value: value,
    "text": lambda cell, zone: str,
    "integer": _to_integer,
    "number": _to_number,
    "boolean": _to_boolean,
    "date": _to_date,
    "time": _to_time,
}
