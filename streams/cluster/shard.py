"""One shard at work: its engine, its rows, and what it leads to."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import chain

import structlog

from signals.batch import Failed
from signals.calendar.instant import Instant
from signals.engine import LEARNING
from signals.events.event import Event
from streams.cluster import metrics
from streams.cluster.at_hand import AtHand
from streams.cluster.engine import Batch, Engine, Engines, is_empty
from streams.cluster.fetching import Fetched
from streams.cluster.ledger import Ledger
from streams.cluster.records import (
    Outcome,
    decision_record,
    erasure_record,
    failed_record,
    is_backlog,
    recommendation_record,
)
from streams.cluster.routing import Router
from streams.cluster.sorting import Sorting
from streams.cluster.store import Store, clock_row, is_beside, pack_row
from streams.cluster.topics import Topics
from streams.cluster.trial import Trial
from streams.cluster.writing import Ahead, Writer
from streams.sources.quarantine import TIMER_FAILED, TopicOffset
from streams.wall import wall_now

_log = structlog.get_logger(__name__)

_PREPARED_AT_ONCE = 200
_TURN = 50
"""Timers, or customers whom news concerns: more wait for their turns, and events for no more than one turn."""

_FEW = 20
"""Timers that fire when time moves on without an event: it does so in all shards one after the other."""

_DUE_AT_ONCE = 500
"""Timers that fire one after the other before an event of a backlog, for which nobody waits: the season opens for so
many customers in some tenths of a second."""

_ONE = 20
"""For so many records counts a timer of a piece, so that but some thousands, some MiB, are under way in all shards."""

_ABSENT = object()


class Shard:
    """Works on batches while the transactions of the batches before are under way.

    Rows are encoded when the transaction begins that they are in, once however many batches changed them. Should the
    engine fail before that, a new one does again what the transaction already holds the other outcome of.

    ``positions`` says per input topic up to where events are in the durable state, ``taken`` up to where they have been
    worked on. ``fail`` gets the error when the state can't be made durable: nothing may go on after that. Before each
    transaction it waits for its ``turn``, and ``ahead`` is told what is under way. ``at_hand`` says how many decoded
    rows it may keep.
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
        at_hand: AtHand,
    ) -> None:
        self.number = router.shard
        self.positions = store.positions(topics.ids)
        self.taken = dict(self.positions)
        self.advanced: Instant = 0
        self._router = router
        self._topics = topics
        self._store = store
        self._ledger = ledger
        self._engines = engines
        self._at_hand = at_hand
        self._writer = Writer(self.number, topics, ledger, store, self._take_rows, self._durable, fail, turn, ahead)
        self._pending: dict[bytes, bytes | None] = {}  # rows that are on their way to the changelog
        self._pending_news: list[Event] = []
        self._untaken: list[Callable[[Engine], object]] = []  # what was done since rows were last taken
        self._untaken_news: list[Event] = []
        self._read = dict.fromkeys(("pending", "store", "nowhere"), 0)  # rows that were not at hand, by where they were
        self._clock = store.clock()
        self._counted: metrics.Figures = {}
        self.engine: Engine = self._fresh_engine()
        self._unprepared = iter(()) if store.pack() == engines.pack["digest"] else self._customers()

    async def settle(self) -> None:
        """Wait until everything taken in is durable."""
        await self._writer.settle()

    def take_in(self, fetched: Fetched, at_most: int) -> Fetched | None:
        """Work on so many records of a batch; they become durable in the background. Returns what is left of it.

        Where much is due before an event of a backlog, a piece of that fires each time that what begins with it is
        taken in.
        """
        with metrics.WORK.time():
            outcome, done = self._work(fetched.first(at_most))
        metrics.BATCH.observe(len(done.records))
        self.taken[fetched.topic] = done.position
        self._writer.add(outcome)
        return fetched.after(len(done.records))

    def advance(self, now: Instant) -> None:
        """Fire what is due; what is much is left to ``go_on``."""
        batch = self.engine.advance(now, _FEW)
        if self.engine.has_changed or not is_empty(batch):
            outcome = Outcome()
            self._add(batch, outcome, lambda engine: engine.advance(now, _FEW))
            self._writer.add(outcome)
        self.advanced = now

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

    def go_on(self) -> bool:
        """Fire some of the timers that were left, or tell some more customers of news; False when there are none."""
        if not self.engine.is_behind:
            return False
        outcome = Outcome()
        self._add(self.engine.go_on(_TURN), outcome, lambda engine: engine.go_on(_TURN))
        self._stop_short(outcome, _TURN)
        self._writer.add(outcome)
        return True

    def load(self, key: str) -> bytes | None:
        """The row of a customer as it was last taken from the engine; visits ask for it from other threads."""
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
        return (row for _, row in self._store.customers())

    def kept_news(self) -> list[Event]:
        """The market news in the durable state, oldest first; every shard keeps all of it."""
        return self._store.news()

    async def close(self) -> None:
        """Let go of the shard; call ``settle`` first."""
        await self._ledger.close()
        self._store.close()

    def _work(self, fetched: Fetched) -> tuple[Outcome, Fetched]:
        """What a batch leads to, or its first records: these come back, too."""
        try:
            return self._work_on(fetched, {})
        except Exception as error:
            return self._work_around(fetched, error)

    def _work_on(self, fetched: Fetched, failing: Mapping[int, str]) -> tuple[Outcome, Fetched]:
        sorting = self._sorting(fetched, failing)
        at_once, in_turns = (_DUE_AT_ONCE, False) if is_backlog(fetched.unread) else (_TURN, True)
        batch = self.engine.process(sorting, at_once, in_turns)
        outcome, fetched = sorting.ended(batch.left)
        self._add(batch, outcome, lambda engine: engine.process(self._sorting(fetched, failing), at_once, in_turns))
        if batch.left is not None:
            self._stop_short(outcome, at_once)
        return outcome, fetched

    def _sorting(self, fetched: Fetched, failing: Mapping[int, str]) -> Sorting:
        forwarded = fetched.topic == self._topics.customers
        return Sorting(self._router, fetched, forwarded=forwarded, failing=failing)

    def _stop_short(self, outcome: Outcome, timers: int) -> None:
        """What fired is a piece of its own: the next engine starts after it, and need not end it in the same place."""
        self._take_rows(outcome)
        outcome.records += timers * _ONE

    def _work_around(self, fetched: Fetched, error: Exception) -> tuple[Outcome, Fetched]:
        """Quarantine the events on which the engine fails, and work on the others with a new one."""
        _log.error("a batch failed; its events are tried one by one", shard=self.number, error=type(error).__name__)
        outcome = Outcome()
        self._renew()
        self._take_rows(outcome)
        found = self._sorting(fetched, {}).whole()
        news = [*self._store.news(), *self._pending_news]
        trial = Trial(self._engines, self.load, self._router.owns, self._beside(), news)
        failures = trial.failures(found.mine, self._clock)
        failing = {found.records[place].offset: kind for place, kind in failures.items()}
        try:
            worked, fetched = self._work_on(fetched, failing)
        except Exception:  # it concerns more customers than the trial knew of
            self._renew()
            for event, record in zip(found.mine, found.records, strict=True):
                if record.offset not in failing:
                    try:
                        self._work_on_one(event, outcome)
                    except Exception as again:
                        failing[record.offset] = type(again).__name__
                        self._renew()
            sorting = self._sorting(fetched, failing)
            sorting.whole()
            worked, fetched = sorting.ended()
        outcome.join(worked)
        return outcome, fetched

    def _work_on_one(self, event: Event, outcome: Outcome) -> None:
        self._add(self.engine.process([event]), outcome, lambda engine: engine.process([event]))
        self._take_rows(outcome)

    def _renew(self) -> None:
        """An engine that failed may be half-way in anything: another one comes to where it was before."""
        self._counted = metrics.count_work(self.engine, self._counted)
        self.engine = self._fresh_engine()
        for work in self._untaken:
            work(self.engine)
        self._counted = metrics.figures_of(self.engine)

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
        self._read |= dict.fromkeys(self._read, 0)
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
        changed = self.engine.take_rows()
        self._keep_rows(changed, outcome)
        self._at_hand.note(changed.values())
        self.engine.keep_at_hand(self._at_hand.most)
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
        engine.keep_at_hand(self._at_hand.most)
        engine.restore(self._heads(), [*self._store.news(), *self._pending_news], self._clock)
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
        keys = {key for key, _ in self._store.beside()} | {key.decode() for key in self._pending if is_beside(key)}
        return [(name, row) for name in sorted(keys) if (row := self.load(name)) is not None]

    def _heads(self) -> Iterator[tuple[str, bytes]]:
        pending = {key.decode(): row for key, row in self._pending.items()}
        yield from ((key, head) for key, head in self._store.heads() if key not in pending)
        yield from ((key, row) for key, row in pending.items() if row is not None)
