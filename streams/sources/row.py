"""One row of another system: its columns, and the bytes it was read from."""

from collections.abc import Container
from typing import Any

import msgspec

from signals.events.decode import Rejected

Columns = dict[str, Any]


class Row(msgspec.Struct):
    """One row, the line it begins on, and why it has no columns if it has none."""

    line: int
    raw: bytes
    columns: Columns
    rejected: Rejected | None = None


def value_at(columns: Columns, path: str) -> Any:
    """The value of a column, or of a dotted path into nested objects; ``None`` where there is none or it is empty."""
    value: Any = columns.get(path)
    if value is None and "." in path:
        value = columns
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
    return None if value == "" else value


def spellings(value: Any) -> tuple[str, ...]:
    """How a value may be written in a mapping: yes and no of JSON lines as they stand there, or as ``True``."""
    return (str(value).lower(), str(value)) if isinstance(value, bool) else (str(value),)


def is_one_of(value: Any, written: Container[str]) -> bool:
    """Whether a mapping names this value."""
    return any(spelling in written for spelling in spellings(value))
