"""One shard at work: its engine, its rows, and what it leads to."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import chain

import structlog

from signals.batch import Failed
from signals.calendar.instant import Instant
from signals.engine import LEARNING, OWN
from signals.events.decode import Rejected, encode
from signals.events.event import Event
from streams.cluster import metrics
from streams.cluster.engine import Batch, Engine, Engines, is_empty
from streams.cluster.fetching import Fetched, Incoming
from streams.cluster.ledger import Ledger
from streams.cluster.records import (
    TIMER_FAILED,
    Outcome,
    decision_record,
    erasure_record,
    failed_record,
    quarantined_record,
    recommendation_record,
)
from streams.cluster.routing import Router, Sorted, read_forwarded
from streams.cluster.store import Store, clock_row, is_beside, pack_row
from streams.cluster.topics import Topics
from streams.cluster.trial import Trial
from streams.cluster.wall import wall_now
from streams.cluster.writing import Ahead, Writer
from streams.sources.quarantine import TopicOffset

_log = structlog.get_logger(__name__)

_PREPARED_AT_ONCE = 200

_SORTED_AT_ONCE = 500
"""Events are worked on soon after they were decoded, while they are still in the processor's cache."""

_ABSENT = object()


class Shard:
    """Works on batches while the transactions of the batches before are under way.

    Rows are encoded when the transaction begins that they are in, once however many batches changed them. Should the
    engine fail before that, a new one does again what the transaction already holds the other outcome of.

    ``positions`` says per input topic up to where events are in the durable state, ``taken`` up to where they have been
    worked on. ``fail`` gets the error when the state can't be made durable: nothing may go on after that. Before each
    transaction it waits for its ``turn``, and ``ahead`` is told what is under way.
    """

    def __init__(
        self,
        router: Router,
        topics: Topics,
        store: Store,
        ledger: Ledger,
        engines: Engines,
        fail: Callable[[BaseException], None],
        turn: Callable[[], Awaitable[None]],
        ahead: Ahead,
    ) -> None:
        self.number = router.shard
        self.positions = store.positions()
        self.taken = dict(self.positions)
        self.advanced: Instant = 0
        self._router = router
        self._topics = topics
        self._store = store
        self._ledger = ledger
        self._engines = engines
        self._writer = Writer(self.number, topics, ledger, store, self._take_rows, self._durable, fail, turn, ahead)
        self._pending: dict[bytes, bytes | None] = {}  # rows that are on their way to the changelog
        self._pending_news: list[Event] = []
        self._untaken: list[Callable[[Engine], object]] = []  # what was done since rows were last taken
        self._untaken_news: list[Event] = []
        self._read = Counter[str]()  # rows that were not at hand, by where they were
        self._clock = store.clock()
        self._counted: metrics.Figures = {}
        self.engine: Engine = self._fresh_engine()
        self._unprepared = iter(()) if store.pack() == engines.pack["digest"] else self._customers()

    async def settle(self) -> None:
        """Wait until everything taken in is durable."""
        await self._writer.settle()

    def take_in(self, fetched: Fetched) -> None:
        """Work on a batch; it becomes durable in the background."""
        metrics.BATCH.observe(len(fetched.records))
        with metrics.WORK.time():
            outcome = self._work(fetched)
        self.taken[fetched.topic] = fetched.position
        self._writer.add(outcome)

    def advance(self, now: Instant) -> None:
        """Fire what is due."""
        self.advanced = now
        batch = self.engine.advance(now)
        if self.engine.has_changed or not is_empty(batch):
            outcome = Outcome()
            self._add(batch, outcome, lambda engine: engine.advance(now))
            self._writer.add(outcome)

    def take_over(self, engines: Engines) -> None:
        """Go by another pack from the next batch on; what its calendars say reaches the rows with ``prepare``."""
        outcome = Outcome()
        self._take_rows(outcome)
        self._writer.add(outcome)
        self._engines = engines
        self.engine = self._fresh_engine()
        unwritten = [key.decode() for key, row in self._pending.items() if row is not None and key[0]]
        self._unprepared = chain([unwritten] if unwritten else [], self._customers())

    def prepare(self) -> bool:
        """Give some more rows their moments by the calendars of this pack; False when all have them."""
        keys = next(self._unprepared, None)
        if keys is None:
            return False
        outcome = Outcome()
        self._add(self.engine.rearm(keys), outcome, lambda engine: engine.rearm(keys))
        if not keys:
            outcome.keep(pack_row(self._engines.pack["digest"]))
        self._writer.add(outcome)
        return True

    def load(self, key: str) -> bytes | None:
        """The row of a customer as it was last taken from the engine."""
        name = key.encode()
        row = self._pending.get(name, _ABSENT)
        if row is not _ABSENT:
            self._read["pending"] += 1
            return row  # type: ignore[return-value]  # the sentinel is gone
        kept = self._store.get(name)
        self._read["nowhere" if kept is None else "store"] += 1
        return kept

    def kept_rows(self) -> Iterator[bytes]:
        """The rows of customers in the durable state."""
        return (row for key, row in self._store.rows() if not key.startswith(OWN))

    def kept_news(self) -> list[Event]:
        """The market news in the durable state, oldest first; every shard keeps all of it."""
        return self._store.news()

    async def close(self) -> None:
        """Let go of the shard; call ``settle`` first."""
        await self._ledger.close()
        self._store.close()

    def _work(self, fetched: Fetched) -> Outcome:
        outcome = _outcome_of(fetched)
        try:
            batch = self.engine.process(self._sorted(fetched, outcome))
            self._add(batch, outcome, lambda engine: engine.process(self._sorted(fetched, Outcome())))
        except Exception as error:
            return self._work_around(fetched, error)
        return outcome

    def _sorted(self, fetched: Fetched, outcome: Outcome) -> Iterator[Event]:
        """The events for this shard, decoded while they are worked on, some at a time."""
        for begin in range(0, len(fetched.records), _SORTED_AT_ONCE):
            yield from self._sort(fetched, fetched.records[begin : begin + _SORTED_AT_ONCE], outcome).mine

    def _sort(self, fetched: Fetched, records: list[Incoming], outcome: Outcome) -> Sorted:
        if fetched.topic == self._topics.customers:
            found = read_forwarded(records)
        else:
            found = self._router.sort(records)
            outcome.forwards += found.forwards
            for record, refused in found.refused:
                _refuse(fetched, record, refused, record.value or b"", outcome)
        outcome.processed += len(found.mine)
        return found

    def _work_around(self, fetched: Fetched, error: Exception) -> Outcome:
        """Quarantine the events on which the engine fails, and work on the others with a new one."""
        _log.error("a batch failed; its events are tried one by one", shard=self.number, error=type(error).__name__)
        outcome = _outcome_of(fetched)
        self._renew()
        self._take_rows(outcome)
        found = self._sort(fetched, fetched.records, outcome)
        news = [*self._store.news(), *self._pending_news]
        trial = Trial(self._engines, self.load, self._router.owns, self._beside(), news)
        failed = trial.failures(found.mine, self._clock)
        for place, kind in failed.items():
            self._set_event_apart(found.mine[place], fetched, found.records[place], kind, outcome)
        left = [place for place in range(len(found.mine)) if place not in failed]
        try:
            self._work_on([found.mine[place] for place in left], outcome)
        except Exception:  # it concerns more customers than the trial knew of
            self._renew()
            for place in left:
                try:
                    self._work_on([found.mine[place]], outcome)
                except Exception as again:
                    kind = type(again).__name__
                    self._set_event_apart(found.mine[place], fetched, found.records[place], kind, outcome)
                    self._renew()
        return outcome

    def _work_on(self, events: list[Event], outcome: Outcome) -> None:
        self._add(self.engine.process(events), outcome, lambda engine: engine.process(events))
        self._take_rows(outcome)

    def _renew(self) -> None:
        """An engine that failed may be half-way in anything: another one comes to where it was before."""
        self._counted = metrics.count_work(self.engine, self._counted)
        self.engine = self._fresh_engine()
        for work in self._untaken:
            work(self.engine)
        self._counted = metrics.figures_of(self.engine)

    def _set_event_apart(self, event: Event, fetched: Fetched, record: Incoming, kind: str, outcome: Outcome) -> None:
        detail = f"the engine failed on this event with {kind}; re-drive it when that is mended"
        _refuse(fetched, record, Rejected("FAILED", None, detail), encode(event), outcome)

    def _add(self, batch: Batch, outcome: Outcome, work: Callable[[Engine], object]) -> None:
        """Take over what ``work`` led to; should the engine have to begin anew, it is done again."""
        metrics.count_recommendations(batch.recommendations)
        outcome.recommendations += map(recommendation_record, batch.recommendations)
        metrics.count_decisions(batch.decisions)
        outcome.decisions += map(decision_record, batch.decisions)
        outcome.decisions += map(erasure_record, batch.erased)
        outcome.remember(batch.news, batch.old_news)
        if batch.failed:
            self._set_apart(batch.failed, outcome)
        self._counted = metrics.count_work(self.engine, self._counted)
        metrics.count_reads(self._read)
        self._read.clear()
        outcome.keep(clock_row(self.engine.clock))
        for key, event in batch.forwards:
            outcome.forwards += [self._router.forward(key, event)] if key else self._router.to_others(event)
        self._untaken.append(work)
        self._untaken_news += batch.news
        if batch.rows:  # all at once: rows of different moments are no place to start from
            self._keep_rows(batch.rows, outcome)
            self._take_rows(outcome)

    def _take_rows(self, outcome: Outcome) -> None:
        """The rows as they are now go with ``outcome``: from here on a new engine would start."""
        self._keep_rows(self.engine.take_rows(), outcome)
        self._clock = self.engine.clock
        self._pending_news += self._untaken_news
        self._untaken, self._untaken_news = [], []

    def _keep_rows(self, changed: Mapping[str, bytes | None], outcome: Outcome) -> None:
        if LEARNING in changed:
            metrics.tell_precisions(self.engine.precisions())
        rows = {key.encode(): row for key, row in changed.items()}
        self._pending.update(rows)
        outcome.rows.update(rows)

    def _set_apart(self, failed: Sequence[Failed], outcome: Outcome) -> None:
        _log.error("timers failed and are set apart", shard=self.number, errors=sorted({one.error for one in failed}))
        place = TopicOffset(self._topics.events, self.number, self.taken.get(self._topics.events, 0))
        for one in failed:
            outcome.quarantine(TIMER_FAILED, failed_record(one, place, wall_now()))

    def _durable(self, outcome: Outcome) -> None:
        for key, row in outcome.rows.items():
            if self._pending.get(key, _ABSENT) is row:
                del self._pending[key]
        del self._pending_news[: len(outcome.news)]
        self.positions |= outcome.positions

    def _fresh_engine(self) -> Engine:
        engine = self._engines.make(self.load, self._router.owns)
        engine.restore(self._rows(), [*self._store.news(), *self._pending_news], self._clock)
        self._counted = {}
        return engine

    def _customers(self) -> Iterator[list[str]]:
        """The keys of all customers' rows, some at a time, and at last none."""
        keys = [""]
        while keys:
            keys = self._store.customers_after(keys[-1], _PREPARED_AT_ONCE)
            yield keys

    def _beside(self) -> list[tuple[str, bytes]]:
        """What the engine keeps beside the rows of customers."""
        keys = {key for key, _ in self._store.beside()} | {key for key in self._pending if is_beside(key)}
        return [(name, row) for name in sorted(key.decode() for key in keys) if (row := self.load(name)) is not None]

    def _rows(self) -> Iterator[tuple[str, bytes]]:
        for key, row in self._store.rows():
            if key.encode() not in self._pending:
                yield key, row
        yield from ((key.decode(), row) for key, row in self._pending.items() if row is not None)


def _outcome_of(fetched: Fetched) -> Outcome:
    outcome = Outcome()
    outcome.arrive(fetched.topic, fetched.position, len(fetched.records), fetched.unread)
    return outcome


def _refuse(fetched: Fetched, record: Incoming, refused: Rejected, raw: bytes, outcome: Outcome) -> None:
    place = TopicOffset(fetched.topic, fetched.partition, record.offset)
    outcome.quarantine(refused.reason, quarantined_record(record, place, refused, raw))
