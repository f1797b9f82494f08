"""What is still to be delivered, in an SQLite file: it survives restarts, and keeps order per recommendation.

What was delivered is kept, without its content, for three reasons. The queue may tell everything again (Redis was
emptied or restored), and nothing is to be sent twice. A dead letter that a newer change overtook may not be sent after
it. And who was told of a customer has to be told when they are erased. The first ends with the queue's own retention:
it takes in nothing that expired longer ago, and a recommendation changes no more; and what is purged here is refused by
its own expiry from then on, should it be told again. The second is looked at as long as there is a dead letter. The
third decides: ``DELIVERED_KEPT_DAYS``, to be as long as receivers keep what they were told.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from signals.calendar.instant import Instant, parse_instant
from streams.queue.entry import AT_ONCE, fingerprint
from streams.sinks.delivery import Delivery, Record
from streams.sinks.erasure import erased_record
from streams.sinks.tables import open_tables
from streams.transaction import transaction

_DUE = """
SELECT number, sink, body, attempts,
    EXISTS (SELECT 1 FROM told WHERE sink = :sink AND recommendation = one.recommendation) AS told_there
FROM deliveries AS one
WHERE sink = :sink AND state = 'waiting' AND due <= :now AND NOT EXISTS (
    SELECT 1 FROM deliveries WHERE sink = :sink AND recommendation = one.recommendation AND state = 'waiting'
        AND revision < one.revision)
ORDER BY number LIMIT :limit
"""

_PURGE = """
SELECT number, sink, recommendation FROM deliveries AS one
WHERE state = 'delivered' AND expires < :before AND NOT EXISTS (
    SELECT 1 FROM deliveries WHERE sink = one.sink AND recommendation = one.recommendation
        AND (state <> 'delivered' OR expires >= :before))
LIMIT :at_once
"""

_TOLD = """
SELECT sink, recommendation, MAX(revision) AS revision FROM deliveries
WHERE person = ? AND (state = 'delivered' OR attempts > 0) GROUP BY sink, recommendation
"""

_REPLAY = """
UPDATE deliveries AS one SET state = 'waiting', attempts = 0, due = 0
WHERE sink = ? AND state = 'dead' AND NOT EXISTS (
    SELECT 1 FROM deliveries WHERE sink = one.sink AND state = 'delivered' AND recommendation = one.recommendation
        AND revision > one.revision)
