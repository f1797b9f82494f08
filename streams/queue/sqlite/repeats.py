"""Requests that were made before, in the SQLite file."""

import msgspec

from signals.calendar.instant import Instant
from streams.queue.protocol import REMEMBERED, UNDER_WAY, Repeat
from streams.queue.sqlite.store import SqliteStore


class SqliteRepeats(SqliteStore):
    """What each request led to, by its name."""

    def begin(self, name: str, said: str, now: Instant) -> Repeat | None:
        with self._write() as writer:
            writer.execute("DELETE FROM repeats WHERE until <= ?", (now,))
            known = writer.execute("SELECT said, ids FROM repeats WHERE name = ?", (name,)).fetchone()
            if known is None:
                writer.execute("INSERT INTO repeats VALUES (?, ?, NULL, ?)", (name, said, now + UNDER_WAY))
                return None
        ids = known["ids"]
        return Repeat(known["said"], None if ids is None else msgspec.json.decode(ids, type=list[str]))

    def finish(self, name: str, said: str, ids: list[str], now: Instant) -> None:
        with self._write() as writer:
            row = (name, said, msgspec.json.encode(ids), now + REMEMBERED)
            writer.execute("INSERT OR REPLACE INTO repeats VALUES (?, ?, ?, ?)", row)

    def give_up(self, name: str) -> None:
        with self._write() as writer:
            writer.execute("DELETE FROM repeats WHERE name = ?", (name,))
