"""The shards that this worker owns: opened when partitions are assigned, closed when they move away."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import structlog
from aiokafka import TopicPartition
from faust.types import TP

from signals.calendar.instant import Instant
from signals.decision.controls import Control
from signals.decision.learning import added
from streams.census import latest_news
from streams.cluster import metrics
from streams.cluster.at_hand import AtHand
from streams.cluster.background import Background
from streams.cluster.engine import Engines
from streams.cluster.fetching import Fetched
from streams.cluster.filling import Fillers
from streams.cluster.ledger import Ledger
from streams.cluster.recovery import open_copy, recover
from streams.cluster.routing import Router, shard_of
from streams.cluster.settings import ClusterSettings
from streams.cluster.shard import Shard
from streams.cluster.topics import Topics
from streams.cluster.writing import Ahead, Turns
from streams.wall import wall_now

_log = structlog.get_logger(__name__)

_PATIENCE = 5_000
"""Milliseconds for which a timer may wait before it counts as overdue."""

_STEP = 400
"""Milliseconds that a shard's time is behind at least before it is moved up."""

_AT_ONCE = 5_000
"""Records that are worked on while everything else in the worker's loop waits."""

_REST_SECONDS = 0.005
"""In which an event that came in gets as far as the engine."""

APART_SECONDS = 0.005
"""Between the beginnings of two transactions of this worker, whatever their shards: it asks for no more than 200 a
second. Each costs it some 1 ms of processor time, and the broker 2."""


