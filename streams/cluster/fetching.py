"""Faust's consumer, but the unit of work is a fetched batch of one partition instead of one record.

Getting one message through consumer, conductor, stream and acknowledgement costs Faust some 70 µs; done per batch that
cost disappears. Faust's bookkeeping of offsets doesn't survive batches (it double-counts the jumps and then silently
stops committing), and around a rebalance it lets records through that were fetched before the seek. Here neither can
happen: positions come from our own state (:class:`Positions`), and every fetch carries the *epoch* in which it was
made; a rebalance or a seek begins a new epoch, and what is left of an older one is dropped.

aiokafka is spared the object that it makes of every record: :class:`Records` leaves the one of its C extension. It asks
a broker again as soon as it was rid of the answer before: :class:`Paced` lets some records come together first.

Everything that touches the inside of faust-streaming and of aiokafka's consumer is in this file and, for its parser, in
``odd_headers.py``; ``tests/cluster/test_upstream.py`` notices when an upgrade changes what they rely on.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

import faust
import msgspec
import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import consumer as consuming
from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaConnectionError
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.transport.drivers.aiokafka import Producer as FaustProducer
from faust.transport.drivers.aiokafka import Transport as FaustTransport
from faust.types import TP
from faust.types.tuples import ConsumerMessage
from msgspec.structs import replace

from streams.cluster.odd_headers import KeptRecords, ReadableRecords

_log = structlog.get_logger(__name__)

_NO_EPOCH = -1
_AGAIN_SECONDS = 1.0

_LONGEST_FETCH = 100
"""Milliseconds that a fetch may wait for records. One is under way per broker: what comes in for partitions whose
records were just fetched waits for its answer, and partitions of forwarded events are empty most of the time."""

_BETWEEN_SECONDS = 0.005
"""Between taking what was fetched and the next fetch. Asked at once, a broker would answer with the one record that has
come since, and what comes after that would wait until the worker has taken it."""


class Incoming(Protocol):
    """One record as it was fetched."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class Records(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka has no types
    """Gives the records as they come out of the C extension; also to this process's other consumers."""

    _records: Any
    _aborted_transactions: list[tuple[int, int]]
    _aborted_producers: set[int]

    def __iter__(self) -> Iterator[Incoming]:
        unpacked: Iterator[Incoming] = self._records_iterator
        return unpacked

    def _unpack_records(self) -> Iterator[Incoming]:
        aborted = list(self._aborted_transactions)
        try:
            yield from super()._unpack_records()
        except UnicodeDecodeError:
            # From the beginning, with what was known then; what was given before is left out by its offset.
            self._records = ReadableRecords(self._records.fetched)
            self._aborted_transactions, self._aborted_producers = aborted, set()
            yield from super()._unpack_records()

    def _consumer_record(self, tp: TP, record: Incoming) -> Incoming:
        return record


fetcher.PartitionRecords = Records
fetcher.MemoryRecords = KeptRecords


class Paced(fetcher.Fetcher):  # type: ignore[misc]  # aiokafka has no types
    """Rests before each fetch; also for this process's other consumers."""

    async def _proc_fetch_request(self, *request: Any) -> bool:
        try:
            await asyncio.sleep(_BETWEEN_SECONDS)
        except asyncio.CancelledError:
            return False  # who cancels it waits for it
        has_new: bool = await super()._proc_fetch_request(*request)
        return has_new


consuming.Fetcher = Paced


class Fetched(msgspec.Struct, frozen=True):
    """The records that one fetch brought of one partition; ``position`` is where the next fetch begins, ``unread`` how
    many records there are beyond, as far as the broker told."""

    topic: str
    partition: int
    records: list[Incoming]
    position: int
    unread: int
    epoch: int

    def first(self, count: int) -> "Fetched":
        """So many of the records, as if the fetch had brought no more."""
        records, left = self.records[:count], self.records[count:]
        if not left:
            return self
        return replace(self, records=records, position=left[0].offset, unread=self.unread + len(left))

    def after(self, count: int) -> "Fetched | None":
        """The records after so many; ``None`` when these are all."""
        left = self.records[count:]
        return replace(self, records=left) if left else None


class Positions(Protocol):
    """Who knows how far the events are in the state."""

    def settled(self) -> Mapping[TP, int]:
        """For each partition of ours the offset of the first event that isn't in the durable state yet."""

    async def settle(self) -> None:
        """Wait until everything taken in is in the durable state."""


