"""The connection to Redis and the scripts that run inside it."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec
import redis
from redis.commands.core import Script
from redis.exceptions import NoScriptError

_SCRIPTS = ("apply", "walk", "settle", "claim", "work", "decide", "erase", "purge")

CHUNK = 100
"""Items of one run: a script holds up everybody else."""

Fields = Mapping[bytes, bytes]
"""A hash as Redis gives it."""


class RedisStore:
    """Uses the Redis at ``url``; all keys start with ``prefix``, which needs a ``{hash tag}``.

    ``keep`` is how many settled decisions stay for look-up.
    """

    def __init__(self, url: str, prefix: str = "{signals}:", keep: int = 50_000) -> None:
        # The library types every answer as a union over all its modes; ours is always bytes.
        self._redis: Any = redis.Redis.from_url(url, max_connections=64, health_check_interval=30)
        self._prefix = prefix
        self._keep = keep
        folder = files(__package__) / "lua"
        shared = (folder / "shared.lua").read_text("utf-8")
        self._scripts: dict[str, Script] = {
            name: self._redis.register_script(shared + (folder / f"{name}.lua").read_text("utf-8")) for name in _SCRIPTS
        }

    def _run(self, script: str, *arguments: str | int | bytes) -> Any:
        return self._scripts[script](keys=[self._prefix], args=arguments)

    def _run_each(self, calls: Sequence[tuple[str | int, ...]]) -> list[Any]:
        """What each of these scripts, named first, answers to its arguments; in one round trip."""
        pipeline = self._redis.pipeline(transaction=False)
        for script, *arguments in calls:
            pipeline.evalsha(self._scripts[str(script)].sha, 1, self._prefix, *arguments)
        replies: list[Any] = pipeline.execute(raise_on_error=False)
        for place, reply in enumerate(replies):
            if isinstance(reply, NoScriptError):  # Redis was restarted, and has not seen it since: it did nothing
                script, *arguments = calls[place]
                replies[place] = self._run(str(script), *arguments)
            elif isinstance(reply, Exception):
                raise reply
        return replies

    def _run_all(self, script: str, items: Sequence[Sequence[str | int]], *arguments: int) -> list[Any]:
        """Run a script over many items, some at a time, packed in MessagePack: there Redis reads texts, no bytes."""
        pipeline = self._redis.pipeline(transaction=False)
        for start in range(0, len(items), CHUNK):
            packed = msgspec.msgpack.encode(items[start : start + CHUNK])
            self._scripts[script](keys=[self._prefix], args=(packed, *arguments), client=pipeline)
        found: list[Any] = pipeline.execute()
        return found

    def _key(self, *parts: str) -> str:
        return self._prefix + ":".join(parts)

    def check(self) -> None:
        self._redis.ping()

    def close(self) -> None:
        self._redis.close()
