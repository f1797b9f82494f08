"""The shards of a cluster in one process: engines, routing and homes as workers have them, Kafka as plain queues."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from signals.batch import EVERYBODY, Batch
from signals.calendar.instant import Instant
from signals.engine import Engine
from signals.events.event import Event
from signals.moments import ALL
from signals.moving import MOVED
from signals.pack.compile import Pack
from streams.cluster.homes import Homes
from streams.cluster.load import History, Loaded, gather, send_events, send_home
from streams.cluster.routing import REFERENCE, Router, shard_of

Turn = Callable[[int], int]
"""Of so many possibilities the one that comes about."""

_MOST_AT_ONCE = 50


class Shards:
    """``events`` and ``customers`` of each shard, and its engine. ``turn`` decides whose batch comes next. Where but so
    much is done ``at_once``, what is due and news comes in pieces, and engines begin anew in between."""

    def __init__(self, pack: Pack, count: int, turn: Turn, at_once: int = ALL) -> None:
        self.decisions: dict[str, Any] = {}
        self.recommendations: dict[str, Any] = {}
        self.count = count
        self._turn = turn
        self._pack = pack
        self._at_once = at_once
        self._stored: list[dict[str, bytes]] = [{} for _ in range(count)]
        self._news: list[dict[str, Event]] = [{} for _ in range(count)]
        self.engines = [self._made(number) for number in range(count)]
        self._waiting: list[tuple[deque[Event], deque[Event]]] = [(deque(), deque()) for _ in range(count)]

    def send(self, event: Event, home: str = "") -> None:
        """Put an event where the loader, or a sender that knows the shards, puts it."""
        for shard in range(self.count) if event.type in REFERENCE else [shard_of(home or event.subject, self.count)]:
            self._waiting[shard][0].append(event)

    def move(self, subject: str, company: str) -> None:
        """As the loader does."""
        event = Event(f"{MOVED}/{subject}", "/signals/load", MOVED, 0, 0, subject, {"with": company})
        self._waiting[shard_of(subject, self.count)][1].append(event)

    def flush(self) -> None:
        """Nothing waits here."""

    def load(self, events: Sequence[Event], before: Sequence[Event] = (), *, going_home: bool = False) -> None:
        """As ``signals load`` does with events in order, after those ``before``; with ``--until`` all go home."""
        homes = Homes(
            [(one.data["from"], one.data["to"]) for one in (*before, *events) if one.type == "identity.linked"]
        )
        if before:
            self.work()
        gather(homes, self)  # type: ignore[arg-type]
        if before:
            self.work()
        history = History(self)  # type: ignore[arg-type]
        send_events(events, homes, history, self, Loaded())  # type: ignore[arg-type]
        history.end()
        if going_home:
            self.work()
            send_home(homes, self)  # type: ignore[arg-type]
            self.work()

    def work(self) -> None:
        """Work until nothing waits, batch by batch, in any order that the partitions allow."""
        while ready := self._ready():
            number, queue = ready[self._turn(len(ready))]
            if not queue:
                self._keep(number, self.engines[number].go_on(self._at_once))
                continue
            size = min(len(queue), 1 + self._turn(1 + self._turn(_MOST_AT_ONCE)))
            events = [queue.popleft() for _ in range(size)]
            batch = self.engines[number].process(events, self._at_once, self._at_once != ALL and self._turn(3) > 0)
            if batch.left is not None:
                place = next(place for place, event in enumerate(events) if event is batch.left)
                queue.extendleft(reversed(events[place:]))
            self._keep(number, batch)

    def advance(self, now: Instant) -> None:
        """Let time come up to ``now`` everywhere."""
        for number in range(self.count):
            self._keep(number, self.engines[number].advance(now, self._at_once))
        self.work()
        if any(engine.next_due() <= now for engine in self.engines):
            self.advance(now)

    def rows(self) -> dict[str, list[int]]:
        """The keys of all rows, each with the shards that have one."""
        for number, engine in enumerate(self.engines):
            self._store(number, engine.take_rows())
        found: dict[str, list[int]] = {}
        for number, stored in enumerate(self._stored):
            for key in stored:
                found.setdefault(key, []).append(number)
        return found

    def _ready(self) -> list[tuple[int, deque[Event]]]:
        """Each shard with what waits for it; with nothing where it has news to tell."""
        waiting = [(number, queue) for number, queues in enumerate(self._waiting) for queue in queues if queue]
        return waiting + [(number, deque()) for number, engine in enumerate(self.engines) if engine.is_behind]

    def _made(self, number: int) -> Engine:
        owns = Router(self.count, number, stamped=False).owns
        return Engine(self._pack, self._stored[number].get, owns, write_through=False, shards=self.count)

    def _begin_anew(self, number: int) -> None:
        clock, self.engines[number] = self.engines[number].clock, self._made(number)
        self.engines[number].restore(self._stored[number].items(), self._news[number].values(), clock)

    def _keep(self, number: int, batch: Batch) -> None:
        self._news[number] |= {event.id: event for event in batch.news}
        for event in batch.old_news:
            self._news[number].pop(event.id, None)
        self.decisions |= {decision["id"]: decision for decision in batch.decisions}
        self.recommendations |= {record["id"]: record for record in batch.recommendations}
        self._store(number, batch.rows)
        if self._turn(2):  # a transaction begins
            self._store(number, self.engines[number].take_rows())
            if self._at_once != ALL and not self._turn(4):
                self._begin_anew(number)
        for key, event in batch.forwards:
            for shard in range(self.count) if key == EVERYBODY else [shard_of(key, self.count)]:
                if key != EVERYBODY or shard != number:
                    self._waiting[shard][1].append(event)

    def _store(self, number: int, rows: Mapping[str, bytes | None]) -> None:
        for key, row in rows.items():
            self._stored[number].pop(key, None)
            if row is not None:
                self._stored[number][key] = row