class WholeBatches(faust.Schema[Any, Any]):
    """Hands a batch through as it is: its records are decoded together, later."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        return message.value


class FetchThread(AIOKafkaConsumerThread):
    """The thread that talks to the brokers. Epochs are counted here, where a fetch and a seek can't overtake."""

    epoch = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._brought: dict[TP, int] = {}

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust reads only committed records in its own exactly-once mode alone, which we don't use.
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = _LONGEST_FETCH
        _let_wait(consumer._client)
        return consumer

    def on_partitions_revoked(self, revoked: set[TP]) -> Any:
        self.epoch += 1
        return super().on_partitions_revoked(revoked)

    async def _fetch_records(
        self, consumer: Any, active_partitions: set[TP], timeout: float | None = None, max_records: int | None = None
    ) -> Any:
        found = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        return [self._fetched(TP(*tp), records) for tp, records in found.items() if records]

    def _fetched(self, tp: TP, records: list[Incoming]) -> Fetched:
        state = self._state(tp)
        position = records[-1].offset + 1 if state is None else state.position
        self._brought[tp] = position
        return Fetched(tp.topic, tp.partition, records, position, self.unread(tp) or 0, self.epoch)

    async def seek_all(self, positions: Mapping[TP, int]) -> int:
        """Let the next fetches begin at ``positions``; returns the epoch that begins with it."""
        epoch: int = await self.call_thread(self._seek_all, positions)
        return epoch

    async def _seek_all(self, positions: Mapping[TP, int]) -> int:
        for tp, offset in positions.items():
            self._ensure_consumer().seek(tp, offset)
        self._brought = dict(positions)
        self.epoch += 1
        return self.epoch

    def unread(self, tp: TP) -> int | None:
        """Offsets between the next fetch and the newest committed record; ``None`` when that isn't known yet."""
        state = self._state(tp)
        if state is None or state.lso is None or not state.has_valid_position:
            return None
        unread: int = state.lso - state.position
        return max(0, unread)

    def next_offset(self, tp: TP) -> int:
        """Where the next fetch begins; known when ``unread`` is."""
        offset: int = self._state(tp).position
        return offset

    def is_read(self, tp: TP, settled: int) -> bool:
        """Whether nothing is left to read, and nothing that was read lies beyond ``settled``."""
        return self.unread(tp) == 0 and self._brought.get(tp, 0) <= settled

    def _state(self, tp: TP) -> Any:
        subscription = self._ensure_consumer()._subscription.subscription
        assignment = subscription and subscription.assignment
        return assignment.state_value(tp) if assignment else None


class BatchConsumer(FaustConsumer):
    """Delivers whole batches, and takes its positions from the transport's ``positions``."""

    epoch = _NO_EPOCH

    @property
    def positions(self) -> Positions:
        """Who knows where to start."""
        return cast(BatchTransport, self.transport).positions

    @property
    def paused(self) -> bool:
        """Whether nothing may be worked on now: a rebalance or a stop is under way."""
        return self.epoch != self.thread.epoch

    def is_current(self, fetched: Fetched) -> bool:
        """Whether a batch may still be worked on."""
        return fetched.epoch == self.epoch

    def _new_consumer_thread(self) -> FetchThread:
        return FetchThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def thread(self) -> FetchThread:
        """The thread that fetches."""
        return cast(FetchThread, self._thread)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        fetches, _ = await self._wait_next_records(timeout)
        for fetched in cast(list[Fetched], fetches or []):
            tp = TP(fetched.topic, fetched.partition)
            self._read_offset[tp] = None  # otherwise a stale offset makes the caller drop what was fetched anew
            yield tp, self._message(tp, fetched)

    def _message(self, tp: TP, fetched: Fetched) -> ConsumerMessage:
        last = fetched.records[-1]
        when = (last.timestamp or 0) / 1000
        generation = self.app.consumer_generation_id
        size = len(fetched.records)
        make = cast(Any, ConsumerMessage)  # its types don't know of whole batches
        message = make(*tp, last.offset, when, 0, (), None, fetched, None, 0, size, tp, generation_id=generation)
        return cast(ConsumerMessage, message)

    async def perform_seek(self) -> None:
        self.epoch = await self.thread.seek_all(self.positions.settled())

    async def wait_empty(self) -> None:
        self.epoch = _NO_EPOCH
        await self.positions.settle()
        await self.commit_and_end_transactions()

    def on_buffer_full(self, tp: TP) -> None:
        """Nothing: the agent's queue is a few batches long and fetching waits for it."""

    def on_buffer_drop(self, tp: TP) -> None:
        """Nothing, see ``on_buffer_full``."""

    # What follows commits offsets to the consumer group. Nobody starts from these: they are for tools that show lag.

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return iter([tp for tp in self.positions.settled() if topics is None or tp in topics or tp.topic in topics])

    def _new_offset(self, tp: TP) -> int | None:
        settled = self.positions.settled().get(tp)
        if settled is not None and self.thread.is_read(tp, settled):
            return self.thread.next_offset(tp)  # past the markers that end transactions
        return settled


class WaitingProducer(FaustProducer):
    """Faust starts one for every app; nothing of ours is sent with it."""

    def _new_producer(self, transactional_id: str | None = None) -> Any:
        producer = super()._new_producer(transactional_id)
        _let_wait(producer.client)
        return producer


def _let_wait(client: Any) -> None:
    """Let a client wait for Kafka when it begins, too; at work it does so by itself."""
    begin = client.bootstrap

    async def wait() -> None:
        is_told = False
        while True:
            try:
                await begin()
                return
            except KafkaConnectionError:
                if not is_told:
                    _log.warning("Kafka went away while the worker starts; waiting for it")
                is_told = True
                await asyncio.sleep(_AGAIN_SECONDS)

    client.bootstrap = wait


class BatchTransport(FaustTransport):
    """The transport of an app that works in batches."""

    Consumer = BatchConsumer
    Producer = WaitingProducer
    positions: Positions
