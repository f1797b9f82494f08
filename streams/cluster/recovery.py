"""Bringing a shard's local copy up to date with the changelog, in batches."""

from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

from signals.calendar.instant import Instant
from streams.cluster.settings import ClusterSettings
from streams.cluster.store import Store
from streams.wall import wall_now

_FETCH_BYTES = 4 << 20
_MUCH = 50_000
"""Records that are worth another process, which takes half a second to begin."""

Fill = Callable[[], Awaitable[None]]


def open_copy(settings: ClusterSettings, shard: int, origin: str) -> Store:
    """The local copy of a shard; ``origin`` is the id of the changelog topic."""
    folder = settings.data / settings.application / f"shard-{shard}"
    return Store(folder, origin, wall_now(), settings.copies_bytes // settings.partitions)


async def recover(
    settings: ClusterSettings, changelog: TopicPartition, store: Store, now: Instant, fill: Fill | None = None
) -> int:
    """Write what the changelog has beyond ``store`` into it; returns how far that was, in records.

    Where that is much, ``fill`` does it first while the copy is lent out, as far as it comes. Call it after the shard's
    ledger is open: then nobody else can add to the changelog. Raises ``KafkaError``.
    """
    consumer = AIOKafkaConsumer(
        **settings.connection(),
        group_id=None,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    await consumer.start()
    try:
        consumer.assign([changelog])
        begin = (await consumer.beginning_offsets([changelog]))[changelog]
        end = (await consumer.end_offsets([changelog]))[changelog]
        if store.offset > end:
            store.wipe()
        first: int = max(begin, store.offset)
        consumer.seek(changelog, first)
        if fill is not None and end - first > _MUCH:
            with store.lent(now):
                await fill()
            consumer.seek(changelog, max(first, store.offset))
        with store.filling():
            await _read(consumer, changelog, end, store, now)
        return max(first, store.offset) - first
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, changelog: TopicPartition, end: int, store: Store, now: Instant) -> None:
    while (position := await consumer.position(changelog)) < end:
        found = await consumer.getmany(changelog, timeout_ms=1_000)
        records = found.get(changelog, [])
        if records or await consumer.position(changelog) > position:
            rows = ((record.key, record.value) for record in records)
            store.write(rows, await consumer.position(changelog), now)
