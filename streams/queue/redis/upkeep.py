"""Erasure and upkeep of the Redis queue."""

from collections.abc import Sequence

from signals.calendar.instant import Instant
from streams.queue.entry import AT_ONCE, fingerprint
from streams.queue.redis.store import CHUNK, RedisStore


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
        while dropped < AT_ONCE:
            seen, gone = self._run("purge", before, passed, CHUNK)
            dropped += gone
            passed += seen - gone
            if seen < CHUNK:
                break
        return dropped

    def purged_of(self, customer: str) -> Sequence[str]:
        """The ids of what was purged of a customer."""
        return sorted(id.decode() for id in self._redis.smembers(self._key("purged", "of", customer)))
