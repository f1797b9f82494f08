"""The lasting names of workers, each of one worker only: two of one name would take all shards from each other.

Who has a name stands in Redis. Who starts asks the worker that had it last whether it still lives; who finds later that
another has taken its name ends, so that one of them goes on.
"""

import uuid
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import msgspec
import redis

from streams.cluster.settings import ClusterSettings
from streams.cluster.web import Live
from streams.environment import SettingsError

_SECONDS = 2
_directly = build_opener(ProxyHandler({}))
"""As the API asks workers: a proxy, for what is outside, knows none of them, and they would seem dead."""


class _Holder(msgspec.Struct, frozen=True):
    """Who has a name: which process, and where it answers."""

    process: str
    url: str


class Named:
    """The name of this worker, where it has a lasting one."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._redis: Any = redis.Redis.from_url(settings.redis_url.get_secret_value())
        self._key = f"{settings.redis_prefix}names"
        self._name = settings.instance
        self._own = _Holder(uuid.uuid4().hex, settings.public_url)

    def take(self) -> None:
        """Have the name from now on; raises ``SettingsError`` when a living worker has it, and ``RedisError``."""
        if self._name is None:
            return
        holder = self._holder()
        if holder is not None and _lives(holder.url, self._name):
            raise SettingsError(
                f"SIGNALS_INSTANCE: the worker at {holder.url} is called {self._name}, too; give each a name of its own"
            )
        self._redis.hset(self._key, self._name, msgspec.json.encode(self._own))

    def taken_by(self) -> str | None:
        """Where the worker answers that has taken the name meanwhile; None when nobody has, or Redis is away."""
        if self._name is None:
            return None
        try:
            holder = self._holder()
            if holder is None:  # Redis was emptied
                self._redis.hsetnx(self._key, self._name, msgspec.json.encode(self._own))
                return None
        except redis.RedisError:
            return None
        return None if holder.process == self._own.process else holder.url

    def _holder(self) -> _Holder | None:
        found = self._redis.hget(self._key, self._name)
        return None if found is None else msgspec.json.decode(found, type=_Holder)


def _lives(url: str, name: str) -> bool:
    """Whether a worker of that name answers there; who is dead or frozen doesn't."""
    try:
        with _directly.open(f"{url}/health/live", timeout=_SECONDS) as answer:
            return msgspec.json.decode(answer.read(), type=Live).instance == name
    except (URLError, OSError, ValueError):
        return False
