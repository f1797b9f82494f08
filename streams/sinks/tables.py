"""The tables of the outbox, and how those of earlier releases become these."""

import sqlite3

from streams.transaction import transaction

_TABLES = """
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, recommendation TEXT NOT NULL,
    revision INTEGER NOT NULL, customer TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '',
    person TEXT NOT NULL DEFAULT '', expires INTEGER NOT NULL DEFAULT 0,
    UNIQUE (sink, recommendation, revision));
CREATE INDEX IF NOT EXISTS waiting ON deliveries (sink, due) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS in_order ON deliveries (sink, recommendation, revision) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS dead ON deliveries (sink) WHERE state = 'dead';
CREATE TABLE IF NOT EXISTS sinks (
    sink TEXT PRIMARY KEY, disabled TEXT, delivered INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS read (sink TEXT PRIMARY KEY, until TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS told (sink TEXT, recommendation TEXT, PRIMARY KEY (sink, recommendation)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS place (sequence INTEGER NOT NULL);
INSERT INTO place SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM place);
CREATE TABLE IF NOT EXISTS purged (before INTEGER NOT NULL);
INSERT INTO purged SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM purged);
"""

_LATER_COLUMNS = {
    "person": "ALTER TABLE deliveries ADD COLUMN person TEXT NOT NULL DEFAULT ''",
    "expires": "ALTER TABLE deliveries ADD COLUMN expires INTEGER NOT NULL DEFAULT 0",
}
_UNKNOWN_EXPIRY = "UPDATE deliveries SET expires = (strftime('%s', 'now') + 365 * 86400) * 1000"
"""What was kept before expiries were: no window is open for a year."""

_OVER = "CREATE INDEX IF NOT EXISTS over ON deliveries (expires) WHERE state = 'delivered'"
_OF_PERSON = "CREATE INDEX IF NOT EXISTS of_person ON deliveries (person) WHERE person <> ''"


def open_tables(connection: sqlite3.Connection) -> None:
    """Make what is missing; the rows must come by their names, and every statement count by itself."""
    connection.executescript(_TABLES)
    if _missing(connection):
        with transaction(connection):
            for column in _missing(connection):  # unless somebody else was faster
                connection.execute(_LATER_COLUMNS[column])
                if column == "expires":
                    connection.execute(_UNKNOWN_EXPIRY)
    connection.execute(_OF_PERSON)
    connection.execute(_OVER)


def _missing(connection: sqlite3.Connection) -> list[str]:
    known = {row["name"] for row in connection.execute("PRAGMA table_info(deliveries)")}
    return [column for column in _LATER_COLUMNS if column not in known]
