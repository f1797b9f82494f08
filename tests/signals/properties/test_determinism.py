"""Same events, any batching, any number of shards, any order within the lateness: the same decisions, byte for byte."""

from itertools import chain, pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.batch import Batch
from signals.calendar.instant import DAY, MINUTE
from signals.customer.identity import linked_subjects
from signals.engine import Engine
from signals.events.event import Event
from signals.moments import ALL
from streams.replay.reorder import Reorder
from streams.replay.shards import Shards
from tests.signals.properties.histories import END, histories, pack, worked
from tests.signals.properties.kept import Kept

EVERYWHERE = ("clock.ticked", "market.changed", "desk.changed")
MANY = settings(max_examples=1000)


def in_order(events: list[Event]) -> list[Event]:
    """The events as replay works on them."""
    reorder = Reorder(DAY)
    ready = [event for event in events for batch in reorder.add(event) for event in batch]
    return [*ready, *reorder.rest()]


def bytes_of(events: list[Event]) -> bytes:
    return msgspec.json.encode([sorted(part.items()) for part in worked(Engine(pack()), events)])


@MANY
@given(histories(), st.lists(st.integers(0, 30), max_size=4), st.sampled_from([1, 4]))
def test_batching_changes_nothing(events: list[Event], cuts: list[int], cached_rows: int) -> None:
    kept = Kept(cached_rows)
    engine = kept.begun()  # rows leave the cache and come back from where they are kept
    decisions: dict[str, object] = {}
    records: dict[str, object] = {}

    def keep(batch: Batch) -> None:
        kept.keep(batch)
        decisions.update((decision["id"], decision) for decision in batch.decisions)
        records.update((record["id"], record) for record in batch.recommendations)

    for start, end in pairwise([0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]):
        keep(engine.process(events[start:end]))
    keep(engine.advance(END))
    assert msgspec.json.encode([sorted(decisions.items()), sorted(records.items())]) == bytes_of(events)


class Piecemeal:
    """Works on events with so many timers ``at_once``, and keeps all that comes of it for each customer, in order; with
    ``restarts`` each piece is worked on by an engine that begins with what the one before left."""

    def __init__(self, at_once: int, cached_rows: int, restarts: bool) -> None:
        self.decisions: dict[str, list[dict[str, Any]]] = {}
        self.recommendations: dict[str, list[dict[str, Any]]] = {}
        self.kept = Kept(cached_rows)
        self._at_once = at_once
        self._restarts = restarts
        self._engine = self.kept.begun()

    def work(self, events: list[Event]) -> "Piecemeal":
        left = iter(events)
        batch = self._engine.process(left, self._at_once)
        while batch.left is not None:
            left = chain([batch.left], left)
            self._keep(batch)
            batch = self._engine.process(left, self._at_once)
        self._keep(batch)
        while self._engine.clock < END or self._engine.next_due() <= END:
            self._keep(self._engine.advance(END, self._at_once))
        return self

    def _keep(self, batch: Batch) -> None:
        for decision in batch.decisions:
            self.decisions.setdefault(decision["customer"], []).append(decision)
        for record in batch.recommendations:
            self.recommendations.setdefault(record["customer"], []).append(record)
        self.kept.keep(batch)
        if self._restarts:
            self._engine = self.kept.going_on_from(self._engine)


@MANY
@given(histories(), st.sampled_from([1, 2, 5]), st.sampled_from([1, 4]), st.booleans())
def test_what_is_due_comes_in_pieces_and_changes_nothing(
    events: list[Event], at_once: int, cached_rows: int, restarts: bool
) -> None:
    pieces, whole = (
        Piecemeal(at_once, cached_rows, restarts).work(events),
        Piecemeal(ALL, cached_rows, False).work(events),
    )
    assert msgspec.json.encode(sorted(pieces.decisions.items())) == msgspec.json.encode(sorted(whole.decisions.items()))
    assert msgspec.json.encode(sorted(pieces.recommendations.items())) == msgspec.json.encode(
        sorted(whole.recommendations.items())
    )
    assert pieces.kept.rows_without_turns() == whole.kept.rows_without_turns()


@MANY
@given(histories(without=("clock.ticked",)), st.data())
def test_the_order_of_arrival_within_the_lateness_changes_nothing(events: list[Event], data: st.DataObject) -> None:
    delays = data.draw(st.binary(min_size=len(events), max_size=len(events)))
    arrival = sorted(range(len(events)), key=lambda place: events[place].time + delays[place] * 5 * MINUTE)
    assert bytes_of(in_order([events[place] for place in arrival])) == bytes_of(in_order(events))


@MANY
@given(histories(), st.sampled_from([2, 3, 8]))
def test_the_number_of_shards_changes_nothing(events: list[Event], count: int) -> None:
    links = [linked_subjects(event) for event in events if event.type == "identity.linked"]
    shards = Shards(count, links)
    decisions: dict[str, object] = {}
    records: dict[str, object] = {}
    for number in range(count):
        mine = [event for event in events if event.type in EVERYWHERE or shards.shard_of_event(event) == number]
        own = worked(Engine(pack()), mine)
        decisions |= own[0]
        records |= own[1]
    assert msgspec.json.encode([sorted(decisions.items()), sorted(records.items())]) == bytes_of(events)
