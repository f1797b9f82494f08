"""Bringing a shard's local copy up to date with the changelog, in batches."""

from aiokafka import AIOKafkaConsumer, TopicPartition

from signals.calendar.instant import Instant
from streams.cluster.settings import ClusterSettings
from streams.cluster.store import Store

_FETCH_BYTES = 4 << 20


async def recover(settings: ClusterSettings, changelog: TopicPartition, store: Store, now: Instant) -> int:
    """Write what the changelog has beyond ``store`` into it; returns how many records that were.

    Call it after the shard's ledger is open: then nobody else can add to the changelog. Raises ``KafkaError``.
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
        consumer.seek(changelog, max(begin, store.offset))
        with store.filling():
            return await _read(consumer, changelog, end, store, now)
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, changelog: TopicPartition, end: int, store: Store, now: Instant) -> int:
    count = 0
    while (position := await consumer.position(changelog)) < end:
        found = await consumer.getmany(changelog, timeout_ms=1_000)
        records = found.get(changelog, [])
        if records or await consumer.position(changelog) > position:
            rows = [(record.key, record.value) for record in records]
            store.write(rows, await consumer.position(changelog), now)
            count += len(rows)
    return count
