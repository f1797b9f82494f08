"""Reading partitions up to where they end now."""

from collections.abc import Iterator, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.record import memory_records

from streams.cluster.odd_headers import ReadableBatch

memory_records.DefaultRecordBatch = ReadableBatch  # also for this process's other consumers

_MILLISECONDS = 500


def until_end(consumer: KafkaConsumer, begin: Mapping[TopicPartition, int]) -> Iterator[list[Any]]:
    """The records of these partitions, from these offsets on (or where what is left begins), a few of one partition at
    a time; raises ``KafkaError``."""
    parts = list(begin)
    consumer.assign(parts)
    ends = consumer.end_offsets(parts)
    for tp, first in consumer.beginning_offsets(parts).items():
        consumer.seek(tp, max(first, begin[tp]))
    while any(consumer.position(tp) < ends[tp] for tp in parts):
        yield from (records for records in consumer.poll(timeout_ms=_MILLISECONDS).values() if records)
