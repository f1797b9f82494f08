"""Erasure and upkeep of the Redis queue."""

from collections.abc import Sequence

from signals.calendar.instant import Instant
from streams.queue.entry import AT_ONCE, fingerprint
from streams.queue.redis.store import RedisStore


class RedisUpkeep(RedisStore):
    """What privacy and a long life ask for."""

    def erase(self, customer: str) -> int:
        return int(self._run("erase", customer, fingerprint(customer)))

    def erased(self, after: int) -> Sequence[str]:
        marks = self._redis.lrange(self._key("erasures"), after, after + AT_ONCE - 1)
        return [mark.decode() for mark in marks]

    def purge(self, before: Instant) -> int:
        dropped: int = 0
        passed: int = 0
        while True:
            seen, gone = self._run("purge", before, passed)
            dropped += gone
            passed += seen - gone
            if seen == 0:
                return dropped
