"""Handing out work, in Redis: every step is one script."""

from collections.abc import Mapping, Sequence
from typing import Any

from signals.calendar.instant import SECOND, Instant
from streams.queue.protocol import Claim, Conflict, Item, Unknown
from streams.queue.redis.recommendations import as_item, pairs
from streams.queue.redis.store import RedisStore


class RedisWork(RedisStore):
    """Claims with a lease, snoozing and outcomes."""

    def claim(self, claim: Claim, now: Instant) -> Sequence[Item]:
        until = now + claim.lease * SECOND
        limits = (claim.desk or "", claim.owner or "", claim.id or "")
        return _items(self._run("claim", now, until, claim.by, claim.count, *limits), claim.id or "")

    def renew(self, id: str, by: str, lease: int, now: Instant) -> Item:
        return self._work("renew", id, by, now, now + lease * SECOND)

    def give_back(self, id: str, by: str, now: Instant) -> Item:
        return self._work("give_back", id, by, now)

    def snooze(self, id: str, by: str, until: Instant, now: Instant) -> Item:
        return self._work("snooze", id, by, now, until)

    def tell(self, id: str, outcome: str, again: Instant | None, now: Instant) -> Item:
        return self._work("tell", id, "", now, "" if again is None else again, outcome)

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for name, count in sorted(self._redis.hgetall(self._key("outcomes")).items()):
            trigger, _, outcome = name.decode().rpartition("|")
            if int(count) > 0:
                found.setdefault(trigger, {})[outcome] = int(count)
        return found

    def _work(self, verb: str, id: str, by: str, now: Instant, moment: Instant | str = "", outcome: str = "") -> Item:
        return _items(self._run("work", verb, id, by, now, moment, outcome), id)[0]


def _items(reply: list[Any], id: str) -> list[Item]:
    code, *hashes = reply
    if code == b"unknown":
        raise Unknown(id)
    if code != b"ok":
        raise Conflict(code.decode())
    return [as_item(pairs(flat)) for flat in hashes]
