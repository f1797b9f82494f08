"""The node: takes events in, works on them under one lock, and shows what came of it."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from typing import Any

from signals.calendar.instant import Instant
from signals.config import Config
from signals.customer.codec import decode_customer
from signals.customer.state import Customer
from signals.customer.view import customer_view
from signals.decision.controls import Control
from signals.decision.learning import Overrule, Precision
from signals.events.decode import Rejected, decode_structured
from signals.events.event import Event
from signals.pack.compile import open_pack
from signals.pack.document import PackError
from signals.pack.environment import Fingerprint
from signals.recommendation.visit import Visit
from streams.api.node import Receipt, refused
from streams.census import COUNTED_AT_ONCE, count, latest_news, share_held
from streams.node.apart import SetApart
from streams.node.arrivals import Arrival, Arrivals
from streams.node.kept import ROUTE, KeptEngine, busy_without_room
from streams.node.operations import clock_part, controls_part, counted_parts, delivery_part, season_counted, season_part
from streams.node.store import NodeStore, StoreError, open_file
from streams.queue.retention import KEPT_DAYS, Retention
from streams.queue.sqlite import SqliteQueue
from streams.sinks.running import health_of, trouble_of, try_again
from streams.sources.again import Again
from streams.sources.quarantine import Quarantined, Request
from streams.steering import Names, Refused, names_of
from streams.steering.packs import compare, keep_pack, places_with
from streams.steering.sqlite import SqliteLedger
from streams.wall import wall_now

Record = dict[str, Any]
STATE = "state.db"
"""The file by which the folder of a node is known."""

_QUEUE, _STEERING, _PACKS = "queue.db", "steering.db", "packs"
_CENSUS_SECONDS = 2.0
_CONTROL = b'"type":"controls.changed"'
"""In the journal too; a comparison takes controls from the ledger, where they are all kept."""


class EmbeddedNode:
    """The engine, its store and its queue. Called from many threads; one at a time works on the engine."""

    def __init__(self, config: Config, data: Path, retention_days: int = KEPT_DAYS) -> None:
        """Open the node's files in ``data``; raises ``PackError`` or ``StoreError``.

        ``retention_days`` is how long recommendations stay in the queue after they expired.
        """
        new = None if (data / STATE).exists() else open_pack(config)  # a node that can't be leaves nothing behind
        self._store = NodeStore(data / STATE)
        self._configured = config.pack
        self._config = config.model_copy(update={"pack": [config.pack, *self._store.approved()][-1]})
        try:
            self.pack = new or open_pack(self._config)
            self._queue = open_file(SqliteQueue, data / _QUEUE)
            self._ledger = open_file(SqliteLedger, data / _STEERING)
        except (PackError, StoreError):
            self._store.close()
            raise
        self._data = data
        self._present: Instant | None = None
        self._retention = Retention(self._queue, retention_days)
        self._kept = KeptEngine(self.pack, self._store, self._queue, self.now)
        self._lock = threading.RLock()
        self._reloading = threading.Lock()
        self._arrivals = Arrivals(self._lock, self._kept.take_in)
        self._apart = SetApart(self._lock, self._store, self._kept, self.ingest)
        self._counting = threading.Lock()
        self._census: tuple[float, Record] = (float("-inf"), {})

    @property
    def queue(self) -> SqliteQueue:
        """The work queue and read model."""
        return self._queue

    @property
    def ledger(self) -> SqliteLedger:
        """Who steered what and why."""
        return self._ledger

    def now(self) -> Instant:
        """The present, or the moment to which a played history has come."""
        return wall_now() if self._present is None else self._present

    def ingest(self, events: Sequence[bytes]) -> list[Receipt]:
        """Work on structured CloudEvents; when this returns they are kept, or quarantined with the reason."""
        arrival = self.now()
        receipts: list[Receipt | None] = []
        good: list[Event] = []
        bad: list[Record] = []
        for item, raw in enumerate(events):
            event = decode_structured(raw, arrival)
            if isinstance(event, Rejected):
                bad.append(Quarantined(event, raw, arrival, Request(ROUTE, item)).record())
                receipts.append(refused(event, raw))
            else:
                good.append(event)
                receipts.append(None)
        with busy_without_room():
            worked = iter(self._arrivals.work_on(Arrival(good, bad)))
        return [next(worked) if receipt is None else receipt for receipt in receipts]

    def refuse(self, quarantined: Sequence[Quarantined]) -> None:
        """Keep what could not become an event, with its reason."""
        with busy_without_room(), self._lock:
            self._kept.take_in((), [one.record() for one in quarantined])

    def play(self, events: Sequence[Event], moment: Instant) -> None:
        """Work on a piece of a history and let the present be ``moment``."""
        with self._lock:
            self._kept.work(events)
            self._kept.advance(moment)
            self._present = moment
            self._retention.keep_to(moment)

    def tick(self) -> None:
        """Let event time come up to the present: what is due fires."""
        with self._lock:
            now = self.now()
            self._kept.advance(now)
            self._retention.keep_to(now)

    def reload(self) -> Fingerprint:
        """Take over the pack as its files are now, between two batches; raises ``PackError`` and keeps the old one."""
        with self._reloading:
            return self._use(self._config)

    def names(self) -> Names:
        """What can be steered."""
        return names_of(self.pack)

    def sayings(self) -> Mapping[str, str]:
        """What the pack says of evidence in English, each with its Dutch."""
        return self.pack.sayings

    def controls(self) -> list[Control]:
        """The controls that count now."""
        with self._lock:
            return self._kept.engine.controls(self.now())

    def steer(self, control: Control) -> None:
        """Put a control into the stream: it holds for the next decision."""
        with busy_without_room():
            self.take([control.event()])

    def compare_pack(self, files: Mapping[str, str]) -> dict[str, Any]:
        """Keep a pack to be proposed, and tell what it changes on recent events; raises ``PackError``, ``Refused``."""
        fingerprint, place = keep_pack(self._data / _PACKS, files, self._config)
        try:
            return self._compared(fingerprint, place)
        except Exception:
            rmtree(place, ignore_errors=True)  # nobody can approve it
            raise

    def compare_earlier(self) -> dict[str, Any]:
        """The pack that decided before this one, and what going back changes; raises ``PackError``, ``Refused``."""
        with self._lock:
            places = [self._configured, *self._store.approved()]
        if len(places) < 2:
            raise Refused("NO_EARLIER")
        earlier = open_pack(self._config.model_copy(update={"pack": places[-2]}))
        return self._compared(earlier.environment.fingerprint, places[-2])

    def _compared(self, fingerprint: Fingerprint, place: str) -> dict[str, Any]:
        if fingerprint.digest == self.pack.environment.fingerprint.digest:
            raise Refused("SAME_PACK")
        with self._lock:
            events = [event for event in self._store.journal() if _CONTROL not in event]
        found = compare(self._config, self._config.pack, place, events, self._ledger.controls())
        return {**fingerprint._asdict(), "place": place, "difference": found}

    def take_over(self, pack: Mapping[str, Any]) -> None:
        """Decide by an approved pack, between two batches and after every restart; raises ``PackError``."""
        place = str(pack["place"])
        with self._reloading:
            config = self._config.model_copy(update={"pack": place})
            self._use(config)
            self._config = config
            with self._lock:
                places = [self._configured, *self._store.approved()]
                self._store.approve(places_with(places, place)[1:])

    def _use(self, config: Config) -> Fingerprint:
        pack = open_pack(config)
        with self._lock:
            self.pack = pack
            self._kept.use(pack)
        return pack.environment.fingerprint

    def customer(self, subject: str) -> Mapping[str, Any] | None:
        """A customer's journey and state, by any of their subjects."""
        with self._lock:
            customer = self._kept.engine.customer(subject)
            while customer is not None and customer.became is not None:
                customer = self._kept.engine.customer(customer.became)
            return customer_view(customer, self.pack, self.now()) if customer is not None else None

    def visit(self, subject: str) -> Visit:
        """What may be shown to somebody who is on the site; from the kept rows, so that no batch holds it up."""
        row = self._store.load(subject)
        while row is not None:
            customer = decode_customer(row)
            if customer.became is None:
                return self._kept.engine.visit(customer, self.now())
            row = self._store.load(customer.became)
        return Visit()

    def rows_of(self, subject: str) -> list[Customer]:
        """The row of a person and those of their aliases; none for who is unknown or erased."""
        with self._lock:
            row = self._kept.engine.customer(subject)
            while row is not None and row.became is not None:
                row = self._kept.engine.customer(row.became)
            if row is None or row.erased is not None:
                return []
            aliases = [self._kept.engine.customer(alias) for alias in sorted(row.aliases)]
            return [row, *(alias for alias in aliases if alias is not None)]

    def take(self, events: Sequence[Event]) -> None:
        """Work on events that were made here."""
        with self._lock:
            self._kept.work(events)

    def quarantined_records(self) -> Iterator[Record]:
        """All that is in quarantine, oldest first."""
        return self._apart.records()

    def redrive(self, reason: str | None = None) -> int:
        """Take in again what is in quarantine (only for one ``reason``, if given); returns how many records that were.

        Raises ``PackError`` for a wrong tracking file.
        """
        return self._apart.redrive(Again(self._config.pack, reason))

    def quarantined_about(self, names: Sequence[str]) -> list[Record]:
        """The quarantined records in which one of these subjects stands."""
        with self._lock:
            return self._store.set_apart_about(names)

    def journal_about(self, names: Sequence[str]) -> list[Record]:
        """The last events in which one of these subjects stands."""
        with self._lock:
            return self._store.journal_about(names)

    def forget_quarantined(self, names: Sequence[str]) -> int:
        """Delete those, and the events of them that are kept as they came; returns how many records."""
        with self._lock:
            return self._kept.forget(names)

    def explain(self, id: str) -> Mapping[str, Any] | None:
        """One decision or recommendation with all that led to it."""
        item = self._queue.get(id)
        return item.recommendation if item is not None else self._queue.decision(id)

    def precisions(self) -> list[Precision]:
        """How often recommendations turned out right."""
        with self._lock:
            return self._kept.engine.precisions()

    def overrules(self) -> list[Overrule]:
        """How often people overruled what was decided."""
        with self._lock:
            return self._kept.engine.overrules()

    def operations(self) -> Mapping[str, Any]:
        """What the operations page shows beside the queue."""
        now = self.now()
        with self._lock:
            clock = clock_part(self._kept.engine, now, self._kept.accepted, self._kept.quarantined)
            news = latest_news(self._store.news())
        parts: Record = {"controls": controls_part(self.pack)} | delivery_part(health_of(self._data))
        return parts | counted_parts(clock, self._people(now), season_part(self.pack, now, news))

    def _people(self, now: Instant) -> Record:
        """The census, at most every few seconds; none of more customers than can be counted beside the work."""
        with self._counting:
            taken, census = self._census
            if time.monotonic() - taken > _CENSUS_SECONDS:
                census = self._count(now)
                self._census = (time.monotonic(), census)
            return dict(census)

    def _count(self, now: Instant) -> Record:
        with self._lock:
            rows = self._store.some_rows(COUNTED_AT_ONCE + 1)
            share = share_held(self._kept.engine.controls(now), self.pack)
        if len(rows) > COUNTED_AT_ONCE:
            return {}
        season = season_counted(self.pack, now)
        return count((decode_customer(row) for row in rows), self.pack, share, season, now).parts()

    def try_again(self, sink: str) -> None:
        """Give the dead letters of a sink another try."""
        try_again(self._data, sink)

    def ailing(self) -> Mapping[str, str]:
        """What doesn't work, though events come in and are worked on: deliveries whose outbox can't be read."""
        why = trouble_of(self._data)
        return {} if why is None else {"deliveries": why}

    def check(self) -> None:
        """Raise when the node can't work."""
        self._kept.check()
        self._queue.check()

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._store.close()
            self._queue.close()
            self._ledger.close()
