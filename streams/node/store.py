"""The node's own file: customer rows, news, quarantine, and an outbox of what must still reach the queue.

SQLite, one transaction per batch of work: the changed rows, the moment event time has reached and what was published
are kept together or not at all, so a crash at any instant loses nothing and doubles nothing. The queue is another file;
what it has not confirmed is sent again from the outbox (revisions make that harmless).
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from signals.batch import Batch
from signals.calendar.instant import Instant
from signals.events.decode import encode
from signals.events.event import Event
from streams.sources.quarantine import names_one, text_of
from streams.transaction import transaction

_SCHEMA = """
create table if not exists customer (key text primary key, row blob not null) without rowid;
create table if not exists outbox
    (sequence integer primary key, recommendations blob not null, decisions blob not null);
create table if not exists news (sequence integer primary key, event blob not null);
create table if not exists quarantine (sequence integer primary key, record blob not null);
create table if not exists journal (sequence integer primary key, event blob not null);
create table if not exists erased (sequence integer primary key, customer text not null);
create table if not exists fact (name text primary key, value blob not null) without rowid;
"""
_CLOCK, _PACK, _APPROVED = "clock", "pack", "approved"
JOURNAL_KEPT = 50_000
"""The last so many events are kept as they came, to try a changed pack on."""

Opened = TypeVar("Opened")
_encode, _decode = msgspec.msgpack.encode, msgspec.msgpack.decode


class StoreError(Exception):
    """The store can't be used; says what to do."""


class InUse(StoreError):
    """Another process has it open."""


def open_file(opening: Callable[[Path], Opened], path: Path) -> Opened:
    """Open one of the files beside the store's own; raises ``StoreError`` when that can't be."""
    try:
        return opening(path)
    except sqlite3.Error as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: sqlite3.Error) -> StoreError:
    if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return InUse(f"{path}: {error}; stop the other process that uses it, or give another --data")
    if isinstance(error, sqlite3.OperationalError):
        return StoreError(f"{path}: {error}; is the disk full, or may the folder not be written?")
    return StoreError(f"{path}: {error}; restore it from a backup, or give another --data")


