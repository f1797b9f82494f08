"""Making a shard's work durable: one transaction after the other, each with all that was made while the one before ran.

So a transaction never waits for more than one other, and the busier Kafka is, the fewer transactions it is asked for.
"""

import asyncio
from collections.abc import Callable

from streams.cluster import metrics
from streams.cluster.ledger import Ledger
from streams.cluster.records import Outcome
from streams.cluster.store import Store
from streams.cluster.topics import Topics
from streams.cluster.wall import wall_now

_AHEAD = 10_000
"""Records: another batch is worked on while fewer than these are in work that isn't durable yet."""


class Writer:
    """Writes outcomes to the ledger and then to the local copy, in the order in which they come.

    ``written`` hears of each transaction's outcome. ``fail`` gets the error when it can't be made durable: nothing may
    go on after that. ``rest`` says how many seconds lie between two transactions.
    """

    def __init__(
        self,
        shard: int,
        topics: Topics,
        ledger: Ledger,
        store: Store,
        written: Callable[[Outcome], None],
        fail: Callable[[BaseException], None],
        rest: Callable[[], float],
    ) -> None:
        self._shard = shard
        self._topics = topics
        self._ledger = ledger
        self._store = store
        self._written = written
        self._fail = fail
        self._rest = rest
        self._next: Outcome | None = None
        self._writing: asyncio.Task[None] | None = None
        self._unwritten = 0
        self._progress = asyncio.Event()

    def add(self, outcome: Outcome) -> None:
        """Write this soon."""
        self._unwritten += outcome.records
        if self._next is None:
            self._next = outcome
        else:
            self._next.join(outcome)
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_all())
            self._writing.add_done_callback(self._ended)

    async def room(self) -> None:
        """Wait until another batch may be worked on."""
        while self._unwritten >= _AHEAD:
            self._progress.clear()
            await self._progress.wait()

    async def settle(self) -> None:
        """Wait until all of it is durable."""
        if self._writing is not None:
            await self._writing

    async def _write_all(self) -> None:
        while self._next is not None:
            outcome, self._next = self._next, None
            with metrics.TRANSACTION.time():
                ends = await self._ledger.write(outcome.writes(self._topics, self._shard))
            self._store.write(outcome.changelog(), ends.get(self._topics.changelog, self._store.offset), wall_now())
            self._unwritten -= outcome.records
            self._written(outcome)
            metrics.count_outcome(outcome)
            self._progress.set()
            await asyncio.sleep(self._rest())
        self._writing = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)
