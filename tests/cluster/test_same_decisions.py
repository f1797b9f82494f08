"""Same events in, same decisions out, byte for byte: however many shards, whatever pieces a history comes in."""

from collections.abc import Sequence
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signals.calendar.instant import DAY
from signals.engine import OWN, Engine
from signals.events.event import Event
from signals.moments import ALL
from streams.cluster.routing import shard_of
from tests.cluster.shards import Shards
from tests.signals.properties.histories import END, histories, pack, worked
from tests.signals.properties.test_in_turns import days

MANY = settings(max_examples=150)
COUNTS = st.sampled_from([2, 4, 7])
SEEDS = st.integers(0, 2**32)


def told(decisions: dict[str, object], recommendations: dict[str, object]) -> bytes:
    return msgspec.json.encode([sorted(decisions.items()), sorted(recommendations.items())])


def replayed(events: Sequence[Event]) -> bytes:
    return told(*worked(Engine(pack()), list(events)))


def shards_of(count: int, seed: int, at_once: int = ALL) -> Shards:
    chance = Random(seed)
    return Shards(pack(), count, chance.randrange, at_once)


def is_at_home(shards: Shards, key: str, found: list[int]) -> bool:
    return key.startswith(OWN) or found == [shard_of(key, shards.count)]


def counted(engines: Sequence[Engine]) -> dict[str, tuple[int, int]]:
    """How many events and touches each person has, by who they are."""
    found = {}
    for engine in engines:
        for customer in engine.cached:
            if customer.events:
                assert customer.key not in found, "one person in two shards"
                found[customer.key] = (customer.events, customer.touch_count)
    return found


def summed(found: dict[str, tuple[int, int]]) -> tuple[int, int]:
    return sum(events for events, _ in found.values()), sum(touches for _, touches in found.values())


def ended(shards: Shards) -> bytes:
    shards.work()
    shards.advance(END)
    return told(shards.decisions, shards.recommendations)


@MANY
@given(histories(), COUNTS, SEEDS)
def test_a_history_in_one_go(events: list[Event], count: int, seed: int) -> None:
    shards = shards_of(count, seed)
    shards.load(events)
    assert ended(shards) == replayed(events)


@MANY
@given(histories() | days(), COUNTS, SEEDS, st.sampled_from([1, 2, 5]))
def test_a_history_of_which_what_concerns_many_comes_in_pieces(
    events: list[Event], count: int, seed: int, at_once: int
) -> None:
    events = sorted(events, key=lambda event: (event.time, event.source, event.id))
    shards = shards_of(count, seed, at_once)
    shards.load(events)
    assert ended(shards) == replayed(events)


@st.composite
def late(draw: st.DrawFn) -> list[Event]:
    """A history of which a part arrived days late, in the order of arrival."""
    events = draw(histories(without=("clock.ticked",)))
    days = draw(st.lists(st.sampled_from([0, 0, 0, 2, 15, 40]), min_size=len(events), max_size=len(events)))
    came = [replace(event, arrival=event.time + delay * DAY) for event, delay in zip(events, days, strict=True)]
    return sorted(came, key=lambda event: (event.arrival, event.source, event.id))


@MANY
@given(late(), COUNTS, SEEDS)
def test_a_history_of_which_a_part_came_late(events: list[Event], count: int, seed: int) -> None:
    shards = shards_of(count, seed)
    shards.load(events)
    assert ended(shards) == replayed(events)


@MANY
@given(late(), COUNTS, SEEDS)
def test_what_comes_late_while_time_goes_on(events: list[Event], count: int, seed: int) -> None:
    shards, alone = shards_of(count, seed), shards_of(1, seed)
    for event in events:
        for each in (shards, alone):
            each.advance(event.arrival - 1)
            each.send(event)
            each.work()
    assert ended(shards) == ended(alone)


@MANY
@given(histories(), COUNTS, SEEDS, st.integers(1, 30), st.integers(0, 30))
def test_history_that_fires_nothing_before_what_is_live(
    events: list[Event], count: int, seed: int, first_live: int, cut: int
) -> None:
    events = [replace(event, warmup=place < first_live) for place, event in enumerate(events)]
    shards = shards_of(count, seed)
    shards.load(events[:cut])
    shards.load(events[cut:], before=events[:cut])
    assert ended(shards) == replayed(events)


@MANY
@given(histories(), COUNTS, SEEDS, st.integers(0, 30), st.booleans())
def test_a_history_in_pieces(events: list[Event], count: int, seed: int, cut: int, going_home: bool) -> None:
    shards = shards_of(count, seed)
    shards.load(events[:cut], going_home=going_home)
    shards.load(events[cut:], before=events[:cut], going_home=going_home)
    assert ended(shards) == replayed(events)
    if going_home:
        assert all(is_at_home(shards, *row) for row in shards.rows().items())


@MANY
@given(histories(), COUNTS, SEEDS, st.integers(0, 30), st.booleans())
def test_a_history_and_then_what_comes_in_live(
    events: list[Event], count: int, seed: int, cut: int, going_home: bool
) -> None:
    shards = shards_of(count, seed)
    shards.load(events[:cut], going_home=going_home)
    shards.work()
    for event in events[cut:]:
        shards.send(event)
        shards.work()
    assert ended(shards) == replayed(events)


@MANY
@given(histories(without=("identity.unlinked", "privacy.requested")), COUNTS, SEEDS, st.integers(0, 30))
def test_pieces_that_know_nothing_of_each_other_lose_and_double_nothing(
    events: list[Event], count: int, seed: int, cut: int
) -> None:
    events = list({event.id: event for event in events}.values())  # one that comes twice may go to both rows
    shards = shards_of(count, seed)
    shards.load(events[:cut])
    shards.load(events[cut:])
    shards.work()
    engine = Engine(pack())
    engine.process(events)
    ours, at_once = counted(shards.engines), counted([engine])
    assert summed(ours) == summed(at_once)
    links = {(event.data["from"], event.data["to"]) for event in events if event.type == "identity.linked"}
    if len(links) == len(dict(links)):  # what is linked to two people counts with the one its piece knows of
        assert ours == at_once
