"""How far the workers are: what is in the input topics and not yet in the state."""

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import CoordinatorNotAvailableError

from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import Topics


class Lag:
    """Looks at the offsets that the workers commit for onlookers, about once a second."""

    def __init__(self, settings: ClusterSettings) -> None:
        """Raises ``KafkaError`` when Kafka can't be reached."""
        topics = Topics.of(settings)
        self._group = settings.application
        self._parts = [
            TopicPartition(name, shard)
            for name in (topics.events, topics.customers)
            for shard in range(settings.partitions)
        ]
        self._admin = KafkaAdminClient(**settings.connection())
        self._consumer = KafkaConsumer(**settings.connection(), group_id=None, enable_auto_commit=False)
        self._ends: dict[TopicPartition, int] = {}

    def left(self) -> int:
        """How many records the workers have before them."""
        self._ends = self._consumer.end_offsets(self._parts)
        try:
            committed = self._admin.list_group_offsets({self._group: None}).get(self._group, {})
        except CoordinatorNotAvailableError:  # of a Kafka that no worker ever asked
            committed = {}
        done = {tp: found.offset for tp, found in committed.items()}
        return sum(max(0, end - max(0, done.get(tp, 0))) for tp, end in self._ends.items())

    def is_done(self) -> bool:
        """Whether nothing is left, and nothing came in between two looks: forwarded events have arrived too."""
        if self.left():
            return False
        ends = self._ends
        return self.left() == 0 and self._ends == ends

    def close(self) -> None:
        """Let go of the connections."""
        self._admin.close()
        self._consumer.close()
