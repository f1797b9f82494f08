"""How deliveries go: the process that delivers says it every few seconds, through Redis, and the API shows it."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
import redis

from streams.cluster.settings import ClusterSettings
from streams.sinks.outbox import Health

TOLD_SECONDS = 5.0
"""Between two words of the process that delivers."""

_FORGOTTEN_SECONDS = 60
"""Silent for so long, it is not running."""


class Deliveries:
    """The last word on how deliveries go, under the key ``<prefix>deliveries``."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._redis: Any = redis.Redis.from_url(settings.redis_url.get_secret_value())
        self._key = f"{settings.redis_prefix}deliveries"

    def tell(self, healths: Sequence[Health]) -> None:
        """Say how they go now; while Redis is away nobody is told."""
        with suppress(redis.RedisError):
            self._redis.set(self._key, msgspec.json.encode(healths), ex=_FORGOTTEN_SECONDS)

    def told(self) -> list[Health]:
        """What was said last; nothing when nobody delivers."""
        said = self._redis.get(self._key)
        return [] if said is None else msgspec.json.decode(said, type=list[Health])

    def close(self) -> None:
        """Let go of the connection."""
        self._redis.close()
