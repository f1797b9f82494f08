"""The run itself: read, put in order, work, keep the last word on every recommendation and decision."""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import msgspec

from signals.batch import Batch
from signals.calendar.instant import Instant
from signals.config import Config
from signals.customer.codec import decode_customer
from signals.decision.controls import CHANGED, Control
from signals.engine import OWN, Engine
from signals.evaluation.fairness import Person, segments_of
from signals.events.decode import Rejected
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack
from signals.recommendation.record import DECISION_FIELDS
from streams.garbage import look_seldom, looking_never
from streams.large_pages import use_large_pages
from streams.replay.pace import Pace
from streams.replay.reorder import Reorder
from streams.replay.shards import Shards, read_links, tells_outcomes, worthwhile_shards
from streams.sources.files import is_read_once
from streams.sources.quarantine import FileLine, Quarantined, QuarantineFile, open_quarantine
from streams.sources.side_by_side import read_events

Progress = Callable[[int, Instant], None]
"""Told now and then how many lines were read and how far event time has come."""

_TOLD_EVERY = 20_000
_EVERYWHERE = frozenset({"clock.ticked", "market.changed", "desk.changed", CHANGED})


class Options(msgspec.Struct, frozen=True):
    """What to replay and how. ``processes`` of 0 means as many as pay."""

    files: tuple[str, ...]
    config: Config
    until: Instant | None = None
    warmup_until: Instant = 0
    quarantine: str | None = None
    processes: int = 0
    controls: tuple[Control, ...] = ()
    """The log of controls, oldest first: each takes its place among the events."""
    explaining: bool = False
    """Whether refusals are told with all that led to them."""
    by_segment: bool = False
    """Whether people are told by their segments at the end."""


class Summary(msgspec.Struct):
    """What came of it. The records are JSON, by id; recommendations only those that were ever released."""

    events: int = 0
    duplicates: int = 0
    customers: int = 0
    timers_due: int = 0
    timers_fired: int = 0
    quarantined: Counter[str] = msgspec.field(default_factory=Counter)
    first_quarantined: dict[str, str] = {}
    """By reason, where the first stood and what is wrong with it."""
    recommendations: dict[str, bytes] = {}
    decisions: dict[str, bytes] = {}
    refusals: dict[str, bytes] = {}
    """Refused decisions with their explanation, where that is asked for."""
    outcomes: dict[str, tuple[str, str, str]] = {}
    """Decision → trigger, reason, status: what the summary counts."""
    people: dict[str, Person] = {}
    """By every subject, where that is asked for."""


def replay(options: Options, progress: Progress = lambda lines, time: None) -> Summary:
    """Run over the files; raises ``PackError`` or ``SourceError`` when the pack or a file can't be used.

    Desks are shared by all customers, and all learn from every outcome, so a run with those takes one process; so does
    one over a pipe, which can be read but once.
    """
    once = any(map(is_read_once, options.files))
    count = 1 if once else options.processes or worthwhile_shards(options.files, os.cpu_count() or 1)
    if options.config.desks or (count > 1 and options.config.learning.prior and tells_outcomes(options.files)):
        count = 1
    shards = Shards(count, read_links(options.files) if count > 1 else ())
    if count == 1:
        return _Run(options, shards, 0, progress).whole()
    with ProcessPoolExecutor(count - 1, mp_context=get_context("forkserver"), initializer=_begin) as pool:
        others = [pool.submit(_run_shard, options, shards, number) for number in range(1, count)]
        first = _Run(options, shards, 0, progress).whole()
        return _joined([first, *(other.result() for other in others)])


def sorted_lines(records: dict[str, bytes]) -> list[bytes]:
    """The records as lines of a file, by creation and id: an order that no way of running changes."""
    created = _Created()
    return [line for _, _, line in sorted((created.of(line), key, line) for key, line in records.items())]


def _begin() -> None:
    look_seldom()
    use_large_pages()


def _run_shard(options: Options, shards: Shards, number: int) -> Summary:
    return _Run(options, shards, number, lambda lines, time: None).whole()


