"""Which worker owns which shard, written in Redis, so that the API can ask the owner of a customer."""

from collections.abc import Iterable
from typing import Any

from streams.cluster.routing import shard_of
from streams.cluster.settings import ClusterSettings


class Owners:
    """A hash from shard to the address of its worker. It may be behind for a moment: who isn't the owner says so."""

    def __init__(self, redis: Any, settings: ClusterSettings) -> None:
        self._redis = redis
        self._key = f"{settings.redis_prefix}owners"
        self._partitions = settings.partitions
        self._address = settings.public_url

    def register(self, shards: Iterable[int]) -> None:
        """Say that these shards are here; raises ``RedisError``."""
        if mine := {str(shard): self._address for shard in shards}:
            self._redis.hset(self._key, mapping=mine)

    def addresses(self) -> list[str]:
        """The addresses of all workers that own shards; raises ``RedisError``."""
        return sorted({address.decode() for address in self._redis.hvals(self._key)})

    def address_of(self, subject: str) -> str | None:
        """The address of the worker that owns a canonical subject; raises ``RedisError``."""
        address = self._redis.hget(self._key, str(shard_of(subject, self._partitions)))
        return address.decode() if address else None