"""

_WAITING = "SELECT COUNT(*) FROM deliveries WHERE sink = ? AND state = 'waiting'"
_DEAD = "SELECT COUNT(*) FROM deliveries WHERE sink = ? AND state = 'dead'"

_LAST_FAILURE = """
SELECT why FROM deliveries WHERE sink = ? AND state = 'waiting' AND why <> '' ORDER BY due DESC LIMIT 1
"""


DELIVERED_KEPT_DAYS = 1_095
"""How long it is known who was told of a recommendation after it expired, when nobody says otherwise."""


class Health(msgspec.Struct, frozen=True):
    """How deliveries to one sink go; ``disabled`` says why it was switched off."""

    endpoint: str
    delivered: int
    failed: int
    waiting: int
    dead: int
    disabled: str | None
    why: str
    """Why the last attempt failed of what still waits."""


class Outbox:
    """Opens or creates the file at ``path``. Used by one thread at a time."""

    def __init__(self, path: str | Path) -> None:
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        open_tables(self._connection)

    def place(self) -> int:
        """How far the stream of changes was followed."""
        return int(self._connection.execute("SELECT sequence FROM place").fetchone()["sequence"])

    def add(self, sinks: Sequence[str], records: Sequence[Record], place: int) -> None:
        """Keep records for each sink, and how far the stream was followed.

        What is there already, in this or a newer revision, stays as it is; what was purged stays away.
        """
        with transaction(self._connection):
            (purged,) = self._connection.execute("SELECT before FROM purged").fetchone()
            for record in records:
                person, expires = fingerprint(record["customer"]), parse_instant(record["expires"])
                for sink in sinks:
                    newest = self._newest(sink, record["id"])
                    if expires >= purged if newest is None else record["revision"] > newest:
                        self._add(sink, record, person, expires)
            self._connection.execute("UPDATE place SET sequence = ?", (place,))

    def _newest(self, sink: str, recommendation: str) -> int | None:
        """The newest revision that was ever to be delivered."""
        query = "SELECT MAX(revision) AS newest FROM deliveries WHERE sink = ? AND recommendation = ?"
        newest: int | None = self._connection.execute(query, (sink, recommendation)).fetchone()["newest"]
        return newest

    def _add(self, sink: str, record: Record, person: str, expires: Instant) -> None:
        self._connection.execute(
            "INSERT INTO deliveries (sink, recommendation, revision, customer, body, person, expires)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (sink, record["id"], record["revision"], record["customer"], msgspec.json.encode(record), person, expires),
        )

    def sent(self, sinks: Sequence[str], recommendation: str) -> bool:
        """Whether anything of a recommendation was ever to be delivered to one of these."""
        return any(self._newest(sink, recommendation) is not None for sink in sinks)

    def due(self, sink: str, now: Instant, limit: int = 20) -> list[Delivery]:
        """What may be attempted now; of each recommendation only the oldest revision, none for a sink switched off."""
        if self._disabled(sink):
            return []
        rows = self._connection.execute(_DUE, {"sink": sink, "now": now, "limit": limit})
        return [
            Delivery(
                row["number"], row["sink"], msgspec.json.decode(row["body"]), row["attempts"], bool(row["told_there"])
            )
            for row in rows
        ]

    def delivered(self, delivery: Delivery) -> None:
        """It arrived; only that it did is kept, and a mark of whom it was about, in place of what arrived before it."""
        with transaction(self._connection):
            self._settle(delivery, "delivered", delivery.attempts, 0, "")
            self._connection.execute(
                "UPDATE deliveries SET body = x'', customer = '' WHERE number = ?", (delivery.number,)
            )
            self._connection.execute(
                "DELETE FROM deliveries WHERE sink = ? AND recommendation = ? AND state = 'delivered' AND revision < ?",
                (delivery.sink, delivery.record["id"], delivery.record["revision"]),
            )
            self._count(delivery.sink, "delivered")

    def failed(self, delivery: Delivery, why: str, again: Instant | None) -> None:
        """It failed: try ``again`` then, or (``None``) keep it as a dead letter."""
        with transaction(self._connection):
            state = "dead" if again is None else "waiting"
            self._settle(delivery, state, delivery.attempts + 1, again or 0, why)
            self._count(delivery.sink, "failed")

    def disable(self, sink: str, why: str) -> None:
        """Send nothing more to a sink until it is enabled again; what is to be sent waits."""
        with transaction(self._connection):
            self._count(sink, "failed", 0)
            self._connection.execute("UPDATE sinks SET disabled = ? WHERE sink = ?", (why, sink))

    def enable(self, sink: str) -> None:
        """Send to a sink again."""
        with transaction(self._connection):
            self._connection.execute("UPDATE sinks SET disabled = NULL WHERE sink = ?", (sink,))

    def replay(self, sink: str) -> int:
        """Give the dead letters of a sink a fresh start; returns how many. Those overtaken by a newer one stay dead."""
        with transaction(self._connection):
            return self._connection.execute(
                _REPLAY,
                (sink,),
            ).rowcount

    def read_until(self, sink: str) -> str:
        """Up to which change a sink's outcomes were read; empty: never."""
        row = self._connection.execute("SELECT until FROM read WHERE sink = ?", (sink,)).fetchone()
        return "" if row is None else str(row["until"])

    def remember_read(self, sink: str, until: str) -> None:
        """They were read up to there."""
        with transaction(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO read VALUES (?, ?)", (sink, until))

    def remember_told(self, sink: str, recommendations: Sequence[str]) -> None:
        """People told the outcomes of these in the sink's system."""
        with transaction(self._connection):
            rows = [(sink, recommendation) for recommendation in recommendations]
            self._connection.executemany("INSERT OR IGNORE INTO told VALUES (?, ?)", rows)

    def drop(self, delivery: Delivery) -> None:
        """It is nobody's business any more."""
        with transaction(self._connection):
            self._connection.execute("DELETE FROM deliveries WHERE number = ?", (delivery.number,))

    def erase(self, person: str) -> int:
        """Drop everything of an erased person, known by their mark, sent or not; returns how many that were.

        Receivers that were, or may have been, told of a recommendation get one last change, which holds nothing.
        """
        with transaction(self._connection):
            told = self._connection.execute(_TOLD, (person,)).fetchall()
            gone = self._connection.execute("DELETE FROM deliveries WHERE person = ?", (person,)).rowcount
            for row in told:
                self._add(row["sink"], erased_record(row["recommendation"], row["revision"] + 1), "", 0)
            return gone

    def purge(self, before: Instant) -> int:
        """Forget some of what was delivered about recommendations that expired before a moment; returns how many.

        0: none is left. What waits or was given up stays, with all that its sink was told of that recommendation.
        """
        with transaction(self._connection):
            self._connection.execute("UPDATE purged SET before = MAX(before, ?)", (before,))
            gone = self._connection.execute(_PURGE, {"before": before, "at_once": AT_ONCE}).fetchall()
            numbers = [(row["number"],) for row in gone]
            self._connection.executemany("DELETE FROM deliveries WHERE number = ?", numbers)
            told = [(row["sink"], row["recommendation"]) for row in gone]
            self._connection.executemany("DELETE FROM told WHERE sink = ? AND recommendation = ?", told)
            return len(gone)

    def health(self, sinks: Sequence[str]) -> list[Health]:
        """How deliveries go, per sink."""
        return [self._health(sink) for sink in sinks]

    def sinks(self) -> list[str]:
        """The names of all sinks that anything was ever for."""
        query = "SELECT sink FROM deliveries UNION SELECT sink FROM sinks ORDER BY sink"
        return [row["sink"] for row in self._connection.execute(query)]

    def dead(self, sink: str) -> list[tuple[Delivery, str]]:
        """The dead letters of a sink, each with its last failure."""
        query = "SELECT * FROM deliveries WHERE sink = ? AND state = 'dead' ORDER BY number"
        return [
            (Delivery(row["number"], sink, msgspec.json.decode(row["body"]), row["attempts"]), row["why"])
            for row in self._connection.execute(query, (sink,))
        ]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _health(self, sink: str) -> Health:
        waiting, dead = (self._connection.execute(query, (sink,)).fetchone()[0] for query in (_WAITING, _DEAD))
        row = self._connection.execute("SELECT * FROM sinks WHERE sink = ?", (sink,)).fetchone()
        delivered, failed, disabled = (row["delivered"], row["failed"], row["disabled"]) if row else (0, 0, None)
        last = self._connection.execute(_LAST_FAILURE, (sink,)).fetchone()
        why = "" if last is None else last["why"]
        return Health(sink, delivered, failed, waiting, dead, disabled, why)

    def _disabled(self, sink: str) -> bool:
        row = self._connection.execute("SELECT disabled FROM sinks WHERE sink = ?", (sink,)).fetchone()
        return row is not None and row["disabled"] is not None

    def _settle(self, delivery: Delivery, state: str, attempts: int, due: Instant, why: str) -> None:
        self._connection.execute(
            "UPDATE deliveries SET state = ?, attempts = ?, due = ?, why = ? WHERE number = ?",
            (state, attempts, due, why, delivery.number),
        )

    def _count(self, sink: str, column: str, by: int = 1) -> None:
        self._connection.execute("INSERT OR IGNORE INTO sinks (sink) VALUES (?)", (sink,))
        # The column is one of two names of this module.
        self._connection.execute(f"UPDATE sinks SET {column} = {column} + ? WHERE sink = ?", (by, sink))  # noqa: S608
