"""The newest revision of each recommendation, in Redis."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from signals.calendar.instant import DAY, Instant, parse_instant
from streams.queue.entry import Entry, fingerprint, read_cursor, read_entry, write_cursor
from streams.queue.protocol import Change, Desk, Filter, Page
from streams.queue.redis.store import Fields, RedisStore
from streams.queue.work import Item, Work

_DIMENSIONS = ("status", "desk", "owner", "trigger", "class", "channel", "customer")
_SHOWN = ("body", "claimed_by", "lease_until", "snoozed_until", "outcome", "closed")
_PLACED = ("id", "order", "status", "not_before", "expires")


class RedisRecommendations(RedisStore):
    """Recommendations by id, in order of work, and in order of change."""

    near = False

    def apply(self, revisions: Sequence[Mapping[str, Any]]) -> int:
        return self.apply_encoded([msgspec.json.encode(revision) for revision in revisions])

    def apply_encoded(self, revisions: Sequence[bytes]) -> int:
        """``apply`` for what is JSON already."""
        return sum(self._run_all("apply", [_arguments(read_entry(body)) for body in revisions]))

    def get(self, id: str) -> Item | None:
        values = self._redis.hmget(self._key("r", id), _SHOWN)
        return (
            as_item({name.encode(): value for name, value in zip(_SHOWN, values, strict=True)}) if values[0] else None
        )

    def list(self, filter: Filter, now: Instant, limit: int = 50, cursor: str | None = None) -> Page:
        if filter.available:
            self._settle(now)
        items: list[Fields] = []
        for fields in self._walk(self._smallest(filter), limit + 1, cursor, _wanted(filter)):
            if _matches(fields, filter, now):
                items.append(fields)
            if len(items) > limit:
                last = items[limit - 1]
                place = write_cursor(-float(last[b"order"]), int(last[b"expires"]), last[b"id"].decode())
                return Page([as_item(fields) for fields in items[:limit]], place)
        return Page([as_item(fields) for fields in items], None)

    def changes(self, after: int, limit: int = 100) -> Sequence[Change]:
        key = self._key("changes")
        if after < 0:
            found = self._redis.zrange(key, 0, 0, desc=True, withscores=True)
        else:
            found = self._redis.zrange(key, f"({after}", "+inf", byscore=True, offset=0, num=limit, withscores=True)
        hashes = self._hashes([id.decode() for id, _ in found])
        return [Change(int(place), as_item(fields)) for (_, place), fields in zip(found, hashes, strict=True) if fields]

    def desks(self, now: Instant) -> Sequence[Desk]:
        sums: dict[str, Desk] = {}
        for fields in self._walk(self._key("i", "status", "released"), 500, None, ["desk"]):
            if fields[b"closed"] == b"0" and int(fields[b"expires"]) > now:
                desk = fields[b"desk"].decode()
                sums[desk] = _add(sums.get(desk, Desk(desk, 0, 0, 0, 0.0, None, 0)), fields, now)
        return [sums[desk] for desk in sorted(sums)]

    def _settle(self, now: Instant) -> None:
        while self._run("settle", now) == 1000:
            pass

    def _smallest(self, filter: Filter) -> str:
        """The index with the fewest entries among those that hold every match."""
        indexes = [self._key("i", name, value) for name, value in _wanted(filter).items()] or [self._key("i", "all")]
        if filter.available:
            indexes.append(self._key("ready"))
        if len(indexes) == 1:
            return indexes[0]
        pipeline = self._redis.pipeline(transaction=False)
        for index in indexes:
            pipeline.zcard(index)
        return min(zip(pipeline.execute(), indexes, strict=True))[1]

    def _walk(self, index: str, chunk: int, cursor: str | None, more: Iterable[str]) -> Iterator[Fields]:
        """The recommendations of an index in order of work, those after the cursor; with ``more`` of their fields."""
        names = [*_SHOWN, *_PLACED, *more]
        keys = [name.encode() for name in names]
        after = (float("-inf"), b"")
        start = 0
        if cursor:
            priority, expires, id = read_cursor(cursor)
            after = (-priority, member(expires, id).encode())
            start = self._rank(index, *after)
        while found := self._run("walk", index, start, start + chunk - 1, *names):
            for name, order, values in zip(found[::3], found[1::3], found[2::3], strict=True):
                if values[0] and (float(order), name) > after:
                    yield dict(zip(keys, values, strict=True))
            after = max(after, (float(found[-2]), found[-3]))
            start += len(found) // 3

    def _rank(self, index: str, order: float, name: bytes) -> int:
        """Where to go on behind what stood there: in its own place, or before all of its priority when it has another
        now, or none."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zscore(index, name)
        pipeline.zrank(index, name)
        pipeline.zcount(index, "-inf", f"({order!r}")
        stands, rank, before = pipeline.execute()
        place: int = rank if stands == order and rank is not None else before
        return place

    def _hashes(self, ids: Sequence[str]) -> Sequence[Fields]:
        pipeline = self._redis.pipeline(transaction=False)
        for id in ids:
            pipeline.hgetall(self._key("r", id))
        hashes: Sequence[Fields] = pipeline.execute()
        return hashes


