"""The newest revision of each recommendation, in SQLite."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from signals.calendar.instant import DAY, Instant, parse_instant
from streams.queue.entry import Entry, read_cursor, read_entry, write_cursor
from streams.queue.protocol import Change, Desk, Filter, Page
from streams.queue.sqlite.store import SqliteStore, available, is_erased, next_sequence
from streams.queue.work import Item, Work

_COLUMNS = (
    ("status", "status"),
    ("desk", "desk"),
    ("owner", "owner"),
    ('"trigger"', "trigger"),
    ("class", "class_"),
    ("channel", "channel"),
    ("customer", "customer"),
)

_UPSERT = """
INSERT INTO recommendations (id, revision, status, desk, owner, "trigger", class, channel, customer, priority,
                             not_before, expires, sequence, body)
VALUES (:id, :revision, :status, :desk, :owner, :trigger, :class_, :channel, :customer, :priority,
        :not_before, :expires, :sequence, :body)
ON CONFLICT (id) DO UPDATE SET
    revision = excluded.revision, status = excluded.status, desk = excluded.desk, owner = excluded.owner,
    "trigger" = excluded."trigger", class = excluded.class, channel = excluded.channel, customer = excluded.customer,
    priority = excluded.priority, not_before = excluded.not_before, expires = excluded.expires,
    sequence = excluded.sequence, body = excluded.body, ready = 0
"""

_DESKS = """
SELECT desk,
       SUM({available}) AS available,
       SUM(lease_until > :now) AS claimed,
       SUM(CASE WHEN {available} THEN body ->> '$.value.total' ELSE 0 END) AS value,
       MIN(CASE WHEN {available} THEN body ->> '$.created' END) AS oldest,
       SUM({available} AND expires <= :tomorrow) AS expiring,
       COUNT(*) AS open
FROM recommendations WHERE status = 'released' AND closed = 0 AND expires > :now GROUP BY desk ORDER BY desk
"""


SHOWN = "body, claimed_by, lease_until, snoozed_until, outcome, closed"
"""Each column that is read costs as much as a step of the search."""

_GET = f"SELECT {SHOWN} FROM recommendations WHERE id = ?"  # noqa: S608
_LAST_CHANGE = f"SELECT {SHOWN}, sequence FROM recommendations ORDER BY sequence DESC LIMIT 1"  # noqa: S608
_CHANGES = f"SELECT {SHOWN}, sequence FROM recommendations WHERE sequence > ? ORDER BY sequence LIMIT ?"  # noqa: S608


class SqliteRecommendations(SqliteStore):
    """Recommendations by id, in order of work, and in order of change."""

    near = True

    def apply(self, revisions: Sequence[Mapping[str, Any]]) -> int:
        entries = [read_entry(msgspec.json.encode(revision)) for revision in revisions]
        with self._write() as writer:
            return sum(_keep(writer, entry) for entry in entries)

    def get(self, id: str) -> Item | None:
        row = self._reader.execute(_GET, (id,)).fetchone()
        return as_item(row) if row else None

    def list(self, filter: Filter, now: Instant, limit: int = 50, cursor: str | None = None) -> Page:
        clauses, values = _conditions(filter, now)
        if cursor:
            priority, expires, id = read_cursor(cursor)
            clauses.append("(-priority, expires, id) > (:after_priority, :after_expires, :after_id)")
            clauses.append("priority <= -:after_priority")
            values |= {"after_priority": -priority, "after_expires": expires, "after_id": id}
        # The clauses are fixed texts of this module; every value is bound.
        query = (
            f"SELECT {SHOWN}, priority, expires, id FROM recommendations"  # noqa: S608
            f" WHERE {' AND '.join(clauses) or 'TRUE'}"
            " ORDER BY priority DESC, expires, id LIMIT :limit"
        )
        rows = self._reader.execute(query, values | {"limit": limit + 1}).fetchall()
        more = len(rows) > limit
        last = rows[limit - 1] if more else None
        next_page = write_cursor(last["priority"], last["expires"], last["id"]) if last else None
        return Page([as_item(row) for row in rows[:limit]], next_page)

    def changes(self, after: int, limit: int = 100) -> Sequence[Change]:
        if after < 0:
            rows = self._reader.execute(_LAST_CHANGE).fetchall()
        else:
            rows = self._reader.execute(_CHANGES, (after, limit)).fetchall()
        return [Change(row["sequence"], as_item(row)) for row in rows]

    def desks(self, now: Instant) -> Sequence[Desk]:
        condition, values = available(now)
        query = _DESKS.format(available=f"({condition})")
        return [_as_desk(row) for row in self._reader.execute(query, values | {"tomorrow": now + DAY})]


def _keep(writer: sqlite3.Connection, entry: Entry) -> bool:
    kept = writer.execute("SELECT revision FROM recommendations WHERE id = ?", (entry.id,)).fetchone()
    if (kept and kept["revision"] >= entry.revision) or is_erased(writer, entry.customer):
        return False
    if not kept and entry.expires < writer.execute("SELECT before FROM purged").fetchone()["before"]:
        return False
    writer.execute(_UPSERT, msgspec.structs.asdict(entry) | {"sequence": next_sequence(writer)})
    return True


def _conditions(filter: Filter, now: Instant) -> tuple[list[str], dict[str, Any]]:
    clauses: list[str] = []
    values: dict[str, Any] = {}
    for column, name in _COLUMNS:
        wanted = getattr(filter, name)
        if wanted is not None:
            clauses.append(f"{column} = :{name}")
            values[name] = wanted
    if filter.claimed_by is not None:
        clauses.append("claimed_by = :claimed_by AND lease_until > :now AND closed = 0")
        values |= {"claimed_by": filter.claimed_by, "now": now}
    if filter.available:
        condition, moment = available(now)
        clauses.append(condition)
        values |= moment
    return clauses, values


def as_item(row: sqlite3.Row) -> Item:
    """A row that begins with the columns ``SHOWN`` as the record and the work on it."""
    body, claimed_by, lease_until, snoozed_until, outcome, closed, *_ = row
    work = Work(claimed_by or None, lease_until or None, snoozed_until or None, outcome or None, bool(closed))
    return Item(body, work)


def _as_desk(row: sqlite3.Row) -> Desk:
    return Desk(
        desk=row["desk"],
        available=row["available"],
        claimed=row["claimed"],
        waiting=row["open"] - row["available"] - row["claimed"],
        value=float(row["value"]),
        oldest=parse_instant(row["oldest"]) if row["oldest"] else None,
        expiring=row["expiring"],
    )
