"""The ledger of the embedded node, in one SQLite file."""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from signals.decision.controls import Control
from streams.steering.ledger import Entry, Proposal, State

_SCHEMA = """
create table if not exists audit (number integer primary key, entry blob not null);
create table if not exists control (number integer primary key, record blob not null);
create table if not exists proposal (number integer primary key, id text unique not null, state text not null,
    record blob not null);
"""
_encode, _decode = msgspec.json.encode, msgspec.json.decode


class SqliteLedger:
    """A ``Ledger`` in one file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = full")
        self._connection.executescript(_SCHEMA)
        self._lock = threading.Lock()

    def note(self, entry: Entry) -> None:
        self._run("insert into audit (entry) values (?)", _encode(entry))

    def entries(self, limit: int = 50, before: int | None = None) -> Sequence[tuple[int, Entry]]:
        query = "select number, entry from audit where number < ? order by number desc limit ?"
        found = self._run(query, 2**62 if before is None else before, limit)
        return [(number, _decode(entry, type=Entry)) for number, entry in found]

    def keep(self, control: Control) -> None:
        self._run("insert into control (record) values (?)", _encode(control))

    def controls(self) -> Sequence[Control]:
        return [_decode(record, type=Control) for (record,) in self._run("select record from control order by number")]

    def write(self, proposal: Proposal, instead: State | None = None) -> bool:
        record = _encode(proposal)
        if instead is None:
            insert = "insert into proposal (id, state, record) values (?, ?, ?) returning number"
            return bool(self._run(insert, proposal.id, proposal.state, record))
        update = "update proposal set state = ?, record = ? where id = ? and state = ? returning number"
        return bool(self._run(update, proposal.state, record, proposal.id, instead))

    def proposal(self, id: str) -> Proposal | None:
        found = self._run("select record from proposal where id = ?", id)
        return _decode(found[0][0], type=Proposal) if found else None

    def proposals(self, limit: int = 20) -> Sequence[Proposal]:
        found = self._run("select record from proposal order by number desc limit ?", limit)
        return [_decode(record, type=Proposal) for (record,) in found]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _run(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()
