"""Follows what changes in the queue and brings it to the sinks, for ever."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from aiohttp import ClientError

from signals.calendar.instant import Instant
from streams.queue import Queue
from streams.queue.retention import Retention
from streams.sinks.delivery import Delivery, Fate, Sink, Verdict
from streams.sinks.guard import Forbidden
from streams.sinks.outbox import DELIVERED_KEPT_DAYS, Outbox
from streams.sinks.schedule import next_attempt
from streams.wall import wall_now

_LIVE = frozenset({"released", "done"})
_log = structlog.get_logger("signals.sinks")


class Courier:
    """One per outbox. A sink that is away holds up nobody else, and a recommendation only its own later changes."""

    def __init__(
        self,
        queue: Queue,
        outbox: Outbox,
        sinks: Sequence[Sink],
        now: Callable[[], Instant] = wall_now,
        kept_days: int = DELIVERED_KEPT_DAYS,
    ) -> None:
        """``kept_days``: how long what was delivered of a recommendation is kept after it expired."""
        self._retention = Retention(outbox, kept_days)
        self._queue = queue
        self._outbox = outbox
        self._sinks = {sink.name: sink for sink in sinks}
        self._now = now
        self._forgotten = 0
        self._last_mark = ""

    async def run(self, every: float = 0.5) -> None:
        """Follow and deliver until cancelled, each sink by itself, looking ``every`` so many seconds."""

        async def follow() -> int:
            return self.follow()

        acts: list[Callable[[], Awaitable[int]]] = [follow, *(partial(self._deliver_to, name) for name in self._sinks)]
        await asyncio.gather(*(_repeat(act, every) for act in acts))

    def follow(self) -> int:
        """Put what changed since the last look into the outbox; returns how many changes there were."""
        self._forget()
        self._retention.keep_to(self._now())
        place = self._outbox.place()
        changes = self._queue.changes(place, 500)
        if changes:
            records = [change.item.recommendation for change in changes if self._concerns(change.item.recommendation)]
            self._outbox.add(list(self._sinks), records, changes[-1].sequence)
        return len(changes)

    def _forget(self) -> None:
        """Follow who was erased, from the beginning after every start, and when what was followed is not there any more
        (Redis was emptied, or restored): to forget somebody twice does no harm."""
        if self._forgotten and self._queue.erased(self._forgotten - 1)[:1] != [self._last_mark]:
            self._forgotten = 0
        while marks := self._queue.erased(self._forgotten):
            for mark in marks:
                self._outbox.erase(mark)
            self._forgotten, self._last_mark = self._forgotten + len(marks), marks[-1]

    def _concerns(self, record: Mapping[str, Any]) -> bool:
        """Released ones, and all that later becomes of them; what was never released is nobody's business."""
        return record["status"] in _LIVE or self._outbox.sent(list(self._sinks), record["id"])

    async def deliver(self) -> int:
        """Attempt all that is due, for all sinks at once; returns how many attempts were made."""
        return sum(await asyncio.gather(*map(self._deliver_to, self._sinks)))

    async def _deliver_to(self, sink: str) -> int:
        due = self._outbox.due(sink, self._now())
        # All of them end before anybody looks again, also when one fails: what is under way would be due once more.
        for failure in await asyncio.gather(*map(self._attempt, due), return_exceptions=True):
            if failure is not None:
                raise failure
        return len(due)

    async def _attempt(self, delivery: Delivery) -> None:
        if not delivery.erases and self._queue.get(delivery.record["id"]) is None:  # erased meanwhile, or purged
            self._forget()
            self._outbox.drop(delivery)
            return
        try:
            verdict = await self._sinks[delivery.sink].deliver(delivery)
        except (ClientError, OSError, TimeoutError) as error:
            forbidden = isinstance(inner := getattr(error, "os_error", None), Forbidden)
            verdict = Verdict(Fate.LATER, f"not reached: {inner if forbidden else type(error).__name__}")
        except Exception as error:
            _log.exception("a sink failed", sink=delivery.sink)
            verdict = Verdict(Fate.NEVER, f"could not be made: {type(error).__name__}")
        self._settle(delivery, verdict)

    def _settle(self, delivery: Delivery, verdict: Verdict) -> None:
        now = self._now()
        match verdict.fate:
            case Fate.DELIVERED:
                self._outbox.delivered(delivery)
            case Fate.LATER:
                again = next_attempt(delivery.attempts + 1, now, verdict.wait)
                self._outbox.failed(delivery, verdict.why, again)
            case Fate.NEVER:
                self._outbox.failed(delivery, verdict.why, None)
            case Fate.GONE:
                self._outbox.failed(delivery, verdict.why, now)
                self._outbox.disable(delivery.sink, verdict.why)
        if verdict.fate is not Fate.DELIVERED:
            _log.warning("not delivered", sink=delivery.sink, message=delivery.message, why=verdict.why)


async def _repeat(act: Callable[[], Awaitable[int]], every: float) -> None:
    """Do it again and again, at once as long as there was something to do; a failure that lasts is logged once."""
    sees = True
    while True:
        try:
            busy, sees = await act(), True
        except Exception as error:  # the queue may be away for a while: look again
            if sees:
                _log.warning("cannot look for changes", error=type(error).__name__)
            busy, sees = 0, False
        if not busy:
            await asyncio.sleep(every)
