"""Making a shard's work durable: one transaction after the other, each with all that was made while the one before ran.

So a transaction never waits for more than one other, and the busier Kafka is, the fewer transactions it is asked for.
What somebody waits for is written at once; rows alone, as most events leave them, are in no hurry and wait for company.
So does all that a shard makes while it works off a backlog: a row that many events change is written once then.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from streams.cluster import metrics
from streams.cluster.ledger import Ledger
from streams.cluster.records import Outcome
from streams.cluster.store import Store
from streams.cluster.topics import Topics
from streams.wall import wall_now

_ENOUGH = 40_000
"""When so many records of all shards wait for company, those of the shard with the most don't any longer."""

_AHEAD = 50_000
"""Records of all shards: another batch is worked on while fewer than these are in work that isn't durable yet."""

_PATIENCE_SECONDS = 0.25
"""For so long does what nobody waits for wait for company."""

_BACKLOG_SECONDS = 3.0
"""And so long what comes out of a backlog."""

_MARKERS_SECONDS = 0.003
"""After a transaction Kafka still has to mark its end in every partition; one that begins before that is told to come
back 20 ms later."""


class Turns:
    """Gives turns, first come, first served: ``seconds`` apart at least."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    async def wait(self) -> None:
        """Wait for a turn."""
        now = asyncio.get_running_loop().time()
        begin = max(now, self._next)
        self._next = begin + self._seconds
        if begin > now:
            await asyncio.sleep(begin - now)


class Ahead:
    """How far the shards of a worker are ahead of what is durable, together: more shards take no more memory for it."""

    def __init__(self) -> None:
        self._under_way = Counter[Writer]()  # records
        self._progress = asyncio.Event()

    async def room(self) -> None:
        """Wait until more may be worked on, of any shard."""
        while self._under_way.total() >= _AHEAD:
            self._progress.clear()
            await self._progress.wait()

    def begin(self, writer: "Writer", records: int) -> None:
        """So many more records are the writer's to make durable; may tell a writer to hurry, so that room is made."""
        self._under_way[writer] += records
        if sum(one.waiting for one in self._under_way) >= _ENOUGH:
            max(self._under_way, key=lambda one: one.waiting).hurry()

    def end(self, writer: "Writer", records: int) -> None:
        """So many are durable."""
        self._under_way[writer] -= records
        self._progress.set()

    def leave(self, writer: "Writer") -> None:
        """The writer has nothing under way, or gave up."""
        del self._under_way[writer]
        self._progress.set()


class Writer:
    """Writes outcomes to the ledger and then to the local copy, in the order in which they come.

    ``complete`` adds the changed rows to an outcome as its transaction begins, ``written`` hears of each transaction's
    outcome. ``fail`` gets the error when it can't be made durable: nothing may go on after that. Each transaction waits
    for its ``turn``. ``ahead`` is told what is under way.
    """

    def __init__(
        self,
        shard: int,
        topics: Topics,
        ledger: Ledger,
        store: Store,
        complete: Callable[[Outcome], None],
        written: Callable[[Outcome], None],
        fail: Callable[[BaseException], None],
        turn: Callable[[], Awaitable[None]],
        ahead: Ahead,
    ) -> None:
        self._shard = shard
        self._topics = topics
        self._ledger = ledger
        self._store = store
        self._complete = complete
        self._written = written
        self._fail = fail
        self._turn = turn
        self._ahead = ahead
        self._next: Outcome | None = None
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many records wait for the next transaction."""
        return 0 if self._next is None else self._next.records

    def add(self, outcome: Outcome) -> None:
        """Write this soon."""
        if self._next is None:
            self._next = outcome
        else:
            self._next.join(outcome)
        self._ahead.begin(self, outcome.records)
        if self._next.is_awaited and not self._next.is_backlog:
            self.hurry()
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_all())
            self._writing.add_done_callback(self._ended)

    def hurry(self) -> None:
        """What waits for company is to be written at once."""
        self._hurry.set()

    async def settle(self) -> None:
        """Wait until all of it is durable."""
        if self._writing is not None:
            self.hurry()
            await self._writing

    async def _write_all(self) -> None:
        try:
            while self._next is not None:
                await self._write(self._next)
            self._writing = None
        finally:
            self._ahead.leave(self)

    async def _write(self, outcome: Outcome) -> None:
        """One transaction, with all that joins the outcome before it begins."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_BACKLOG_SECONDS if outcome.is_backlog else _PATIENCE_SECONDS):
                await self._hurry.wait()
        await self._turn()
        self._next = None
        self._hurry.clear()
        self._complete(outcome)
        with metrics.TRANSACTION.time():
            ends = await self._ledger.write(outcome.writes(self._topics, self._shard))
        end = ends.get(self._topics.changelog, self._store.offset)
        self._store.write(outcome.changelog(self._topics), end, wall_now())
        self._written(outcome)
        metrics.count_outcome(outcome)
        self._ahead.end(self, outcome.records)
        await asyncio.sleep(_MARKERS_SECONDS)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)