class _Run:
    def __init__(self, options: Options, shards: Shards, number: int, progress: Progress) -> None:
        pack: Pack = open_pack(options.config, options.warmup_until)
        self._options = options
        self._shards = shards
        self._pace = Pace()
        self._number = number
        self._progress = progress
        self._rows: dict[str, bytes] = {}
        self._engine = Engine(pack, load=self._rows.get, write_through=False, explaining=options.explaining)
        self._reorder = Reorder(pack.environment.lateness)
        self._summary = Summary()
        self._controls = deque(options.controls)

    def whole(self) -> Summary:
        with looking_never():
            return self._whole()

    def _whole(self) -> Summary:
        path = self._options.quarantine if self._number == 0 else None
        with open_quarantine(path) as bad:
            self._read(bad)
        self._work(self._reorder.rest())
        self._keep(self._engine.advance(self._reorder.watermark - 1))  # to where the events of all shards moved time
        if self._options.until is not None:
            self._keep(self._engine.advance(self._options.until))
        summary, engine = self._summary, self._engine
        if self._number == 0:
            summary.quarantined, summary.first_quarantined = bad.reasons, bad.first
        summary.customers = engine.customers
        summary.duplicates = engine.duplicates
        summary.timers_due, summary.timers_fired = engine.timers_due, engine.timers_fired
        if self._options.by_segment:
            summary.people = self._people()
        return summary

    def _people(self) -> dict[str, Person]:
        """Everybody of this run, by every subject they are known by; none who was erased."""
        engine = self._engine
        cached = {customer.key: customer for customer in engine.cached}
        kept = (decode_customer(row) for key, row in self._rows.items() if key not in cached and key[0] != OWN)
        people: dict[str, Person] = {}
        for customer in (*cached.values(), *kept):
            if customer.is_person:
                person = Person(customer.key, segments_of(customer, engine.pack.environment, engine.clock))
                people |= dict.fromkeys((customer.key, *customer.aliases), person)
        return people

    def _read(self, bad: QuarantineFile) -> None:
        lines = 0
        for name, number, raw, event in read_events(self._options.files):
            if isinstance(event, Rejected):
                bad.add(Quarantined(event, raw, self._reorder.watermark, FileLine(name, number)))
                continue
            while self._controls and self._controls[0].since <= event.time:
                self._add(self._controls.popleft().event())
            self._add(event)
            lines += 1
            if lines % _TOLD_EVERY == 0:
                self._progress(_TOLD_EVERY, self._reorder.watermark)

    def _add(self, event: Event) -> None:
        for ready in self._reorder.add(event):
            self._work(ready)

    def _work(self, events: Sequence[Event]) -> None:
        if self._shards.count == 1:
            mine = events
        else:
            self._engine.foresee(events)
            mine = [event for event in events if event.type in _EVERYWHERE or self._is_mine(event)]
        self._summary.events += len(mine) if self._number == 0 else sum(event.type not in _EVERYWHERE for event in mine)
        self._keep(self._engine.process(mine if self._shards.count == 1 else self._paced(events, mine)))

    def _paced(self, events: Sequence[Event], mine: Sequence[Event]) -> Iterator[Event]:
        """The events of this process, and what it must know of the others'."""
        own = iter(mine)
        waited = next(own, None)
        for event in events:
            tick = self._pace.tick_before(event)
            if event is waited:
                if tick is not None:
                    yield tick
                yield event
                waited = next(own, None)

    def _is_mine(self, event: Event) -> bool:
        return self._shards.shard_of_event(event) == self._number

    def _keep(self, batch: Batch) -> None:
        summary = self._summary
        for key, row in batch.rows.items():
            if row is not None:
                self._rows[key] = row
            else:
                self._rows.pop(key, None)
        for record in batch.recommendations:
            if record["reason"] == "RELEASED":
                summary.recommendations[record["id"]] = msgspec.json.encode(record)
        for decision in batch.decisions:
            if "gates" in decision:
                summary.refusals[decision["id"]] = msgspec.json.encode(decision)
                decision = {name: decision[name] for name in DECISION_FIELDS}
            summary.decisions[decision["id"]] = msgspec.json.encode(decision)
            summary.outcomes[decision["id"]] = (decision["trigger"], decision["reason"], decision["status"])


class _Created:
    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(_Dated).decode

    def of(self, line: bytes) -> str:
        return self._decode(line).created


class _Dated(msgspec.Struct):
    created: str


def _joined(parts: list[Summary]) -> Summary:
    whole = Summary()
    for part in parts:
        for field in ("events", "duplicates", "customers", "timers_due", "timers_fired"):
            setattr(whole, field, getattr(whole, field) + getattr(part, field))
        whole.quarantined += part.quarantined
        whole.first_quarantined |= part.first_quarantined
        whole.recommendations |= part.recommendations
        whole.decisions |= part.decisions
        whole.refusals |= part.refusals
        whole.outcomes |= part.outcomes
        whole.people |= part.people
    return whole
