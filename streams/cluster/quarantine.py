"""Looking at what was quarantined, and sending it in again once the cause is gone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import msgspec
import structlog
from kafka import KafkaConsumer, TopicPartition

from signals.calendar.instant import parse_instant
from streams.cluster.putting import Puts
from streams.cluster.reading import until_end
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import Topics
from streams.sources.again import Again
from streams.sources.quarantine import names_one, raw_of, text_of

_log = structlog.get_logger(__name__)

Record = dict[str, Any]


class _Apart(msgspec.Struct):
    """What every quarantined record says, as far as it is read here."""

    reason: str
    detail: str
    raw: str
    received: str
    route: str | None = None
    headers: list[tuple[str, str]] = []


def quarantined(settings: ClusterSettings) -> Iterator[Record]:
    """Every record in quarantine, partition by partition; raises ``KafkaError``."""
    gone = _gone(settings)
    with closing(_consumer(settings)) as consumer:
        for records in until_end(consumer, dict.fromkeys(_parts(settings), 0)):
            yield from (entry for _, entry in _standing(records, gone))


def forget_quarantined(settings: ClusterSettings, names: Sequence[str]) -> int:
    """Put a tombstone on every record in which one of these subjects stands: it is shown no more, and gone after the
    topic's next compaction; returns how many. Raises ``KafkaError``."""
    count, gone = 0, _gone(settings)
    with closing(_consumer(settings)) as consumer, closing(Puts(settings)) as puts:
        for records in until_end(consumer, dict.fromkeys(_parts(settings), 0)):
            for record in records:
                if _stands(record, gone) and names_one(_text(record), names):
                    _bury(record, puts)
                    count += 1
        puts.settle()
    return count


def redrive(settings: ClusterSettings, again: Again) -> int:
    """Send in ``again`` what is in quarantine; returns how many records.

    What was sent in leaves quarantine; what is still no good comes back to it, or stays. A crash in between loses
    nothing: it may be sent in twice then, and counts once. Raises ``KafkaError``.
    """
    topics = Topics.of(settings)
    count, gone = 0, _gone(settings)
    with closing(_consumer(settings)) as consumer, closing(Puts(settings)) as puts:
        for records in until_end(consumer, dict.fromkeys(_parts(settings), 0)):
            sent = []
            for record, entry in _standing(records, gone):
                events = again.events(entry)
                if events is None:
                    continue
                headers = [(name, value.encode()) for name, value in entry.get("headers", [])]
                for event in events:
                    puts.put(topics.events, event, headers=headers)
                sent.append(record)
            puts.settle()
            for record in sent:
                _bury(record, puts)
            puts.settle()
            count += len(sent)
    return count


Gone = Mapping[tuple[int, bytes], int]
"""By partition and key of a record that is in quarantine no more: where its tombstone lies."""


def _gone(settings: ClusterSettings) -> Gone:
    with closing(_consumer(settings)) as consumer:
        found = until_end(consumer, dict.fromkeys(_parts(settings), 0))
        return {
            (record.partition, record.key): record.offset
            for records in found
            for record in records
            if record.value is None
        }


def _stands(record: Any, gone: Gone) -> bool:
    """Whether it is a quarantined record that has no tombstone yet, as far as they were read."""
    return record.value is not None and record.offset > gone.get((record.partition, record.key), -1)


def _standing(records: Iterable[Any], gone: Gone) -> Iterator[tuple[Any, Record]]:
    """Those of the records that stand and are of ours, each with what it says."""
    for record in records:
        if _stands(record, gone) and (entry := _entry(record)) is not None:
            yield record, entry


def _entry(record: Any) -> Record | None:
    """What a quarantined record says; ``None`` for what somebody else wrote there: it is passed over."""
    try:
        entry: Record = msgspec.json.decode(record.value)
        msgspec.convert(entry, _Apart)
        raw_of(entry)
        parse_instant(entry["received"])
    except ValueError:
        _log.warning("no record of ours: passed over", topic=record.topic, offset=record.offset)
        return None
    return entry


def _text(record: Any) -> str:
    """What came in as text, for looking through, whoever wrote it."""
    entry = _entry(record)
    return record.value.decode(errors="replace") if entry is None else text_of(entry)


def _bury(record: Any, puts: Puts) -> None:
    puts.put(record.topic, None, key=record.key, partition=record.partition)


def _parts(settings: ClusterSettings) -> list[TopicPartition]:
    return [TopicPartition(Topics.of(settings).quarantine, shard) for shard in range(settings.partitions)]


def _consumer(settings: ClusterSettings) -> KafkaConsumer:
    return KafkaConsumer(
        **settings.connection(), group_id=None, isolation_level="read_committed", enable_auto_commit=False
    )
