"""From the topics to the read model: recommendations and decisions of this worker's shards, brought to Redis.

The read model holds nothing of its own: how far a topic has been brought is written beside it, so when Redis was away
the rest follows, and when it comes back empty everything is brought again, what steers the shards too. Revisions make a
repetition harmless.
What expired long ago, in the time of the slowest shard here, is dropped bit by bit, and not brought again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from signals.calendar.instant import Instant
from signals.decision.controls import Control
from streams.cluster import metrics
from streams.cluster.fetching import Incoming
from streams.cluster.owners import Owners
from streams.cluster.privacy import forget
from streams.cluster.records import ERASED, Told, read_told
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import Topics
from streams.queue.redis import RedisQueue
from streams.queue.retention import Retention
from streams.steering.redis import RedisLedger

_log = structlog.get_logger(__name__)

_AT_ONCE = 2_000
_RETRY_SECONDS = 1.0
_WAIT_MILLISECONDS = 300
_BETWEEN_SECONDS = 0.05
"""People don't see it, and what came meanwhile is brought together."""


_STRANGE = "a record that no worker wrote is passed over"
_NONE_OF_OURS = (ValueError, OverflowError)


class Elsewhere(Exception):
    """The read model is not at the place to which it was brought from here."""


class Projection:
    """Runs in a loop of its own, where waiting for Redis holds up nobody. ``assign`` tells it which shards are ours;
    ``topics`` come with their ids."""

    def __init__(self, settings: ClusterSettings, topics: Topics, queue: RedisQueue) -> None:
        self._settings = settings
        self._queue = queue
        self._redis: Any = redis.Redis.from_url(settings.redis_url.get_secret_value())
        self._ledger = RedisLedger(settings.redis_url.get_secret_value(), settings.redis_prefix)
        self._owners = Owners(self._redis, settings)
        self._places = f"{settings.redis_prefix}projected"
        self._topics = topics
        self._wanted: frozenset[int] = frozenset()
        self._assigned: frozenset[int] = frozenset()
        self._brought: dict[TopicPartition, int] = {}
        self._clock: Instant = 0
        self._controls: Sequence[Control] | None = None
        self._knows_controls = False
        self._retention = Retention(queue, settings.retention_days)

    def assign(self, shards: set[int]) -> None:
        """From now on bring what these shards make."""
        self._wanted = frozenset(shards)

    def tell_time(self, clock: Instant) -> None:
        """To where the slowest of these shards has come."""
        self._clock = clock

    def tell_controls(self, controls: Sequence[Control]) -> None:
        """What people steer these shards with now."""
        self._controls = controls

    async def run(self) -> None:
        """Bring for ever; while Redis can't be reached, try again every second."""
        consumer = AIOKafkaConsumer(
            **self._settings.connection(),
            group_id=None,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            while True:
                await self._once(consumer)
        finally:
            await consumer.stop()

    async def _once(self, consumer: AIOKafkaConsumer) -> None:
        try:
            if self._wanted != self._assigned:
                self._assign(consumer)
            if not self._assigned:
                await asyncio.sleep(_WAIT_MILLISECONDS / 1000)
                return
            self._retention.keep_to(self._clock)
            self._bring_controls()
            found = await consumer.getmany(timeout_ms=_WAIT_MILLISECONDS, max_records=_AT_ONCE)
            self._check(list(found or self._brought))
            if found:
                self._bring(found)
                await asyncio.sleep(_BETWEEN_SECONDS)
        except Elsewhere:
            _log.warning(
                "the read model was emptied, restored, or brought on by another worker; going on from its place"
            )
            self._assigned = frozenset()
            await asyncio.sleep(_RETRY_SECONDS)
        except (redis.RedisError, OSError) as error:
            metrics.PROJECTION_FAILURES.inc()
            _log.warning("the read model can't be reached; trying again", error=type(error).__name__)
            self._assigned = frozenset()  # begin again from the places that Redis knows
            await asyncio.sleep(_RETRY_SECONDS)

    def _assign(self, consumer: AIOKafkaConsumer) -> None:
        wanted = self._wanted
        names = (self._topics.recommendations, self._topics.decisions)
        parts = [TopicPartition(name, shard) for name in names for shard in wanted]
        places = self._redis.hmget(self._places, [self._place(tp) for tp in parts]) if parts else []
        self._owners.register(wanted)
        consumer.assign(parts)
        self._brought = {tp: int(place or 0) for tp, place in zip(parts, places, strict=True)}
        for tp, place in self._brought.items():
            consumer.seek(tp, place)
        self._assigned = wanted
        self._knows_controls = False
        self._retention.begin()

    def _bring_controls(self) -> None:
        """A stop stands in the shards: it is to be seen, and lifted, also when Redis was emptied."""
        if self._knows_controls or self._controls is None:
            return
        known = {control.id for control in self._ledger.controls()}
        for control in self._controls:
            if control.id not in known:
                self._ledger.keep(control)
        self._knows_controls = True

    def _check(self, parts: Sequence[TopicPartition]) -> None:
        """Raise when the places are not what they were before: those of quiet shards, too."""
        places = self._redis.hmget(self._places, [self._place(tp) for tp in parts])
        if [int(place or 0) for place in places] != [self._brought[tp] for tp in parts]:
            raise Elsewhere

    def _bring(self, found: Mapping[TopicPartition, Sequence[Incoming]]) -> None:
        """Bring what was read."""
        told = {True: list[Told](), False: list[Told]()}
        for tp, records in found.items():
            values = [record.value for record in records if record.value]
            told[tp.topic == self._topics.recommendations] += _read(values)
        recommendations = [one.body() for one in told[True]]
        _apply(self._queue.apply_encoded, recommendations)
        metrics.PROJECTED.labels("recommendation").inc(len(recommendations))
        decisions = [one.body() for one in told[False] if one.type != ERASED]
        _apply(self._queue.apply_decisions_encoded, decisions)
        metrics.PROJECTED.labels("decision").inc(len(decisions))
        if erased := [one.subject for one in told[False] if one.type == ERASED]:
            forget(self._settings, self._queue, erased)
        self._brought |= {tp: records[-1].offset + 1 for tp, records in found.items()}
        self._redis.hset(self._places, mapping={self._place(tp): self._brought[tp] for tp in found})

    def _place(self, tp: TopicPartition) -> str:
        """Where it stands how far a partition was brought; a topic that is made anew is brought from its beginning."""
        return f"{self._topics.ids[tp.topic]}/{tp.partition}"


def _read(values: Sequence[bytes]) -> list[Told]:
    """What workers told; what anybody else wrote on their topics is passed over."""
    try:
        return [read_told(value) for value in values]
    except ValueError:
        return [told for value in values if (told := _read_one(value)) is not None]


def _read_one(value: bytes) -> Told | None:
    try:
        return read_told(value)
    except ValueError:
        _log.warning(_STRANGE)
        return None


def _apply(apply: Callable[[Sequence[bytes]], object], bodies: Sequence[bytes]) -> None:
    """Bring them together; one by one where something among them is none of these."""
    try:
        apply(bodies)
    except _NONE_OF_OURS:
        if len(bodies) == 1:
            _log.warning(_STRANGE)
            return
        for body in bodies:
            _apply(apply, [body])
