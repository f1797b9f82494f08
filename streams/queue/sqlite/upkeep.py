"""Erasure and upkeep of the SQLite queue."""

from collections.abc import Sequence

from signals.calendar.instant import Instant
from streams.queue.entry import AT_ONCE, fingerprint
from streams.queue.sqlite.store import SqliteStore

_PURGE = """
DELETE FROM recommendations WHERE id IN (
    SELECT id FROM recommendations WHERE MAX(expires, lease_until) < :before LIMIT :at_once)
"""


class SqliteUpkeep(SqliteStore):
    """What privacy and a long life ask for."""

    def erase(self, customer: str) -> int:
        with self._write() as writer:
            writer.execute("INSERT OR IGNORE INTO erased VALUES (?)", (fingerprint(customer),))
            gone = writer.execute("DELETE FROM recommendations WHERE customer = ?", (customer,)).rowcount
            # The counted row stays, without its content, so that a repeat is not counted twice.
            gone += writer.execute(
                "UPDATE decisions SET customer = '', body = x'' WHERE customer = ?", (customer,)
            ).rowcount
        return gone

    def erased(self, after: int) -> Sequence[str]:
        query = "SELECT customer FROM erased ORDER BY rowid LIMIT ? OFFSET ?"
        return [row["customer"] for row in self._reader.execute(query, (AT_ONCE, after))]

    def purge(self, before: Instant) -> int:
        with self._write() as writer:
            writer.execute("UPDATE purged SET before = MAX(before, ?)", (before,))
            return writer.execute(_PURGE, {"before": before, "at_once": AT_ONCE}).rowcount
