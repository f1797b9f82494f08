"""Handing out work, in SQLite: steps taken in one go are one immediate transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from signals.calendar.instant import SECOND, Instant
from streams.queue.sqlite.recommendations import SHOWN, as_item
from streams.queue.sqlite.store import SqliteStore, next_sequence, ready, settle
from streams.queue.work import Claim, Conflict, Done, Get, GiveBack, Item, Renew, Snooze, Step, Tell, Unknown, WorkQueue

_FIND = f'SELECT {SHOWN}, id, status, "trigger", not_before, expires FROM recommendations WHERE id = ?'  # noqa: S608
_COUNT = """
INSERT INTO outcomes ("trigger", outcome, count) VALUES (?, ?, ?)
ON CONFLICT ("trigger", outcome) DO UPDATE SET count = count + excluded.count
"""


class SqliteWork(SqliteStore, WorkQueue):
    """Claims with a lease, snoozing and outcomes."""

    def take(self, steps: Sequence[Step], now: Instant) -> Sequence[Done]:
        with self._write() as writer:
            return [_done(writer, step, now) for step in steps]

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for row in self._reader.execute('SELECT * FROM outcomes WHERE count > 0 ORDER BY "trigger", outcome'):
            found.setdefault(row["trigger"], {})[row["outcome"]] = row["count"]
        return found


def _done(writer: sqlite3.Connection, step: Step, now: Instant) -> Done:
    """Whatever refuses a step has changed nothing yet."""
    try:
        if isinstance(step, Claim) and step.id is None:
            return _claim_next(writer, step, now)
        return [_worked_on(writer, step, now)]
    except (Unknown, Conflict) as refusal:
        return refusal


def _claim_next(writer: sqlite3.Connection, claim: Claim, now: Instant) -> list[Item]:
    settle(writer, now)
    own = claim.by if claim.owner is None else claim.owner
    ids = _next(writer, claim, now, own, claim.count)
    if claim.owner is None and len(ids) < claim.count:
        ids += _next(writer, claim, now, None, claim.count - len(ids))
    return [_lease(writer, id, claim.by, now + claim.lease * SECOND) for id in ids]


def _worked_on(writer: sqlite3.Connection, step: Step, now: Instant) -> Item:
    row = _find(writer, step.id or "")
    match step:
        case Get():
            return as_item(row)
        case Claim():
            _must_be_open(row)  # first: to wait until a lease ends helps nobody when it was withdrawn meanwhile
            _must_be_free(row, step.by, now)
            if not row["not_before"] <= now < row["expires"]:
                raise Conflict("OUTSIDE_WINDOW")
            return _lease(writer, row["id"], step.by, now + step.lease * SECOND)
        case Renew():
            _must_hold(row, step.by, now)
            return _lease(writer, step.id, step.by, now + step.lease * SECOND)
        case GiveBack():
            _must_hold(row, step.by, now)
            return _change(writer, step.id, claimed_by="", lease_until=0)
        case Snooze():
            _must_be_open(row)
            _must_be_free(row, step.by, now)
            return _change(writer, step.id, claimed_by="", lease_until=0, snoozed_until=step.until)
        case Tell():
            return _tell(writer, row, step)


def _tell(writer: sqlite3.Connection, row: sqlite3.Row, told: Tell) -> Item:
    closed = bool(row["closed"]) or told.again is None
    until = row["snoozed_until"] if told.again is None else told.again
    if row["outcome"]:
        writer.execute(_COUNT, (row["trigger"], row["outcome"], -1))
    writer.execute(_COUNT, (row["trigger"], told.outcome, 1))
    work = {"claimed_by": "", "lease_until": 0, "snoozed_until": until}
    return _change(writer, told.id, **work, outcome=told.outcome, closed=int(closed))


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


def _find(writer: sqlite3.Connection, id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = writer.execute(_FIND, (id,)).fetchone()
    if row is None:
        raise Unknown(id)
    return row


def _must_hold(row: sqlite3.Row, by: str, now: Instant) -> None:
    if row["claimed_by"] != by or row["lease_until"] <= now:
        raise Conflict("NOT_HELD")


def _must_be_free(row: sqlite3.Row, by: str, now: Instant) -> None:
    if row["lease_until"] > now and row["claimed_by"] != by:
        raise Conflict("HELD_BY_ANOTHER")


def _must_be_open(row: sqlite3.Row) -> None:
    if row["closed"] or row["status"] != "released":
        raise Conflict("NOT_OPEN")


def _lease(writer: sqlite3.Connection, id: str, by: str, until: Instant) -> Item:
    return _change(writer, id, claimed_by=by, lease_until=until, snoozed_until=0)


def _change(writer: sqlite3.Connection, id: str, **columns: str | int) -> Item:
    settings = ", ".join(f"{column} = :{column}" for column in columns)
    # Column names come from this module only.
    query = f"UPDATE recommendations SET {settings}, ready = 0, sequence = :sequence WHERE id = :id RETURNING {SHOWN}"  # noqa: S608
    row = writer.execute(query, columns | {"id": id, "sequence": next_sequence(writer)}).fetchone()
    return as_item(row)
