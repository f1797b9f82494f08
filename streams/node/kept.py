"""The kept engine: what an event leads to is on disk before anybody is told of it, and reaches the queue after that."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog

from signals.batch import Batch
from signals.calendar.instant import Instant
from signals.engine import Engine
from signals.events.catalogue import SUBJECT_FIELDS
from signals.events.decode import Rejected, encode
from signals.events.event import Event
from signals.pack.compile import Pack
from streams.api.node import Busy, Receipt
from streams.node.store import NodeStore
from streams.queue.sqlite import SqliteQueue
from streams.sources.quarantine import Quarantined, Request, failed_timer

_log = structlog.get_logger(__name__)

ROUTE, TIMERS = "/v1/events", "timers"
"""Where what is set apart here came from."""

_PREPARED_AT_ONCE = 5_000
_AGAIN_SECONDS = 5


@contextmanager
def busy_without_room() -> Iterator[None]:
    """Whoever asks tries again when a file could not be written; what was kept all the same counts once."""
    try:
        yield
    except sqlite3.Error as error:
        raise Busy(_AGAIN_SECONDS, f"it can't be kept now: {error}") from error


class KeptEngine:
    """One engine over the node's store. Not for several threads at once: whoever calls it holds the node's lock."""

    def __init__(self, pack: Pack, store: NodeStore, queue: SqliteQueue, now: Callable[[], Instant]) -> None:
        """Bring rows and queue up to date with the pack and with what a crash left unsent."""
        self._store = store
        self._queue = queue
        self._now = now
        self._broken: Exception | None = None
        self._is_unsent = True
        self.accepted = 0
        self.quarantined = store.quarantined()
        self.use(pack)
        self._send_out()

    def use(self, pack: Pack) -> None:
        """Decide by this pack from now on."""
        self._pack = pack
        self.engine = self._restored()
        self._prepare_rows()

    def take_in(self, events: Sequence[Event], bad: Sequence[dict[str, Any]]) -> list[Receipt]:
        """Set the bad records apart and work on the events; a receipt for each of these."""
        if bad:
            self._store.set_apart(bad)
            self.quarantined += len(bad)
        return self.work(events)

    def took_again(self, numbers: Sequence[int]) -> None:
        """These records are not in quarantine any more."""
        self._store.delete_set_apart(numbers)
        self.quarantined -= len(numbers)

    def forget(self, names: Sequence[str]) -> int:
        """Delete the quarantined records and the kept events of these subjects; returns how many records."""
        forgotten = self._store.forget(names)
        self.quarantined -= forgotten
        return forgotten

    def work(self, events: Sequence[Event]) -> list[Receipt]:
        """Work on events one by one, so that each can be told what became of it; keep all in one transaction."""
        receipts: list[Receipt] = []
        worked: list[Event] = []
        whole = Batch([], [], [], {})
        for event in events:
            before = self.engine.duplicates
            try:
                batch = self.engine.process((event,))
            except Exception as error:
                self._keep(whole, worked)
                whole, worked = Batch([], [], [], {}), []
                receipts.append(self._set_apart(event, error))
                continue
            receipts.append(Receipt(event.id, "duplicate" if self.engine.duplicates > before else "accepted"))
            whole.recommendations += batch.recommendations
            whole.decisions += batch.decisions
            whole.rows |= batch.rows
            whole.erased += batch.erased
            whole.failed += batch.failed
            whole.news += batch.news
            whole.old_news += batch.old_news
            if self._may_be_kept(event):
                worked.append(event)
        self._keep(whole, worked)
        self.accepted += len(receipts)
        return receipts

    def advance(self, moment: Instant) -> None:
        """Let event time come up to a moment: what is due fires, and what the queue lacks reaches it."""
        self._keep(self.engine.advance(moment))
        if self._is_unsent:
            self._send_out()

    def check(self) -> None:
        """Raise when what was worked on last could not be kept."""
        if self._broken is not None:
            raise RuntimeError(f"the store could not be written: {self._broken}; it goes on once there is room again")

    def _may_be_kept(self, event: Event) -> bool:
        """Whether an event may be kept as it came: not when it speaks of somebody who was erased."""
        subjects = [event.subject, *(event.data[field] for field in SUBJECT_FIELDS.get(event.type, ()))]
        found = [self.engine.customer(subject) for subject in subjects]
        return all(customer is None or customer.erased is None for customer in found)

    def _set_apart(self, event: Event, error: Exception) -> Receipt:
        """Quarantine an event the engine failed on, and go on from what was kept before it."""
        detail = f"the engine failed on this event with {type(error).__name__}; send it again when that is mended"
        failed = Quarantined(Rejected("FAILED", None, detail), encode(event), self._now(), Request(ROUTE, 0))
        self._store.set_apart([failed.record()])
        self.quarantined += 1
        self.engine = self._restored()
        return Receipt(event.id, "quarantined", "FAILED")

    def _keep(self, batch: Batch, events: Sequence[Event] = ()) -> None:
        is_empty = not (batch.rows or batch.recommendations or batch.decisions or batch.news or events)
        if is_empty and self._broken is None:  # else it is tried whether there is room again: nobody sends meanwhile
            return
        place, now = Request(TIMERS, 0), self._now()
        apart = [failed_timer(failed, now, place).record() for failed in batch.failed]
        try:
            number = self._store.keep(batch, self.engine.clock, events, apart)
        except Exception as error:
            self.engine = self._restored()
            if self._broken is None:
                _log.error("the store could not be written", error=str(error))
            self._broken = error
            raise
        if self._broken is not None:
            _log.info("the store can be written again")
        self._broken = None
        self.quarantined += len(apart)
        if number is not None or batch.erased:
            self._is_unsent = True
            self._send_out()

    def _send_out(self) -> None:
        """Bring the queue up to date, in order, with all it has not confirmed yet."""
        for number, recommendations, decisions in self._store.unsent():
            self._queue.apply(recommendations)
            self._queue.apply_decisions(decisions)
            self._store.sent(number)
        for number, customer in self._store.erased():
            self._queue.erase(customer)
            self.forget([customer])
            self._store.forgotten(number)
        self._is_unsent = False

    def _prepare_rows(self) -> None:
        """Arm the calendars of a pack that the rows don't know."""
        digest = self._pack.environment.fingerprint.digest
        if self._store.pack() == digest:
            return
        keys = [key for key, _ in self._store.rows()]
        for begin in range(0, len(keys), _PREPARED_AT_ONCE):
            self._keep(self.engine.rearm(keys[begin : begin + _PREPARED_AT_ONCE]))
        self._store.prepared_for(digest)

    def _restored(self) -> Engine:
        engine = Engine(self._pack, load=self._store.load, going_on=True)
        engine.restore(self._store.rows(), self._store.news(), self._store.clock())
        return engine
