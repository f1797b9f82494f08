"""Reading partitions up to where they end now."""

from collections.abc import Iterator, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.record import memory_records

from streams.cluster.odd_headers import ReadableBatch
from streams.cluster.standstill import Standstill

memory_records.DefaultRecordBatch = ReadableBatch  # also for this process's other consumers

_MILLISECONDS = 500


_PATIENCE_SECONDS = 60.0


def until_end(
    consumer: KafkaConsumer, begin: Mapping[TopicPartition, int], patience: float = _PATIENCE_SECONDS
) -> Iterator[list[Any]]:
    """The records of these partitions, from these offsets on (or where what is left begins), a few of one partition at
    a time.

    Raises ``KafkaError``; also when Kafka gives nothing for ``patience`` seconds of what is still to come.
    """
    parts = list(begin)
    consumer.assign(parts)
    ends = consumer.end_offsets(parts)
    for tp, first in consumer.beginning_offsets(parts).items():
        consumer.seek(tp, max(first, begin[tp]))
    standstill = Standstill(patience)
    while left := {tp: ends[tp] - position for tp in parts if (position := consumer.position(tp)) < ends[tp]}:
        if standstill.is_noticed(sum(left.values())):
            awaited = ", ".join(f"{tp.topic}/{tp.partition} ({count} records)" for tp, count in left.items())
            raise KafkaTimeoutError(f"Kafka gave nothing for {patience:.0f} s, of which is still to come: {awaited}")
        yield from (records for records in consumer.poll(timeout_ms=_MILLISECONDS).values() if records)