def member(expires: Instant, id: str) -> str:
    """The name of a recommendation in an index: equal priorities sort by expiry, then by id."""
    return f"{expires:012x}{id}"


def _arguments(entry: Entry) -> tuple[str | int, ...]:
    texts = (entry.status, entry.desk, entry.owner, entry.trigger, entry.class_, entry.channel, entry.customer)
    place = (repr(-entry.priority), entry.not_before, entry.expires, member(entry.expires, entry.id))
    return (entry.id, entry.revision, *texts, *place, fingerprint(entry.customer), entry.body.decode())


def _wanted(filter: Filter) -> dict[str, str]:
    wanted = {name: getattr(filter, "class_" if name == "class" else name) for name in (*_DIMENSIONS, "claimed_by")}
    return {name: value for name, value in wanted.items() if value is not None}


def _matches(fields: Fields, filter: Filter, now: Instant) -> bool:
    for name, value in _wanted(filter).items():
        if fields[name.encode()].decode() != value:
            return False
    if filter.claimed_by is not None and not (int(fields[b"lease_until"]) > now and fields[b"closed"] == b"0"):
        return False
    return not filter.available or _available(fields, now)


def _available(fields: Fields, now: Instant) -> bool:
    return (
        fields[b"status"] == b"released"
        and fields[b"closed"] == b"0"
        and max(int(fields[b"not_before"]), int(fields[b"lease_until"]), int(fields[b"snoozed_until"])) <= now
        and int(fields[b"expires"]) > now
    )


def _add(desk: Desk, fields: Fields, now: Instant) -> Desk:
    if not _available(fields, now):
        claimed = int(fields[b"lease_until"]) > now
        return msgspec.structs.replace(desk, claimed=desk.claimed + claimed, waiting=desk.waiting + (not claimed))
    body = msgspec.json.decode(fields[b"body"])
    created = parse_instant(body["created"])
    return msgspec.structs.replace(
        desk,
        available=desk.available + 1,
        value=desk.value + float((body.get("value") or {}).get("total") or 0.0),
        oldest=created if desk.oldest is None else min(desk.oldest, created),
        expiring=desk.expiring + (int(fields[b"expires"]) <= now + DAY),
    )


def pairs(flat: Sequence[bytes]) -> Fields:
    """A hash as a script gives it."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def as_item(fields: Fields) -> Item:
    """A hash as the record and the work on it."""
    work = Work(
        claimed_by=fields[b"claimed_by"].decode() or None,
        lease_until=int(fields[b"lease_until"]) or None,
        snoozed_until=int(fields[b"snoozed_until"]) or None,
        outcome=fields[b"outcome"].decode() or None,
        closed=fields[b"closed"] == b"1",
    )
    return Item(fields[b"body"], work)