class Shards:
    """All shards of this worker; ``topics`` with their ids: local copies of another changelog are useless, and so are
    positions in other inputs."""

    def __init__(
        self, settings: ClusterSettings, topics: Topics, engines: Engines, fail: Callable[[BaseException], None]
    ) -> None:
        self.owned: dict[int, Shard] = {}
        self._settings = settings
        self._topics = topics
        self._engines = engines
        self._origin = topics.ids[topics.changelog]
        self._fillers = Fillers(self._origin)
        self._fail = fail
        self._transactions = Background("transactions")
        self._turns = Turns(APART_SECONDS)
        self._ahead = Ahead()
        self._at_hand = AtHand(settings.rows_bytes)
        self._has_worked = False

    async def assign(self, numbers: set[int]) -> None:
        """Own exactly these shards: let others go, and bring new ones up to date. Raises ``KafkaError``."""
        for number in set(self.owned) - numbers:
            await self.owned.pop(number).close()
        fresh = sorted(numbers - set(self.owned))
        self._at_hand.shards = len(numbers)
        begin = time.monotonic()
        try:
            await asyncio.gather(*(self._open(number) for number in fresh))
        finally:
            await self._fillers.close()
        metrics.SHARDS.set(len(self.owned))
        metrics.RECOVERY.set(time.monotonic() - begin)

    async def close(self) -> None:
        """Let all shards go."""
        await self.settle()
        await self.assign(set())

    async def take_in(self, fetched: Fetched, is_current: Callable[[Fetched], bool]) -> None:
        """Work on a batch as soon as there is room for it, as long as it is current; between its parts it is the
        others' turn: timers, questions, transactions."""
        shard = self.owned.get(fetched.partition)
        if shard is not None:
            left: Fetched | None = fetched
            while left is not None:
                await self._ahead.room()
                if not is_current(left):
                    return
                left = shard.take_in(left, _AT_ONCE)
                self._has_worked = True
                await asyncio.sleep(0)

    def shard_of(self, key: str) -> Shard:
        """The shard that has the customer; raises ``KeyError`` when another worker owns it."""
        return self.owned[shard_of(key, self._settings.partitions)]

    def advance(self, now: Instant, is_read: Callable[[TP, int], bool]) -> None:
        """Fire what is due, in the shards that have nothing left to read: elsewhere the events move time. Of much that
        is due in a shard most is left to ``go_on``.

        ``is_read`` says of an input partition whether nothing beyond a position is on its way. A shard whose time came
        up to ``now`` just before is left alone, so this may be called after every batch.
        """
        for number, shard in self.owned.items():
            has_read = all(is_read(tp, shard.taken.get(tp.topic, 0)) for tp in self._inputs(number))
            if has_read and now - shard.advanced >= _STEP:
                shard.advance(now)

    async def take_over(self, engines: Engines, is_working: Callable[[], bool]) -> None:
        """Let every shard, also those to come, go by another pack from its next batch on. After each it is others'
        turn: it looks through all its rows. Should a rebalance begin meanwhile, the others wait until it is over."""
        self._engines = engines
        for number, shard in list(self.owned.items()):
            while self.owned.get(number) is shard and not is_working():
                await asyncio.sleep(_REST_SECONDS)
            if self.owned.get(number) is shard:
                shard.take_over(engines)
                await asyncio.sleep(_REST_SECONDS)

    async def go_on(self, is_working: Callable[[], bool]) -> bool:
        """Let each shard do some of what events don't wait for: prepare rows for its pack, fire timers that are due for
        many at once, tell customers of news. False when none had any left. After a piece it is others' turn, for as
        long as it took where there are events; should a rebalance begin meanwhile, nothing is added to what is being
        made durable."""
        found = False
        for shard in list(self.owned.values()):
            await self._ahead.room()
            begin = time.monotonic()
            if is_working() and self.owned.get(shard.number) is shard and shard.prepare() | shard.go_on():
                found = True
                await asyncio.sleep(time.monotonic() - begin if self._has_worked else _REST_SECONDS)
                self._has_worked = False
        return found

    def clock(self) -> Instant:
        """To where the slowest of these shards has come; the beginning of time when there are none."""
        return min((shard.engine.clock for shard in self.owned.values()), default=0)

    def tell(self, now: Instant) -> None:
        """Export how far the shards are behind ``now``, the timers that are waiting for it, and the desks' slots."""
        engines = [shard.engine for shard in self.owned.values()]
        metrics.EVENT_TIME_LAG.set(max((now - engine.clock for engine in engines), default=0) / 1000)
        metrics.TIMER_OVERDUE.set(max((max(0, now - engine.next_due()) for engine in engines), default=0) / 1000)
        metrics.tell_slots({desk: count for engine in engines for desk, count in engine.free_slots(now).items()})

    def controls(self, now: Instant) -> Sequence[Control]:
        """What people steer with, as far as it counts now; every shard is told all of it."""
        return next((shard.engine.controls(now) for shard in self.owned.values()), ())

    def sums(self, now: Instant) -> Mapping[str, Any]:
        """What the operations page is told of this worker."""
        engines = [shard.engine for shard in self.owned.values()]
        return {
            "shards": sorted(self.owned),
            "pack": dict(self._engines.pack),
            "timers": sum(engine.timers_due for engine in engines),
            "fired": sum(engine.timers_fired for engine in engines),
            "late": sum(engine.late for engine in engines),
            "news": latest_news(next((shard.kept_news() for shard in self.owned.values()), ())),
            "overdue": sum(engine.next_due() < now - _PATIENCE for engine in engines),
            "overrules": msgspec.to_builtins(added(one for engine in engines for one in engine.overrules())),
            "lag_seconds": max((max(0, now - engine.clock) for engine in engines), default=0) / 1000,
        }

    def rows(self) -> Iterator[bytes]:
        """The rows of all customers here, as they are in the durable state; may be read in any thread."""
        for shard in list(self.owned.values()):
            yield from shard.kept_rows()

    def settled(self) -> Mapping[TP, int]:
        """For each input partition the offset of the first event that isn't in the durable state yet."""
        return {
            tp: shard.positions.get(tp.topic, 0) for shard in self.owned.values() for tp in self._inputs(shard.number)
        }

    async def settle(self) -> None:
        """Wait until everything taken in is in the durable state."""
        await asyncio.gather(*(shard.settle() for shard in self.owned.values()))

    def _inputs(self, number: int) -> tuple[TP, TP]:
        return TP(self._topics.events, number), TP(self._topics.customers, number)

    async def _open(self, number: int) -> None:
        """Own a shard from the moment at which its engine is made: if the pack changes while others are still read, it
        takes that over like all the rest."""
        settings = self._settings
        ledger = Ledger(settings, number, self._transactions)
        await ledger.open()
        store = open_copy(settings, number, self._origin)
        changelog = TopicPartition(self._topics.changelog, number)
        fill = partial(self._fillers.fill, number) if self._fillers.are_of_use else None
        read = await recover(settings, changelog, store, wall_now(), fill)
        metrics.RECOVERED.inc(read)
        _log.info("shard opened", shard=number, recovered=read, positions=store.positions(self._topics.ids))
        router = Router(settings.partitions, number, stamped=settings.clock == "wall")
        together = self._turns.wait, self._ahead, self._at_hand
        self.owned[number] = Shard(router, self._topics, store, ledger, self._engines, self._fail, *together)
