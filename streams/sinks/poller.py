"""Outcomes that people enter in a CRM system come back as ``recommendation.outcome``, once each.

Only rows of recommendations that are still open count: what we wrote there ourselves after an outcome was told
elsewhere does not come back as another. The event of an outcome has the same id however often the row is read, so a
crash between telling and remembering tells nothing twice.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog
from aiohttp import ClientError

from streams.api.outcome import PAUSE, Answer, outcome_event
from streams.queue import Queue
from streams.sinks.delivery import Fate
from streams.sinks.outbox import Outbox
from streams.sinks.reading import Reported, Reporting
from streams.wall import wall_now

_log = structlog.get_logger("signals.sinks")

Put = Callable[[Sequence[bytes]], object]
"""Puts structured CloudEvents into the stream; returns once they are kept."""

_LONGEST_WAIT = 3600.0


class Poller:
    """Reads one CRM system every so many seconds; ``outcomes`` gives our word for each of its states that counts."""

    def __init__(
        self, sink: Reporting, outcomes: Mapping[str, str], queue: Queue, outbox: Outbox, put: Put, every: float
    ) -> None:
        self._sink = sink
        self._outcomes = outcomes
        self._queue = queue
        self._outbox = outbox
        self._put = put
        self._every = every

    async def run(self) -> None:
        """Read until cancelled; a CRM that is busy is left alone for as long as it asks."""
        while True:
            try:
                wait = await self.look()
            except (ClientError, OSError, TimeoutError) as error:
                _log.warning("could not read outcomes", sink=self._sink.name, error=type(error).__name__)
                wait = None
            except Exception as error:  # the queue or the stream may be away for a while: look again
                _log.exception("could not tell outcomes", sink=self._sink.name, error=type(error).__name__)
                wait = None
            await asyncio.sleep(min(max(wait or 0.0, self._every), _LONGEST_WAIT))

    async def look(self) -> float | None:
        """Read all that changed since the last look, page by page; the seconds that the CRM asks us to wait.

        Each page begins with the newest change of the one before, so what changes meanwhile is not missed. Where that
        brings no newer one, as many rows were changed at one moment, the CRM's own next page does."""
        page = ""
        while True:
            since = self._outbox.read_until(self._sink.name)
            reading = await self._sink.read(since, page)
            if reading.verdict.fate is not Fate.DELIVERED:
                _log.warning("could not read outcomes", sink=self._sink.name, why=reading.verdict.why)
                return reading.verdict.wait
            told = [one for one in reading.reported if one.state in self._outcomes]
            self._outbox.remember_told(self._sink.name, [one.recommendation for one in told])
            await asyncio.to_thread(self._tell_all, told)
            newest = max((one.changed for one in reading.reported), default=since)
            page = reading.next if newest == since else ""
            if newest != since:
                self._outbox.remember_read(self._sink.name, newest)
            elif not page:
                return None

    def _tell_all(self, told: Sequence[Reported]) -> None:
        for one in told:
            self._tell(one, self._outcomes[one.state])

    def _tell(self, one: Reported, outcome: str) -> None:
        item = self._queue.get(one.recommendation)
        if item is None or item.work.closed or item.recommendation["status"] != "released":
            return
        if outcome == item.work.outcome:
            return
        now = wall_now()
        token = f"{self._sink.name}\n{one.changed}"
        self._put([outcome_event(item.recommendation, Answer(outcome, self._sink.name), now, token)])
        again = now + PAUSE if outcome == "not_reached" else None
        self._queue.tell(one.recommendation, outcome, again, now)
