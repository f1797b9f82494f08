"""Which worker owns which shard, written in Redis, so that the API can ask the owner of a customer."""

from collections.abc import Iterable
from typing import Any

from streams.cluster.settings import ClusterSettings


class Owners:
    """A hash from shard to the address of its worker. It may be behind for a moment: who isn't the owner says so."""

    def __init__(self, redis: Any, settings: ClusterSettings) -> None:
        self._redis = redis
        self._key = f"{settings.redis_prefix}owners"
        self._address = settings.public_url

    def register(self, shards: Iterable[int]) -> None:
        """Say that these shards are here; raises ``RedisError``."""
        if mine := {str(shard): self._address for shard in shards}:
            self._redis.hset(self._key, mapping=mine)

    def addresses(self) -> dict[int, str]:
        """The address of the worker of each shard that is owned; raises ``RedisError``."""
        return {int(shard): address.decode() for shard, address in self._redis.hgetall(self._key).items()}
