"""One row of another system: its columns, and the bytes it was read from."""

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
