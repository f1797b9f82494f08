"""The last events that came in from outside: what a proposed pack is compared on."""

from typing import Any

from kafka import KafkaConsumer, TopicPartition

from signals.events.decode import Rejected, encode
from streams.cluster.reading import until_end
from streams.cluster.routing import decode
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import Topics


def recent_events(settings: ClusterSettings, most: int) -> list[bytes]:
    """At most so many events, in their order of arrival, each as a structured CloudEvent; raises ``KafkaError``.

    What could not be used is left out. A reference event lies in every partition; who reads takes it once.
    """
    topic, each = Topics.of(settings).events, most // settings.partitions
    parts = [TopicPartition(topic, number) for number in range(settings.partitions)]
    consumer = KafkaConsumer(
        **settings.connection(), group_id=None, isolation_level="read_committed", enable_auto_commit=False
    )
    try:
        begin = {part: end - each for part, end in consumer.end_offsets(parts).items()}
        found: list[tuple[int, int, int, bytes]] = []
        for records in until_end(consumer, begin):
            found += [arrived for record in records if (arrived := _arrived(record, settings)) is not None]
    finally:
        consumer.close()
    return [event for *_, event in sorted(found)]


def _arrived(record: Any, settings: ClusterSettings) -> tuple[int, int, int, bytes] | None:
    event = decode(record, stamped=settings.clock == "wall")
    if isinstance(event, Rejected):
        return None
    return record.timestamp, record.partition, record.offset, encode(event)
