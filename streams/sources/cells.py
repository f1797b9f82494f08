"""Where the value of a field comes from: a constant, a template, a cell of a row, or a list with one object per row."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone; write for example Europe/Amsterdam") from error
    return name


_SOME_DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)


def _pattern(text: str) -> str:
    """A pattern of strptime's: without a sign of its in it no date would ever fit."""
    try:
        fits = "%" in text and bool(datetime.strptime(f"{_SOME_DAY:{text}}", text))  # noqa: DTZ007
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"{text!r} reads no date; write for example %d-%m-%Y %H:%M")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Constant = str | bool | int | float
"""A text is a template, anything else stays as it is."""

COLUMN = re.compile(r"\{([^{}]+)\}")
"""A column inside a template."""


class Strict(BaseModel):
    """A declaration in a file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(Strict):
    """One value out of one column (of JSON lines also a path: ``customer.id``).

    ``values`` translates what stands there, ``otherwise`` is for what is not in that list; without it such a row is
    quarantined. ``format`` is a ``strptime`` pattern for dates and times (ISO 8601 without it), ``zone`` where times
    without offset were written (the mapping's own zone without it). ``decimal`` is the sign before decimals in
    numbers, ``separator`` splits the text into a list. An empty cell leaves the field out.
    """

    column: str
    to: Literal["text", "integer", "number", "boolean", "date", "time"] | None = Field(None, alias="as")
    format: Annotated[str, AfterValidator(_pattern)] | None = None
    zone: Zone | None = None
    values: dict[str, Any] | None = None
    otherwise: Any = None
    decimal: Literal[".", ","] = "."
    separator: str | None = None


class Each(Strict):
    """A list with one object per row of a group, or per object in the list at ``of``: the items of an order."""

    each: dict[str, "Source"]
    of: str | None = None


def _which(source: Any) -> str:
    if isinstance(source, dict):
        return "each" if "each" in source else "cell"
    return "each" if isinstance(source, Each) else "cell" if isinstance(source, Cell) else "constant"


Source = Annotated[
    Annotated[Constant, Tag("constant")] | Annotated[Cell, Tag("cell")] | Annotated[Each, Tag("each")],
    Discriminator(_which),
]
