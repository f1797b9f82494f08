"""The SQLite file: its tables, one writer, and a reader for each thread."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signals.calendar.instant import Instant
from streams.queue.entry import fingerprint
from streams.transaction import transaction

_TABLES = """
CREATE TABLE IF NOT EXISTS recommendations (
    id TEXT PRIMARY KEY, revision INTEGER NOT NULL, status TEXT NOT NULL, desk TEXT NOT NULL, owner TEXT NOT NULL,
    "trigger" TEXT NOT NULL, class TEXT NOT NULL, channel TEXT NOT NULL, customer TEXT NOT NULL, priority REAL NOT NULL,
    not_before INTEGER NOT NULL, expires INTEGER NOT NULL, sequence INTEGER NOT NULL,
    claimed_by TEXT NOT NULL DEFAULT '', lease_until INTEGER NOT NULL DEFAULT 0,
    snoozed_until INTEGER NOT NULL DEFAULT 0, outcome TEXT NOT NULL DEFAULT '', closed INTEGER NOT NULL DEFAULT 0,
    body BLOB NOT NULL, ready INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS decisions (
    id TEXT PRIMARY KEY, customer TEXT NOT NULL, day TEXT NOT NULL, "trigger" TEXT NOT NULL, reason TEXT NOT NULL,
    status TEXT NOT NULL, decided INTEGER NOT NULL, final INTEGER NOT NULL, sequence INTEGER NOT NULL,
    body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS candidates (
    day TEXT NOT NULL, "trigger" TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (day, "trigger"));
CREATE TABLE IF NOT EXISTS tallies (
    day TEXT NOT NULL, "trigger" TEXT NOT NULL, reason TEXT NOT NULL, status TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (day, "trigger", reason, status));
CREATE TABLE IF NOT EXISTS outcomes (
    "trigger" TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY ("trigger", outcome));
CREATE TABLE IF NOT EXISTS repeats (name TEXT PRIMARY KEY, said TEXT NOT NULL, ids BLOB, until INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS erased (customer TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS purged (before INTEGER NOT NULL);
INSERT INTO purged SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM purged);
CREATE TABLE IF NOT EXISTS sequence (last INTEGER NOT NULL);
INSERT INTO sequence SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM sequence);
"""


_INDEXES = """
CREATE INDEX IF NOT EXISTS in_order ON recommendations (priority DESC, expires, id);
CREATE INDEX IF NOT EXISTS by_status ON recommendations (status, priority DESC, expires, id);
CREATE INDEX IF NOT EXISTS open_by_desk ON recommendations (desk, priority DESC, expires, id)
    WHERE status = 'released' AND closed = 0;
CREATE INDEX IF NOT EXISTS open_by_owner ON recommendations (owner, priority DESC, expires, id)
    WHERE status = 'released' AND closed = 0;
CREATE INDEX IF NOT EXISTS by_claimer ON recommendations (claimed_by) WHERE claimed_by <> '';
CREATE INDEX IF NOT EXISTS by_customer ON recommendations (customer);
CREATE INDEX IF NOT EXISTS over ON recommendations (MAX(expires, lease_until));
CREATE INDEX IF NOT EXISTS by_sequence ON recommendations (sequence);
CREATE INDEX IF NOT EXISTS ready_in_order ON recommendations (priority DESC, expires, id) WHERE ready = 1;
CREATE INDEX IF NOT EXISTS ready_by_desk ON recommendations (desk, priority DESC, expires, id) WHERE ready = 1;
CREATE INDEX IF NOT EXISTS ready_by_owner ON recommendations (owner, priority DESC, expires, id) WHERE ready = 1;
CREATE INDEX IF NOT EXISTS waiting ON recommendations (MAX(not_before, lease_until, snoozed_until))
    WHERE ready = 0 AND status = 'released' AND closed = 0;
CREATE INDEX IF NOT EXISTS decisions_by_sequence ON decisions (sequence);
CREATE INDEX IF NOT EXISTS decisions_by_reason ON decisions (reason, sequence);
CREATE INDEX IF NOT EXISTS decisions_final ON decisions (sequence) WHERE final = 1;
CREATE INDEX IF NOT EXISTS decisions_by_customer ON decisions (customer);
"""

_SETTLE = """
UPDATE recommendations INDEXED BY waiting SET ready = 1
WHERE ready = 0 AND status = 'released' AND closed = 0 AND MAX(not_before, lease_until, snoozed_until) <= ?
"""


class _Reader:
    """A thread's own connection: servers let go of threads that are idle, and it goes with them."""

    def __init__(self, connection: sqlite3.Connection, opened: list[sqlite3.Connection]) -> None:
        self.connection = connection
        self._opened = opened

    def __del__(self) -> None:
        self._opened.remove(self.connection)
        self.connection.close()


class SqliteStore:
    """Opens or creates the file at ``path``; ``keep`` is how many settled decisions stay for look-up."""

    def __init__(self, path: str | Path, keep: int = 200_000) -> None:
        self._path = str(path)
        self._keep = keep
        self._lock = threading.Lock()
        self._threads = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._writer = self._open()
        self._writer.executescript(_TABLES)
        if not any(column["name"] == "ready" for column in self._writer.execute("PRAGMA table_info (recommendations)")):
            self._writer.execute("ALTER TABLE recommendations ADD COLUMN ready INTEGER NOT NULL DEFAULT 0")
        self._writer.executescript(_INDEXES)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what was confirmed outlives a power cut
        self._opened.append(connection)
        return connection

    @property
    def _reader(self) -> sqlite3.Connection:
        reader: _Reader | None = getattr(self._threads, "reader", None)
        if reader is None:
            reader = self._threads.reader = _Reader(self._open(), self._opened)
        return reader.connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock, transaction(self._writer) as writer:
            yield writer

    def check(self) -> None:
        self._reader.execute("SELECT last FROM sequence").fetchone()

    def close(self) -> None:
        with self._lock:
            for connection in [*self._opened]:
                connection.close()


def next_sequence(writer: sqlite3.Connection) -> int:
    """The next place in the stream of changes."""
    row = writer.execute("UPDATE sequence SET last = last + 1 RETURNING last").fetchone()
    return int(row["last"])


def is_erased(writer: sqlite3.Connection, customer: str) -> bool:
    """Whether this customer asked to be forgotten."""
    row = writer.execute("SELECT 1 FROM erased WHERE customer = ?", (fingerprint(customer),)).fetchone()
    return row is not None


_FREE = "not_before <= :now AND expires > :now AND lease_until <= :now AND snoozed_until <= :now"


def settle(writer: sqlite3.Connection, now: Instant) -> None:
    """Mark as ready what was waiting for a moment that has come: who looks for work need not pass all that waits."""
    writer.execute(_SETTLE, (now,))


def available(now: Instant) -> tuple[str, dict[str, Instant]]:
    """The condition under which a recommendation could be claimed at ``now``."""
    return f"status = 'released' AND closed = 0 AND {_FREE}", {"now": now}


def ready(now: Instant) -> tuple[str, dict[str, Instant]]:
    """The same, of what is settled: then only those are looked at."""
    return f"ready = 1 AND {_FREE}", {"now": now}
