"""Looking at what was quarantined, and sending it in again once the cause is gone."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import msgspec
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition

from streams.cluster.putting import Puts
from streams.cluster.reading import until_end
from streams.cluster.records import TIMER_FAILED
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import Topics
from streams.sources.quarantine import names_one, raw_of, text_of

Record = dict[str, Any]


def quarantined(settings: ClusterSettings) -> Iterator[Record]:
    """Every record in quarantine, partition by partition; raises ``KafkaError``."""
    gone = _forgotten(settings)
    with closing(_consumer(settings, group=None)) as consumer:
        for records in until_end(consumer, dict.fromkeys(_parts(settings), 0)):
            yield from (msgspec.json.decode(record.value) for record in records if _stands(record, gone))


def forget_quarantined(settings: ClusterSettings, names: Sequence[str]) -> int:
    """Put a tombstone on every record in which one of these subjects stands: it is shown no more, and gone after the
    topic's next compaction; returns how many. Raises ``KafkaError``."""
    count, gone = 0, _forgotten(settings)
    with closing(_consumer(settings, group=None)) as consumer, closing(Puts(settings)) as puts:
        for records in until_end(consumer, dict.fromkeys(_parts(settings), 0)):
            for record in records:
                if _stands(record, gone) and names_one(text_of(msgspec.json.decode(record.value)), names):
                    puts.put(record.topic, None, key=record.key, partition=record.partition)
                    count += 1
        puts.settle()
    return count


def _forgotten(settings: ClusterSettings) -> frozenset[bytes]:
    """The keys of records that have a tombstone."""
    with closing(_consumer(settings, group=None)) as consumer:
        found = until_end(consumer, dict.fromkeys(_parts(settings), 0))
        return frozenset(record.key for records in found for record in records if record.value is None)


def _stands(record: Any, gone: frozenset[bytes]) -> bool:
    """Whether it is a quarantined record that nobody forgot; a tombstone may have come since ``gone`` was read."""
    return record.value is not None and record.key not in gone


def redrive(settings: ClusterSettings, reason: str | None = None) -> int:
    """Send in again what was quarantined since the last time (only for one ``reason``, if given); returns how many.

    What is still no good ends in quarantine again. Raises ``KafkaError``.
    """
    topics = Topics.of(settings)
    count, gone = 0, _forgotten(settings)
    with (
        closing(_consumer(settings, group=f"{settings.application}-redrive")) as consumer,
        closing(Puts(settings)) as puts,
    ):
        begin = {tp: consumer.committed(tp) or 0 for tp in _parts(settings)}
        for records in until_end(consumer, begin):
            for record in records:
                if not _stands(record, gone):
                    continue
                entry = msgspec.json.decode(record.value)
                if reason in (None, entry["reason"]) and entry["reason"] != TIMER_FAILED:
                    headers = [(name, value.encode()) for name, value in entry.get("headers", [])]
                    puts.put(topics.events, raw_of(entry), headers=headers)
                    count += 1
            puts.settle()
            place = TopicPartition(records[-1].topic, records[-1].partition)
            consumer.commit({place: OffsetAndMetadata(records[-1].offset + 1, "", -1)})
    return count


def _parts(settings: ClusterSettings) -> list[TopicPartition]:
    return [TopicPartition(Topics.of(settings).quarantine, shard) for shard in range(settings.partitions)]


def _consumer(settings: ClusterSettings, group: str | None) -> KafkaConsumer:
    return KafkaConsumer(
        **settings.connection(), group_id=group, isolation_level="read_committed", enable_auto_commit=False
    )
