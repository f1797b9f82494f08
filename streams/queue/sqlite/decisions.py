"""Decisions counted and kept for look-up, in SQLite."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from streams.queue.entry import FINAL, Cell, read_cell, read_place, write_place
from streams.queue.protocol import Funnel, Latest, Tally
from streams.queue.sqlite.store import SqliteStore, is_erased, next_sequence
from streams.queue.work import Record

_UPSERT = """
INSERT INTO decisions (id, customer, day, "trigger", reason, status, decided, final, sequence, body)
VALUES (:id, :customer, :day, :trigger, :reason, :status, :decided, :final, :sequence, :body)
ON CONFLICT (id) DO UPDATE SET
    customer = excluded.customer, reason = excluded.reason, status = excluded.status, decided = excluded.decided,
    final = excluded.final, sequence = excluded.sequence, body = excluded.body
"""

_COUNT = """
INSERT INTO tallies (day, "trigger", reason, status, count) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (day, "trigger", reason, status) DO UPDATE SET count = count + excluded.count
"""

_CANDIDATE = """
INSERT INTO candidates (day, "trigger", count) VALUES (?, ?, 1)
ON CONFLICT (day, "trigger") DO UPDATE SET count = count + 1
"""

_TRIM = """
DELETE FROM decisions WHERE final = 1 AND sequence <= (
    SELECT sequence FROM decisions WHERE final = 1 ORDER BY sequence DESC LIMIT 1 OFFSET ?)
"""


class SqliteDecisions(SqliteStore):
    """Each decision counted once, wherever it is now."""

    def apply_decisions(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        cells = [read_cell(msgspec.json.encode(decision)) for decision in decisions]
        with self._write() as writer:
            for cell in cells:
                _count(writer, cell)
            writer.execute(_TRIM, (self._keep,))

    def decision(self, id: str) -> Record | None:
        row = self._reader.execute("SELECT body FROM decisions WHERE id = ? AND body <> x''", (id,)).fetchone()
        return msgspec.json.decode(row["body"]) if row else None

    def decisions_of(self, customer: str) -> Sequence[Record]:
        query = "SELECT body FROM decisions WHERE customer = ? AND body <> x'' ORDER BY sequence"
        return [msgspec.json.decode(row["body"]) for row in self._reader.execute(query, (customer,))]

    def latest(self, limit: int = 50, reason: str | None = None, cursor: str | None = None) -> Latest:
        where = "" if reason is None else "AND reason = :reason"
        where += "" if cursor is None else " AND sequence < :before"
        values = {"limit": limit + 1, "reason": reason, "before": None if cursor is None else read_place(cursor)}
        # Fixed texts of this module; every value is bound.
        query = f"SELECT sequence, body FROM decisions WHERE body <> x'' {where} ORDER BY sequence DESC LIMIT :limit"  # noqa: S608
        rows = self._reader.execute(query, values).fetchall()
        items = [msgspec.json.decode(row["body"]) for row in rows[:limit]]
        return Latest(items, write_place(rows[limit - 1]["sequence"]) if len(rows) > limit else None)

    def fired(self, days: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        query = (
            'SELECT "trigger", day, count FROM candidates WHERE day IN (SELECT value FROM json_each(?)) ORDER BY 1, 2'
        )
        for row in self._reader.execute(query, (msgspec.json.encode(days).decode(),)):
            found.setdefault(row["trigger"], {})[row["day"]] = row["count"]
        return found

    def funnel(self, days: Sequence[str] | None = None) -> Funnel:
        where, chosen = "", []
        if days is not None:
            where, chosen = "WHERE day IN (SELECT value FROM json_each(?))", [msgspec.json.encode(days).decode()]
        candidates = f'SELECT "trigger", SUM(count) AS count FROM candidates {where} GROUP BY "trigger"'  # noqa: S608
        tallies = (
            f'SELECT "trigger", reason, status, SUM(count) AS count FROM tallies {where}'  # noqa: S608
            ' GROUP BY "trigger", reason, status HAVING SUM(count) <> 0 ORDER BY "trigger", reason, status'
        )
        reader = self._reader
        reader.execute("BEGIN")
        try:
            return Funnel(
                {row["trigger"]: row["count"] for row in reader.execute(candidates, chosen)},
                [Tally(*row) for row in reader.execute(tallies, chosen)],
            )
        finally:
            reader.execute("COMMIT")


def _count(writer: sqlite3.Connection, cell: Cell) -> None:
    before = writer.execute("SELECT * FROM decisions WHERE id = ?", (cell.id,)).fetchone()
    if before is None:
        writer.execute(_CANDIDATE, (cell.day, cell.trigger))
    elif before["decided"] > cell.decided or (cell.status == "held" and before["status"] != "held"):
        return
    else:
        writer.execute(_COUNT, (before["day"], before["trigger"], before["reason"], before["status"], -1))
    kept: dict[str, str | int | bytes] = {"final": cell.status in FINAL, "sequence": next_sequence(writer)}
    if before is not None:
        kept |= {"day": before["day"], "trigger": before["trigger"]}
    if is_erased(writer, cell.customer):
        kept |= {"customer": "", "body": b""}
    row = msgspec.structs.asdict(cell) | kept
    writer.execute(_COUNT, (row["day"], row["trigger"], cell.reason, cell.status, 1))
    writer.execute(_UPSERT, row)
