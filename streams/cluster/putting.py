"""Putting single records on Kafka: none counts as kept before Kafka has said so."""

from typing import Any

from kafka import KafkaProducer

from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import LARGEST_RECORD


class Puts:
    """Sends records, and hears what became of them at ``settle``."""

    def __init__(self, settings: ClusterSettings) -> None:
        """Raises ``KafkaError`` when Kafka can't be reached."""
        self._producer = KafkaProducer(**settings.connection(), acks="all", max_request_size=LARGEST_RECORD)
        self._sent: list[Any] = []

    def put(self, topic: str, value: bytes | None, **place: Any) -> None:
        """Send one; ``place`` is its ``key``, ``partition`` and ``headers``, as far as it has them."""
        self._sent.append(self._producer.send(topic, value, **place))

    def settle(self) -> None:
        """Wait until Kafka has all of them; raises ``KafkaError`` when it refused one."""
        self._producer.flush()
        sent, self._sent = self._sent, []
        for one in sent:
            one.get()

    def close(self) -> None:
        """Let go of the connection."""
        self._producer.close()
