"""A tiny engine whose every mistake shows: it numbers each customer's events, and sets a timer that fires once.

``python -m tests.cluster.counting`` is a worker with it. A recommendation holds the number ``n`` of the event that made
it, so that events lost or counted twice show in ``n``, and recommendations lost or doubled in their ids.
"""

import os
import struct
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any, ClassVar

import msgspec

from signals.batch import Failed
from signals.calendar.instant import Instant
from signals.events.event import Event
from signals.moments import ALL

NEVER = 2**62
_DIGEST = 6
_HEAD = struct.Struct(">Bq")
EVERY = int(os.environ.get("COUNTING_EVERY", "1"))
"""One recommendation in so many events of a customer."""


class CountingBatch(msgspec.Struct):
    recommendations: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    forwards: list[tuple[str, Event]] = []
    erased: list[str] = []
    failed: list[Failed] = []
    rows: dict[str, bytes | None] = {}
    news: list[Event] = []
    old_news: list[Event] = []
    left: Event | None = None


class CountingEngine:
    """Row: version, next due (as every row), and the digests of the events that count. A query of
    ``remind <milliseconds>`` sets the timer, ``fail`` is a bug, ``to <key>`` forwards; everything else is counted and
    recommended, once."""

    def __init__(self, load: Callable[[str], bytes | None], owns: Callable[[str], bool]) -> None:
        self._load = load
        self._owns = owns
        self._due: dict[str, Instant] = {}
        self._batch = CountingBatch()
        self._rows: dict[str, bytes | None] = {}
        self.clock: Instant = 0
        self._passed: Instant = 0
        self.timers_due = self.timers_fired = self.late = self.duplicates = self.row_hits = 0

    def process(self, events: Iterable[Event], at_once: int = ALL, in_turns: bool = False) -> CountingBatch:
        for event in events:
            self.clock = max(self.clock, event.time)
            if event.subject:
                self._count(event)
            if event.type == "clock.ticked":
                self._fire(event.time, at_once)
                if self.next_due() <= event.time:
                    self._batch.left = event
                    break
        return self._take()

    def advance(self, now: Instant, at_once: int = ALL) -> CountingBatch:
        self._fire(now, at_once)
        self.clock = max(self.clock, now)
        self._passed = now
        return self._take()

    def go_on(self, at_once: int) -> CountingBatch:
        self._fire(self._passed, at_once)
        return self._take()

    def restore(self, rows: Iterable[tuple[str, bytes]], news: Iterable[Event], clock: Instant) -> None:
        self.clock = clock
        self._due |= {key: due for key, row in rows if (due := _HEAD.unpack_from(row)[1]) != NEVER}

    def keep_at_hand(self, rows: int) -> None:
        """It keeps no decoded rows."""

    def free_slots(self, now: Instant) -> dict[str, int]:
        return {}

    def controls(self, now: Instant) -> list[Any]:
        return []

    def overrules(self) -> list[Any]:
        return []

    def rearm(self, keys: Iterable[str]) -> CountingBatch:
        return CountingBatch()

    def next_due(self) -> Instant:
        return min(self._due.values(), default=NEVER)

    @property
    def is_behind(self) -> bool:
        return self.next_due() <= self._passed

    @property
    def has_changed(self) -> bool:
        return bool(self._rows)

    def take_rows(self) -> dict[str, bytes | None]:
        rows, self._rows = self._rows, {}
        return rows

    def _take(self) -> CountingBatch:
        batch, self._batch = self._batch, CountingBatch()
        return batch

    def _row(self, key: str) -> bytes | None:
        return self._rows.get(key) or self._load(key)

    def _count(self, event: Event) -> None:
        due, seen = read_row(self._row(event.subject))
        identity = blake2b(event.id.encode(), digest_size=_DIGEST).digest()
        if identity in seen:
            self.duplicates += 1
            return
        word, _, rest = str(event.data.get("query", "")).partition(" ")
        if word == "fail":
            raise ZeroDivisionError("a bug")
        if word == "to":
            moved = msgspec.structs.replace(event, subject=rest, data={"query": "arrived"})
            self._batch.forwards.append((rest, moved))
        if word == "remind":
            due = event.time + int(rest)
            self._due[event.subject] = due
        seen.append(identity)
        self._keep(event.subject, due, seen)
        if len(seen) % EVERY == 0:
            self._recommend(event.subject, event.id, len(seen))

    def _fire(self, now: Instant, at_once: int) -> None:
        for key in sorted(key for key, due in self._due.items() if due <= now)[:at_once]:
            due = self._due.pop(key)
            self.timers_due += 1
            _, seen = read_row(self._row(key))
            self._keep(key, NEVER, seen)
            self._recommend(key, f"timer-{key}-{due}", len(seen))
            self.timers_fired += 1

    def _keep(self, key: str, due: Instant, seen: list[bytes]) -> None:
        self._rows[key] = _HEAD.pack(1, due) + b"".join(seen)

    def _recommend(self, key: str, identity: str, count: int) -> None:
        common = {
            "id": identity,
            "customer": key,
            "trigger": "counted",
            "class": "care",
            "status": "released",
            "reason": "RELEASED",
        }
        self._batch.recommendations.append(common | {"revision": 1, "n": count})


class CountingEngines:
    pack: ClassVar[dict[str, str]] = {"name": "counting", "version": "1", "digest": "1"}

    def make(self, load: Callable[[str], bytes | None], owns: Callable[[str], bool]) -> CountingEngine:
        return CountingEngine(load, owns)


def read_row(row: bytes | None) -> tuple[Instant, list[bytes]]:
    """When the row is due, and the events that count in it."""
    if row is None:
        return NEVER, []
    _, due = _HEAD.unpack_from(row)
    return due, [row[place : place + _DIGEST] for place in range(_HEAD.size, len(row), _DIGEST)]


if __name__ == "__main__":
    from streams.cluster.settings import ClusterSettings
    from streams.cluster.worker import run_worker

    run_worker(
        ClusterSettings.read(),
        lambda approved: CountingEngines(),
        lambda engine, key: {"customer": key},
        lambda engine, row: {},
        lambda engine: lambda rows: {"people": 0, "owners": {}},
    )
