"""Handing out work, in SQLite: every step is one immediate transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from signals.calendar.instant import SECOND, Instant
from streams.queue.protocol import Claim, Conflict, Item, Unknown
from streams.queue.sqlite.recommendations import as_item
from streams.queue.sqlite.store import SqliteStore, next_sequence, ready, settle

_COUNT = """
INSERT INTO outcomes ("trigger", outcome, count) VALUES (?, ?, ?)
ON CONFLICT ("trigger", outcome) DO UPDATE SET count = count + excluded.count
"""


class SqliteWork(SqliteStore):
    """Claims with a lease, snoozing and outcomes."""

    def claim(self, claim: Claim, now: Instant) -> Sequence[Item]:
        with self._write() as writer:
            if claim.id is not None:
                return [_claim_one(writer, claim, now)]
            settle(writer, now)
            own = claim.by if claim.owner is None else claim.owner
            ids = _next(writer, claim, now, own, claim.count)
            if claim.owner is None and len(ids) < claim.count:
                ids += _next(writer, claim, now, None, claim.count - len(ids))
            return [_lease(writer, id, claim.by, now + claim.lease * SECOND) for id in ids]

    def renew(self, id: str, by: str, lease: int, now: Instant) -> Item:
        with self._write() as writer:
            _must_hold(_find(writer, id), by, now)
            return _lease(writer, id, by, now + lease * SECOND)

    def give_back(self, id: str, by: str, now: Instant) -> Item:
        with self._write() as writer:
            _must_hold(_find(writer, id), by, now)
            return _change(writer, id, claimed_by="", lease_until=0)

    def snooze(self, id: str, by: str, until: Instant, now: Instant) -> Item:
        with self._write() as writer:
            row = _find(writer, id)
            _must_be_free(row, by, now)
            if row["closed"] or row["status"] != "released":
                raise Conflict("NOT_OPEN")
            return _change(writer, id, claimed_by="", lease_until=0, snoozed_until=until)

    def tell(self, id: str, outcome: str, again: Instant | None, now: Instant) -> Item:
        with self._write() as writer:
            row = _find(writer, id)
            closed = bool(row["closed"]) or again is None
            until = row["snoozed_until"] if again is None else again
            if row["outcome"]:
                writer.execute(_COUNT, (row["trigger"], row["outcome"], -1))
            writer.execute(_COUNT, (row["trigger"], outcome, 1))
            return _change(
                writer, id, claimed_by="", lease_until=0, snoozed_until=until, outcome=outcome, closed=int(closed)
            )

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for row in self._reader.execute('SELECT * FROM outcomes WHERE count > 0 ORDER BY "trigger", outcome'):
            found.setdefault(row["trigger"], {})[row["outcome"]] = row["count"]
        return found


def _next(writer: sqlite3.Connection, claim: Claim, now: Instant, owner: str | None, count: int) -> list[str]:
    """Ids of the next that are ready; those of ``owner`` only, or (``None``) those of anyone but the claimer."""
    condition, values = ready(now)
    wanted: dict[str, Any] = {"desk": claim.desk, "owner": owner, "by": claim.by, "count": count}
    desk = "" if claim.desk is None else "AND desk = :desk"
    whose = "owner <> :by" if owner is None else "owner = :owner"
    # Fixed texts of this module; every value is bound.
    query = (
        f"SELECT id FROM recommendations WHERE {condition} {desk} AND {whose}"  # noqa: S608
        " ORDER BY priority DESC, expires, id LIMIT :count"
    )
    return [row["id"] for row in writer.execute(query, values | wanted)]


def _claim_one(writer: sqlite3.Connection, claim: Claim, now: Instant) -> Item:
    row = _find(writer, claim.id or "")
    _must_be_free(row, claim.by, now)
    if row["closed"] or row["status"] != "released":
        raise Conflict("NOT_OPEN")
    if not row["not_before"] <= now < row["expires"]:
        raise Conflict("OUTSIDE_WINDOW")
    return _lease(writer, row["id"], claim.by, now + claim.lease * SECOND)


def _find(writer: sqlite3.Connection, id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = writer.execute("SELECT * FROM recommendations WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise Unknown(id)
    return row


def _must_hold(row: sqlite3.Row, by: str, now: Instant) -> None:
    if row["claimed_by"] != by or row["lease_until"] <= now:
        raise Conflict("NOT_HELD")


def _must_be_free(row: sqlite3.Row, by: str, now: Instant) -> None:
    if row["lease_until"] > now and row["claimed_by"] != by:
        raise Conflict("HELD_BY_ANOTHER")


def _lease(writer: sqlite3.Connection, id: str, by: str, until: Instant) -> Item:
    return _change(writer, id, claimed_by=by, lease_until=until, snoozed_until=0)


def _change(writer: sqlite3.Connection, id: str, **columns: str | int) -> Item:
    settings = ", ".join(f"{column} = :{column}" for column in columns)
    # Column names come from this module only.
    query = f"UPDATE recommendations SET {settings}, ready = 0, sequence = :sequence WHERE id = :id RETURNING *"  # noqa: S608
    row = writer.execute(query, columns | {"id": id, "sequence": next_sequence(writer)}).fetchone()
    return as_item(row)