class NodeStore:
    """One open file; used by one writer at a time."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; raises ``StoreError`` when that can't be, ``InUse`` when another process has it."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=2, check_same_thread=False, isolation_level=None)
            self._connection.execute("pragma locking_mode = exclusive")
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = full")
            self._connection.executescript(f"begin immediate;{_SCHEMA}commit;")
        except OSError as error:
            raise StoreError(f"{path.parent}: {error.strerror}; give another folder as --data") from None
        except sqlite3.Error as error:
            raise _unusable(path, error) from None

    def load(self, key: str) -> bytes | None:
        """One customer's row."""
        found = self._connection.execute("select row from customer where key = ?", (key,)).fetchone()
        return found[0] if found is not None else None

    def rows(self) -> Iterator[tuple[str, bytes]]:
        """All rows."""
        yield from self._connection.execute("select key, row from customer order by key")

    def some_rows(self, most: int) -> list[bytes]:
        """The rows of people, so many at most."""
        found = self._connection.execute("select row from customer where key > ? limit ?", ("\x01", most))
        return [row for (row,) in found]

    def news(self) -> list[Event]:
        """The market news kept, oldest first."""
        found = self._connection.execute("select event from news order by sequence")
        return [_decode(event, type=Event) for (event,) in found]

    def clock(self) -> Instant:
        """How far event time had come."""
        found = self._connection.execute("select value from fact where name = ?", (_CLOCK,)).fetchone()
        return _decode(found[0], type=int) if found is not None else 0

    def pack(self) -> str | None:
        """The digest of the pack that the rows are prepared for."""
        found = self._connection.execute("select value from fact where name = ?", (_PACK,)).fetchone()
        return _decode(found[0], type=str) if found is not None else None

    def prepared_for(self, digest: str) -> None:
        """The rows are prepared for this pack from now on."""
        with transaction(self._connection):
            self._connection.execute("insert or replace into fact values (?, ?)", (_PACK, _encode(digest)))

    def approved(self) -> list[str]:
        """The places of the packs that people approved, the one that decides last; none: the configured one."""
        found = self._connection.execute("select value from fact where name = ?", (_APPROVED,)).fetchone()
        return _decode(found[0], type=list[str]) if found is not None else []

    def approve(self, places: Sequence[str]) -> None:
        """From now on the last of these decides."""
        with transaction(self._connection):
            self._connection.execute("insert or replace into fact values (?, ?)", (_APPROVED, _encode(list(places))))

    def journal(self) -> list[bytes]:
        """The last events, as they came, in the order in which they were worked on."""
        return [event for (event,) in self._connection.execute("select event from journal order by sequence")]

    def keep(
        self,
        batch: Batch,
        clock: Instant,
        events: Sequence[Event] = (),
        apart: Sequence[Mapping[str, object]] = (),
    ) -> int | None:
        """Keep a batch's changes, its events, the records that it set ``apart`` and its output in one transaction;
        returns the output's number in the outbox."""
        with transaction(self._connection):
            execute = self._connection.execute
            self._connection.executemany(
                "insert into customer values (?, ?) on conflict (key) do update set row = excluded.row",
                [(key, row) for key, row in batch.rows.items() if row is not None],
            )
            gone = [(key,) for key, row in batch.rows.items() if row is None]
            self._connection.executemany("delete from customer where key = ?", gone)
            execute("insert or replace into fact values (?, ?)", (_CLOCK, _encode(clock)))
            self._connection.executemany(
                "insert into erased (customer) values (?)", [(customer,) for customer in batch.erased]
            )
            self._set_apart(apart)
            self._connection.executemany("insert into news (event) values (?)", _encoded(batch.news))
            self._connection.executemany("delete from news where event = ?", _encoded(batch.old_news))
            if events:
                self._connection.executemany(
                    "insert into journal (event) values (?)", [(encode(event),) for event in events]
                )
                last = "(select max(sequence) from journal)"
                execute(f"delete from journal where sequence <= {last} - ?", (JOURNAL_KEPT,))  # noqa: S608
            if gone:  # people who were erased: nothing of them stays as it came
                self._forget_events([key for (key,) in gone])
            if not batch.recommendations and not batch.decisions:
                return None
            output = (_encode(batch.recommendations), _encode(batch.decisions))
            return execute("insert into outbox (recommendations, decisions) values (?, ?)", output).lastrowid

    def unsent(self) -> list[tuple[int, list[dict[str, Any]], list[dict[str, Any]]]]:
        """The outputs that the queue has not confirmed."""
        found = self._connection.execute("select * from outbox order by sequence").fetchall()
        return [(sequence, _decode(sent), _decode(decided)) for sequence, sent, decided in found]

    def erased(self) -> list[tuple[int, str]]:
        """Who must still be forgotten outside this file, and of what came in."""
        return self._connection.execute("select sequence, customer from erased order by sequence").fetchall()

    def forgotten(self, sequence: int) -> None:
        """This one is forgotten everywhere."""
        with transaction(self._connection):
            self._connection.execute("delete from erased where sequence = ?", (sequence,))

    def sent(self, sequence: int) -> None:
        """The queue has this output and all before it."""
        with transaction(self._connection):
            self._connection.execute("delete from outbox where sequence <= ?", (sequence,))

    def set_apart(self, records: Sequence[Mapping[str, object]]) -> None:
        """Keep quarantined records."""
        with transaction(self._connection):
            self._set_apart(records)

    def _set_apart(self, records: Sequence[Mapping[str, object]]) -> None:
        encoded = [(msgspec.json.encode(record),) for record in records]
        self._connection.executemany("insert into quarantine (record) values (?)", encoded)

    def set_apart_after(self, number: int, most: int) -> list[tuple[int, dict[str, Any]]]:
        """The next quarantined records after that ``number``, so many at most, with theirs, oldest first."""
        asked = "select sequence, record from quarantine where sequence > ? order by sequence limit ?"
        return [(one, msgspec.json.decode(kept)) for one, kept in self._connection.execute(asked, (number, most))]

    def last_set_apart(self) -> int:
        """The number of the newest quarantined record; 0 when there is none."""
        found = self._connection.execute("select max(sequence) from quarantine").fetchone()
        return int(found[0] or 0)

    def delete_set_apart(self, sequences: Sequence[int]) -> None:
        """Delete the quarantined records of these numbers."""
        with transaction(self._connection):
            self._connection.executemany("delete from quarantine where sequence = ?", [(one,) for one in sequences])

    def set_apart_about(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """The quarantined records in which one of these subjects stands."""
        return [msgspec.json.decode(record) for _, record in self._about(names)]

    def forget(self, names: Sequence[str]) -> int:
        """Delete the quarantined records in which one of these subjects stands, and the journal's events; returns how
        many records."""
        found = [sequence for sequence, _ in self._about(names)]
        with transaction(self._connection):
            self._forget_events(names)
        self.delete_set_apart(found)
        return len(found)

    def _forget_events(self, names: Sequence[str]) -> None:
        kept = self._connection.execute("select sequence, event from journal order by sequence")
        told = [(sequence,) for sequence, event in kept if names_one(event.decode(), names)]
        self._connection.executemany("delete from journal where sequence = ?", told)

    def journal_about(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """The journal's events in which one of these subjects stands."""
        return [msgspec.json.decode(event) for event in self.journal() if names_one(event.decode(), names)]

    def _about(self, names: Sequence[str]) -> list[tuple[int, bytes]]:
        kept = self._connection.execute("select sequence, record from quarantine order by sequence")
        texts = ((sequence, record, text_of(msgspec.json.decode(record))) for sequence, record in kept)
        return [(sequence, record) for sequence, record, text in texts if names_one(text, names)]

    def quarantined(self) -> int:
        """How many records are in quarantine."""
        return int(self._connection.execute("select count(*) from quarantine").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _encoded(news: Sequence[Event]) -> list[tuple[bytes]]:
    return [(_encode(event),) for event in news]
