"""A desk's slots are given out once over all shards, to the best of all who wait."""

import zlib
from collections.abc import Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from signals.batch import EVERYBODY, Batch
from signals.calendar.instant import HOUR, MINUTE, Instant, parse_instant
from signals.decision.capacity import WAITING
from signals.engine import Engine
from signals.events.event import Event
from tests.signals.decision.test_capacity import PACK, START, desk, survey

SHARDS = 4
SURVEYS = st.tuples(st.integers(0, 30), st.integers(0, 240), st.integers(0, 100))
"""Customer, minute, premium."""


class Shards:
    """Several engines that hand each other what they forward, as the cluster does."""

    def __init__(self) -> None:
        self._engines = [Engine(PACK, owns=self._owned_by(number), shards=SHARDS) for number in range(SHARDS)]
        self.decisions: list[dict[str, Any]] = []
        self.rows: dict[str, bytes | None] = {}

    def process(self, events: Iterable[Event]) -> None:
        for event in events:
            wanted = range(SHARDS) if event.type == "desk.changed" else [shard_of(event.subject)]
            for number in wanted:
                self._take(self._engines[number].process([event]))

    def advance(self, now: Instant) -> None:
        for engine in self._engines:
            self._take(engine.advance(now))

    def _take(self, batch: Batch) -> None:
        self.decisions += batch.decisions
        self.rows |= batch.rows
        for key, event in batch.forwards:
            for number in range(SHARDS) if key == EVERYBODY else [shard_of(key)]:
                self._take(self._engines[number].process([event]))

    def _owned_by(self, number: int) -> Any:
        return lambda key: shard_of(key) == number

    def released(self) -> list[tuple[str, str]]:
        return [(one["decided"], one["customer"]) for one in self.decisions if one["status"] == "released"]


def shard_of(key: str) -> int:
    return zlib.crc32(key.encode()) % SHARDS


def test_two_an_hour_means_two_over_all_shards_best_first() -> None:
    shards = Shards()
    worth = dict(enumerate((1.0, 1.0, 3.0, 5.0, 90.0, 20.0, 40.0, 2.0)))
    for number, premium in worth.items():
        shards.process(survey(number, START + number * MINUTE, premium))
    assert len({shard_of(f"customer:{number}") for number in worth}) > 1
    assert len(shards.released()) == 2
    for hour in range(1, 5):
        shards.advance(START + hour * HOUR + 10 * MINUTE)
    order = [customer for _, customer in shards.released()]
    assert order[2:] == [f"customer:{number}" for number in (4, 6, 5, 3, 2, 7)]


def test_a_slot_that_is_not_needed_any_more_goes_to_the_next() -> None:
    shards = Shards()
    shards.process([desk(START, open=False)])
    for number in range(1, 5):
        shards.process(survey(number, START + number * MINUTE, 90.0 - number))
    erased = Event("e", "/privacy", "privacy.requested", START + HOUR, START + HOUR, "customer:1", {"kind": "erase"})
    shards.process([erased, desk(START + 2 * HOUR, open=True)])
    assert shard_of("customer:1") != shard_of("desk:service")
    assert [customer for _, customer in shards.released()] == ["customer:2", "customer:3"]


@settings(max_examples=25, deadline=None)
@given(st.lists(SURVEYS, max_size=12, unique_by=lambda one: one[0]))
def test_never_more_than_slots_and_none_is_left_out(surveys: list[tuple[int, int, int]]) -> None:
    shards = Shards()
    for number, minute, premium in sorted(surveys, key=lambda one: (one[1], one[0])):
        shards.process(survey(number, START + minute * MINUTE, premium))
    for hour in range(1, 14):
        shards.advance(START + hour * HOUR)
    moments = sorted(parse_instant(moment) for moment, _ in shards.released())
    assert len(moments) == len(surveys)
    assert all(later - first >= HOUR for first, later in zip(moments, moments[2:], strict=False))


def test_no_desk_of_any_shard_keeps_the_place_of_who_is_erased() -> None:
    shards = Shards()
    shards.process([desk(START, open=False)])
    for number in range(1, 5):
        shards.process(survey(number, START + number * MINUTE, 90.0 - number))
    waiting = [key for key, row in shards.rows.items() if key.startswith(WAITING) and row is not None]
    assert len(waiting) == 4
    for number in range(1, 5):
        who, now = f"customer:{number}", START + HOUR + number
        shards.process([Event(f"e{number}", "/privacy", "privacy.requested", now, now, who, {"kind": "erase"})])
    assert [shards.rows[key] for key in waiting] == [None] * 4
