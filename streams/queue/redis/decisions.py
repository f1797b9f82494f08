"""Decisions counted and kept for look-up, in Redis."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from streams.queue.entry import FINAL, Cell, fingerprint, read_cell, read_place, write_place
from streams.queue.protocol import Funnel, Latest, Tally
from streams.queue.redis.store import RedisStore
from streams.queue.work import Record


class RedisDecisions(RedisStore):
    """Each decision counted once, wherever it is now."""

    def apply_decisions(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        self.apply_decisions_encoded([msgspec.json.encode(decision) for decision in decisions])

    def apply_decisions_encoded(self, decisions: Sequence[bytes]) -> None:
        """``apply_decisions`` for what is JSON already."""
        self._run_all("decide", [_arguments(read_cell(body)) for body in decisions], self._keep)

    def decision(self, id: str) -> Record | None:
        body = self._redis.hget(self._key("d", id), "body")
        return msgspec.json.decode(body) if body else None

    def decisions_of(self, customer: str) -> Sequence[Record]:
        pipeline = self._redis.pipeline(transaction=False)
        for id in self._redis.smembers(self._key("decisions", "of", customer)):
            pipeline.hget(self._key("d", id.decode()), "body")
        found = [msgspec.json.decode(body) for body in pipeline.execute() if body]
        return sorted(found, key=lambda decision: (decision["created"], decision["id"]))

    def latest(self, limit: int = 50, reason: str | None = None, cursor: str | None = None) -> Latest:
        index = self._key("decisions") if reason is None else self._key("decisions", "reason", reason)
        start = "+inf" if cursor is None else f"({read_place(cursor)}"
        found = self._redis.zrevrangebyscore(index, start, "-inf", start=0, num=limit + 1, withscores=True)
        pipeline = self._redis.pipeline(transaction=False)
        for id, _ in found[:limit]:
            pipeline.hget(self._key("d", id.decode()), "body")
        items = [msgspec.json.decode(body) for body in pipeline.execute() if body]
        return Latest(items, write_place(int(found[limit - 1][1])) if len(found) > limit else None)

    def fired(self, days: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        pipeline = self._redis.pipeline(transaction=False)
        for day in sorted(days):
            pipeline.hgetall(self._key("candidates", day))
        found: dict[str, dict[str, int]] = {}
        for day, counts in zip(sorted(days), pipeline.execute(), strict=True):
            for trigger, count in counts.items():
                found.setdefault(trigger.decode(), {})[day] = int(count)
        return dict(sorted(found.items()))

    def funnel(self, days: Sequence[str] | None = None) -> Funnel:
        suffixes = [()] if days is None else [(day,) for day in days]
        pipeline = self._redis.pipeline(transaction=True)
        for suffix in suffixes:
            pipeline.hgetall(self._key("candidates", *suffix))
            pipeline.hgetall(self._key("tallies", *suffix))
        hashes = pipeline.execute()
        tallies = _sum(hashes[1::2])
        cells = sorted((name.rsplit("|", 2), count) for name, count in tallies.items() if count)
        rows = [Tally(trigger, reason, status, count) for (trigger, reason, status), count in cells]
        return Funnel(_sum(hashes[::2]), rows)


def _arguments(cell: Cell) -> tuple[str | int, ...]:
    where = (cell.day, cell.trigger, cell.reason, cell.status, cell.decided, int(cell.status in FINAL))
    return (cell.id, cell.customer, fingerprint(cell.customer), *where, cell.body.decode())


def _sum(hashes: Sequence[Mapping[bytes, bytes]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for fields in hashes:
        for name, count in fields.items():
            sums[name.decode()] = sums.get(name.decode(), 0) + int(count)
    return sums
