"""What an engine's batches leave behind, as whoever runs it keeps it."""

from msgspec.structs import replace

from signals.batch import Batch
from signals.customer.codec import decode_customer, encode_customer
from signals.engine import OWN, Engine
from signals.events.event import Event
from signals.moments import PASSED
from signals.telling import TELLING
from tests.signals.properties.histories import pack


class Kept:
    """Rows and news, and engines that work on them."""

    def __init__(self, cached_rows: int) -> None:
        self.rows: dict[str, bytes] = {}
        self._news: dict[str, Event] = {}
        self._cached_rows = cached_rows

    def keep(self, batch: Batch) -> None:
        """Keep what a batch changed; of rows what changed last stands last."""
        self._news |= {event.id: event for event in batch.news}
        for event in batch.old_news:
            self._news.pop(event.id, None)
        for key, row in batch.rows.items():
            self.rows.pop(key, None)
            if row is not None:
                self.rows[key] = row

    def rows_without_turns(self) -> dict[str, bytes]:
        """The rows, but for whose turn it was, and what a row has heard."""
        return {
            key: row if key.startswith(OWN) else encode_customer(replace(decode_customer(row), heard=""))
            for key, row in self.rows.items()
            if key not in (PASSED, TELLING)
        }

    def begun(self) -> Engine:
        """An engine that finds all rows here."""
        return Engine(pack(), self.rows.get, cached_rows=self._cached_rows)

    def going_on_from(self, engine: Engine) -> Engine:
        """Another engine, which begins with what was kept of this one's work."""
        another = self.begun()
        another.restore(list(self.rows.items()), list(self._news.values()), engine.clock)
        return another
