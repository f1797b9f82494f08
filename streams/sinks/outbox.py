"""What is still to be delivered, in an SQLite file: it survives restarts, and keeps order per recommendation."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from signals.calendar.instant import Instant
from streams.queue.entry import fingerprint
from streams.sinks.delivery import Delivery, Record
from streams.sinks.erasure import erased_record

_TABLES = """
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, recommendation TEXT NOT NULL,
    revision INTEGER NOT NULL, customer TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '',
    person TEXT NOT NULL DEFAULT '',
    UNIQUE (sink, recommendation, revision));
CREATE INDEX IF NOT EXISTS waiting ON deliveries (sink, due) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS in_order ON deliveries (sink, recommendation, revision) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS sinks (
    sink TEXT PRIMARY KEY, disabled TEXT, delivered INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS read (sink TEXT PRIMARY KEY, until TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS told (sink TEXT, recommendation TEXT, PRIMARY KEY (sink, recommendation)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS place (sequence INTEGER NOT NULL);
INSERT INTO place SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM place);
"""

_DUE = """
SELECT number, sink, body, attempts,
    EXISTS (SELECT 1 FROM told WHERE sink = :sink AND recommendation = one.recommendation) AS told_there
FROM deliveries AS one
WHERE sink = :sink AND state = 'waiting' AND due <= :now AND NOT EXISTS (
    SELECT 1 FROM deliveries WHERE sink = :sink AND recommendation = one.recommendation AND state = 'waiting'
        AND revision < one.revision)
ORDER BY number LIMIT :limit
"""

_OF_PERSON = "CREATE INDEX IF NOT EXISTS of_person ON deliveries (person) WHERE person <> ''"

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


_LAST_FAILURE = """
SELECT why FROM deliveries WHERE sink = ? AND state = 'waiting' AND why <> '' ORDER BY due DESC LIMIT 1
"""


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
        self._connection.executescript(_TABLES)
        if "person" not in {row["name"] for row in self._connection.execute("PRAGMA table_info(deliveries)")}:
            self._connection.execute("ALTER TABLE deliveries ADD COLUMN person TEXT NOT NULL DEFAULT ''")
        self._connection.execute(_OF_PERSON)

    def place(self) -> int:
        """How far the stream of changes was followed."""
        return int(self._connection.execute("SELECT sequence FROM place").fetchone()["sequence"])

    def add(self, sinks: Sequence[str], records: Sequence[Record], place: int) -> None:
        """Keep records for each sink, and how far the stream was followed; what is there already stays as it is."""
        with self._transaction():
            for record in records:
                for sink in sinks:
                    self._add(sink, record, fingerprint(record["customer"]))
            self._connection.execute("UPDATE place SET sequence = ?", (place,))

    def _add(self, sink: str, record: Record, person: str) -> None:
        self._connection.execute(
            "INSERT OR IGNORE INTO deliveries (sink, recommendation, revision, customer, body, person)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (sink, record["id"], record["revision"], record["customer"], msgspec.json.encode(record), person),
        )

    def sent(self, recommendation: str) -> bool:
        """Whether anything of a recommendation was ever to be delivered."""
        query = "SELECT 1 FROM deliveries WHERE recommendation = ? LIMIT 1"
        return self._connection.execute(query, (recommendation,)).fetchone() is not None

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
        """It arrived; only that it did is kept, and a mark of whom it was about."""
        with self._transaction():
            self._settle(delivery, "delivered", delivery.attempts, 0, "")
            self._connection.execute(
                "UPDATE deliveries SET body = x'', customer = '' WHERE number = ?", (delivery.number,)
            )
            self._count(delivery.sink, "delivered")

    def failed(self, delivery: Delivery, why: str, again: Instant | None) -> None:
        """It failed: try ``again`` then, or (``None``) keep it as a dead letter."""
        with self._transaction():
            state = "dead" if again is None else "waiting"
            self._settle(delivery, state, delivery.attempts + 1, again or 0, why)
            self._count(delivery.sink, "failed")

    def disable(self, sink: str, why: str) -> None:
        """Send nothing more to a sink until it is enabled again; what is to be sent waits."""
        with self._transaction():
            self._count(sink, "failed", 0)
            self._connection.execute("UPDATE sinks SET disabled = ? WHERE sink = ?", (why, sink))

    def enable(self, sink: str) -> None:
        """Send to a sink again."""
        with self._transaction():
            self._connection.execute("UPDATE sinks SET disabled = NULL WHERE sink = ?", (sink,))

    def replay(self, sink: str) -> int:
        """Give the dead letters of a sink a fresh start; returns how many. Those overtaken by a newer one stay dead."""
        with self._transaction():
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
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO read VALUES (?, ?)", (sink, until))

    def remember_told(self, sink: str, recommendations: Sequence[str]) -> None:
        """People told the outcomes of these in the sink's system."""
        with self._transaction():
            rows = [(sink, recommendation) for recommendation in recommendations]
            self._connection.executemany("INSERT OR IGNORE INTO told VALUES (?, ?)", rows)

    def drop(self, delivery: Delivery) -> None:
        """It is nobody's business any more."""
        with self._transaction():
            self._connection.execute("DELETE FROM deliveries WHERE number = ?", (delivery.number,))

    def erase(self, person: str) -> int:
        """Drop everything of an erased person, known by their mark, sent or not; returns how many that were.

        Receivers that were, or may have been, told of a recommendation get one last change, which holds nothing.
        """
        with self._transaction():
            told = self._connection.execute(_TOLD, (person,)).fetchall()
            gone = self._connection.execute("DELETE FROM deliveries WHERE person = ?", (person,)).rowcount
            for row in told:
                self._add(row["sink"], erased_record(row["recommendation"], row["revision"] + 1), "")
            return gone

    def health(self, sinks: Sequence[str]) -> list[Health]:
        """How deliveries go, per sink."""
        return [self._health(sink) for sink in sinks]

    def sinks(self) -> list[str]:
        """The names of all sinks that anything was ever for."""
        return [row["sink"] for row in self._connection.execute("SELECT DISTINCT sink FROM deliveries ORDER BY sink")]

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
        counts = self._connection.execute(
            "SELECT COALESCE(SUM(state = 'waiting'), 0) AS waiting, COALESCE(SUM(state = 'dead'), 0) AS dead"
            " FROM deliveries WHERE sink = ?",
            (sink,),
        ).fetchone()
        row = self._connection.execute("SELECT * FROM sinks WHERE sink = ?", (sink,)).fetchone()
        delivered, failed, disabled = (row["delivered"], row["failed"], row["disabled"]) if row else (0, 0, None)
        last = self._connection.execute(_LAST_FAILURE, (sink,)).fetchone()
        why = "" if last is None else last["why"]
        return Health(sink, delivered, failed, counts["waiting"], counts["dead"], disabled, why)

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

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
