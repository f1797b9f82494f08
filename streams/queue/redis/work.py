"""Handing out work, in Redis: every step is one script, steps taken in one go are one round trip."""

from collections.abc import Mapping, Sequence
from typing import Any

from signals.calendar.instant import SECOND, Instant
from streams.queue.redis.recommendations import as_item, pairs
from streams.queue.redis.store import RedisStore
from streams.queue.work import Claim, Conflict, Done, Get, GiveBack, Renew, Snooze, Step, Tell, Unknown, WorkQueue


class RedisWork(RedisStore, WorkQueue):
    """Claims with a lease, snoozing and outcomes."""

    def take(self, steps: Sequence[Step], now: Instant) -> Sequence[Done]:
        replies = self._run_each([_call(step, now) for step in steps])
        return [_done(reply, step) for reply, step in zip(replies, steps, strict=True)]

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for name, count in sorted(self._redis.hgetall(self._key("outcomes")).items()):
            trigger, _, outcome = name.decode().rpartition("|")
            if int(count) > 0:
                found.setdefault(trigger, {})[outcome] = int(count)
        return found


def _call(step: Step, now: Instant) -> tuple[str | int, ...]:
    """The script of a step, and what it needs to know."""
    match step:
        case Get():
            return "work", "get", step.id, "", now, "", ""
        case Claim():
            limits = (step.desk or "", step.owner or "", step.id or "")
            return "claim", now, now + step.lease * SECOND, step.by, step.count, *limits
        case Renew():
            return "work", "renew", step.id, step.by, now, now + step.lease * SECOND, ""
        case GiveBack():
            return "work", "give_back", step.id, step.by, now, "", ""
        case Snooze():
            return "work", "snooze", step.id, step.by, now, step.until, ""
        case Tell():
            return "work", "tell", step.id, "", now, "" if step.again is None else step.again, step.outcome


def _done(reply: list[Any], step: Step) -> Done:
    code, *hashes = reply
    if code == b"unknown":
        return Unknown(step.id)
    return [as_item(pairs(flat)) for flat in hashes] if code == b"ok" else Conflict(code.decode())
