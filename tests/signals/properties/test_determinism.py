"""Same events, any batching, any number of shards, any order within the lateness: the same decisions, byte for byte."""

from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.batch import Batch
from signals.calendar.instant import DAY, MINUTE
from signals.customer.identity import linked_subjects
from signals.engine import Engine
from signals.events.event import Event
from streams.replay.reorder import Reorder
from streams.replay.shards import Shards
from tests.signals.properties.histories import END, histories, pack, worked

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
    engine = Engine(pack(), cached_rows=cached_rows)
    stored: dict[str, bytes] = {}
    engine._rows.load = stored.get  # rows leave the cache and come back from where they are kept
    decisions: dict[str, object] = {}
    records: dict[str, object] = {}

    def keep(batch: Batch) -> None:
        for key, row in batch.rows.items():
            stored.pop(key, None)
            if row is not None:
                stored[key] = row
        decisions.update((decision["id"], decision) for decision in batch.decisions)
        records.update((record["id"], record) for record in batch.recommendations)

    for start, end in pairwise([0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]):
        keep(engine.process(events[start:end]))
    keep(engine.advance(END))
    assert msgspec.json.encode([sorted(decisions.items()), sorted(records.items())]) == bytes_of(events)


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
