"""What the law gives people: all that is known of them, to take along, and to be forgotten everywhere.

Works on the folder of a node that isn't running. Erasing reaches the row and those of all the person's subjects (with
their timers), the queue and its decisions, what still had to be delivered and what was quarantined; then the files are
rewritten, so that nothing is left in free pages either. What remains is a one-way mark per subject, so that old events
can't bring the person back.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from signals.config import Config
from signals.customer.state import Customer
from signals.customer.underway import Live
from streams.node.node import EmbeddedNode
from streams.person import kept_of, wish_to_be_forgotten
from streams.queue.entry import fingerprint
from streams.sinks.outbox import Outbox
from streams.sinks.running import OUTBOX
from streams.wall import wall_now

Record = dict[str, Any]
_NOT_TOLD = ("seen",)
"""Marks of events that were counted: they say nothing to anybody."""


def export(config: Config, data: Path, subject: str) -> Record | None:
    """All that is known of a person, as JSON; None when nothing is. Raises ``PackError`` or ``StoreError``."""
    with closing(EmbeddedNode(config, data)) as node:
        rows = node.rows_of(subject)
        names = sorted({subject, *(row.key for row in rows)})
        recommendations, decisions = kept_of(node.queue, names, node.now())
        quarantined = node.quarantined_about(names)
        if not (rows or recommendations or decisions or quarantined):
            return None
        return {
            "subject": subject,
            "customer": node.customer(subject),
            "state": [_named(row) for row in rows],
            "recommendations": recommendations,
            "decisions": decisions,
            "quarantined": quarantined,
            "events": node.journal_about(names),
        }


def erase(config: Config, data: Path, subject: str) -> Record:
    """Forget a person under all their subjects; returns what went, as counts. Raises ``PackError``, ``StoreError``."""
    with closing(EmbeddedNode(config, data)) as node:
        rows = node.rows_of(subject)
        names = sorted({subject, *(row.key for row in rows)})
        now = wall_now()
        key = next((row.key for row in rows if row.became is None), subject)
        records = sum(map(len, kept_of(node.queue, names, now)))
        gone = {"rows": len(rows), "records": records, "quarantined": len(node.quarantined_about(names))}
        node.take([wish_to_be_forgotten(key, now)])
        for name in names:
            node.queue.erase(name)
        node.forget_quarantined(names)
        gone["deliveries"] = _forget_deliveries(data / OUTBOX, names)
    for path in sorted(data.glob("*.db")):
        _rewrite(path)
    return gone


def _forget_deliveries(path: Path, names: list[str]) -> int:
    if not path.is_file():
        return 0
    with closing(Outbox(path)) as outbox:
        return sum(outbox.erase(fingerprint(name)) for name in names)


def _rewrite(path: Path) -> None:
    """Write a file anew without its deleted parts, and empty its log."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")


def _named(value: Any) -> Any:
    """A row as JSON with the names of its fields, without those that are empty."""
    if isinstance(value, Customer):
        fields = {name: getattr(value, name) for name in value.__struct_fields__ if name not in _NOT_TOLD}
        return {name: _named(field) for name, field in fields.items() if field not in (None, "", 0, [], {})}
    if isinstance(value, Live):
        value = msgspec.structs.replace(value, told=[value.record, value.decision])
    if isinstance(value, msgspec.Struct):
        return {name: _named(field) for name, field in msgspec.structs.asdict(value).items()}
    if isinstance(value, dict):
        return {str(key): _named(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item) for item in value]
    return value
