"""How deliveries go: the process that delivers says it every few seconds, through Redis, and the API shows it.

The same way back goes what people ask of that process: to try again what it gave up.
"""

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


_MOST_SINKS = 1_000


class Deliveries:
    """The last word on how deliveries go, under the key ``<prefix>deliveries``; what is asked, under ``…:asked``."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._redis: Any = redis.Redis.from_url(settings.redis_url.get_secret_value())
        self._key = f"{settings.redis_prefix}deliveries"
        self._asked = f"{self._key}:asked"

    def tell(self, healths: Sequence[Health]) -> None:
        """Say how they go now; while Redis is away nobody is told."""
        with suppress(redis.RedisError):
            self._redis.set(self._key, msgspec.json.encode(healths), ex=_FORGOTTEN_SECONDS)

    def told(self) -> list[Health]:
        """What was said last; nothing when nobody delivers."""
        said = self._redis.get(self._key)
        return [] if said is None else msgspec.json.decode(said, type=list[Health])

    def ask(self, sink: str) -> None:
        """Ask that the dead letters of a sink get another try."""
        self._redis.sadd(self._asked, sink)

    def asked(self) -> list[str]:
        """The sinks that were asked for since the last look; while Redis is away, none."""
        with suppress(redis.RedisError):
            return sorted(sink.decode() for sink in self._redis.spop(self._asked, _MOST_SINKS))
        return []

    def close(self) -> None:
        """Let go of the connection."""
        self._redis.close()
