"""Requests that were made before, in Redis; it forgets them by itself."""

import msgspec

from signals.calendar.instant import Instant
from streams.queue.protocol import REMEMBERED, UNDER_WAY, Repeat
from streams.queue.redis.store import RedisStore


class RedisRepeats(RedisStore):
    """What each request led to, by its name."""

    def begin(self, name: str, said: str, now: Instant) -> Repeat | None:
        fresh = msgspec.json.encode(Repeat(said, None))
        known = self._redis.set(self._key("repeat", name), fresh, nx=True, get=True, px=UNDER_WAY)
        return None if known is None else msgspec.json.decode(known, type=Repeat)

    def finish(self, name: str, said: str, ids: list[str], now: Instant) -> None:
        self._redis.set(self._key("repeat", name), msgspec.json.encode(Repeat(said, ids)), px=REMEMBERED)

    def give_up(self, name: str) -> None:
        self._redis.delete(self._key("repeat", name))
