"""Outcomes calibrate how probable the next of the same kind is held to be, from the next day on, in every shard."""

from collections.abc import Iterable
from time import process_time
from typing import Any
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.batch import EVERYBODY, Batch
from signals.calendar.instant import DAY, HOUR, Instant, parse_instant
from signals.config import Config
from signals.decision.learning import LEARNT, Learning
from signals.engine import LEARNING, Engine
from signals.events.event import Event
from signals.pack.compile import open_pack

PACK = open_pack(Config())
START = parse_instant("2026-03-02T09:00:00+01:00")


def event(name: str, at: Instant, subject: str, type_: str, **data: Any) -> Event:
    return Event(name, "/test", type_, at, at, subject, data)


def detractor(number: int, at: Instant) -> Event:
    return event(f"s{number}@{at}", at, f"customer:{number}", "survey.answered", kind="nps", score=2)


def told(record: dict[str, Any], at: Instant, outcome: str) -> Event:
    data = {"recommendation": record["id"], "outcome": outcome, "by": "anna"}
    return event(f"o{record['id']}{outcome}", at, record["customer"], "recommendation.outcome", **data)


def after(outcome: str, times: int, engine: Engine) -> Engine:
    """So many customers' recommendations of one day turned out the same."""
    for number in range(times):
        record = engine.process([detractor(number, START + number)]).recommendations[0]
        engine.process([told(record, START + HOUR + number, outcome)])
    return engine


def released_at(engine: Engine, at: Instant, number: int = 999) -> dict[str, Any]:
    return engine.process([detractor(number, at)]).recommendations[0]


def test_whatever_a_product_is_called_what_was_learnt_of_it_is_told() -> None:
    engine = Engine(PACK)
    who = "customer:1"
    engine.process(
        [
            event("C1", START, who, "consent.changed", purpose="marketing", given=True, channels=["email"]),
            event("C2", START, who, "consent.changed", purpose="profiling", given=True),
            event("M1", START, who, "profile.changed", field="email", new="jan@example.nl"),
            event(
                "P1", START, who, "policy.changed", policy="P", product="|", change="started", renewal_date="2026-05-01"
            ),
        ]
    )
    made = engine.advance(START + 40 * DAY).recommendations
    record = next(one for one in made if one["trigger"] == "renewal.|")
    engine.process([told(record, START + 40 * DAY, "accepted")])
    assert [(one.trigger, one.right) for one in engine.precisions()] == [("renewal.|", 1)]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("accepted", 1.0), ("wrong", 0.5), ("declined", 0.5), ("complained", 0.5), ("overruled", 0.5), ("contacted", 1.0)],
)
def test_the_probability_is_the_mean_of_the_posterior_from_the_next_day_on(outcome: str, expected: float) -> None:
    engine = after(outcome, 20, Engine(PACK))
    assert released_at(engine, START + 8 * HOUR, 998)["probability"] == 1.0
    record = released_at(engine, START + DAY)
    assert record["probability"] == expected
    if outcome == "wrong":
        gate = next(gate for gate in record["gates"] if gate["gate"] == "confidence")
        assert gate["detail"] == "probability 0.50, at least 0.00; 1.00 before what outcomes taught"


def test_a_word_that_comes_after_the_contact_still_counts_and_each_recommendation_once() -> None:
    engine = Engine(PACK)
    for number in range(20):
        record = released_at(engine, START + number, number)
        for place, outcome in enumerate(("contacted", "not_reached", "declined", "complained")):
            engine.process([told(record, START + HOUR * (1 + place) + number, outcome)])
    (precision,) = engine.precisions()
    assert (precision.outcomes, precision.right, precision.stated, precision.drifts) == (20, 0, 1.0, True)
    assert (precision.trigger, precision.segment) == ("relationship.detractor", "prospect")


def test_other_triggers_channels_and_segments_learn_nothing_from_it() -> None:
    engine = after("wrong", 20, Engine(PACK))
    bought = {"policy": "P1", "product": "car", "change": "started"}
    engine.process([event("p", START + DAY, "customer:999", "policy.changed", **bought)])
    assert released_at(engine, START + DAY + HOUR)["probability"] == 1.0


def test_nothing_is_learnt_where_the_configuration_says_so() -> None:
    engine = after("wrong", 20, Engine(open_pack(Config.model_validate({"learning": {"prior": None}}))))
    assert (released_at(engine, START + DAY)["probability"], engine.precisions()) == (1.0, [])


def test_what_was_learnt_survives_a_restart() -> None:
    rows: dict[str, bytes] = {}
    engine = Engine(PACK, load=rows.get)
    record = released_at(engine, START, 1)
    batch = engine.process([told(record, START + HOUR, "wrong")])
    rows |= {key: row for key, row in batch.rows.items() if row is not None}
    assert LEARNING in rows
    restarted = Engine(PACK, load=rows.get)
    restarted.restore(rows.items(), clock=engine.clock)
    assert restarted.precisions() == engine.precisions()
    assert released_at(restarted, START + DAY) == released_at(engine, START + DAY)


class Shards:
    """Engines side by side that hand each other what they forward, as the cluster does."""

    def __init__(self, count: int) -> None:
        self.engines = [
            Engine(PACK, owns=lambda key, number=number: place(key, count) == number, shards=count)
            for number in range(count)
        ]

    def advance(self, now: Instant) -> list[Batch]:
        return [engine.advance(now) for engine in self.engines]

    def process(self, one: Event) -> Iterable[Batch]:
        own = self.engines[place(one.subject, len(self.engines))]
        batch = own.process([one])
        yield batch
        for subject, forwarded in batch.forwards:
            assert subject == EVERYBODY
            for other in self.engines:
                if other is not own:
                    yield other.process([forwarded])


def place(key: str, count: int) -> int:
    return crc32(key.encode()) % count


def story_of(shards: Shards, steps: list[tuple[int, int, str]]) -> bytes:
    """What came of it: surveys, and outcomes of what was released for the customer's last one.

    Not of what fell due since: a shard in which nothing happens tells of that later.
    """
    last: dict[int, dict[str, Any]] = {}
    decisions: dict[str, Any] = {}
    records: dict[str, Any] = {}
    for hours, number, what in [*sorted(steps), (24 * 200, 0, "end")]:
        at = START + hours * HOUR
        known = last.get(number)
        one = told(known, at, what) if known is not None and what != "survey" else detractor(number, at)
        for batch in shards.advance(at) if what == "end" else shards.process(one):
            decisions |= {decision["id"]: decision for decision in batch.decisions}
            records |= {record["id"]: record for record in batch.recommendations}
            surveyed = [record for record in batch.recommendations if record["trigger"] == "relationship.detractor"]
            last |= {int(record["customer"].partition(":")[2]): record for record in surveyed}
    return msgspec.json.encode([sorted(decisions.items()), sorted(records.items())])


steps = st.tuples(
    st.integers(0, 24 * 120), st.integers(0, 7), st.sampled_from(["survey", "survey", "accepted", "wrong", "contacted"])
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(steps, min_size=4, max_size=25, unique_by=lambda step: step[0]), st.sampled_from([2, 3, 8]))
def test_any_number_of_shards_learns_the_same(happened: list[tuple[int, int, str]], count: int) -> None:
    assert story_of(Shards(count), happened) == story_of(Shards(1), happened)


def test_the_lessons_of_a_busy_day_cost_no_more_each_than_those_of_a_quiet_one() -> None:
    learning = Learning(PACK.environment.clock, DAY, 20)
    given = {"trigger": "renewal.car", "channel": "email", "segment": "buyer", "right": True, "stated": 0.5}

    def cost(first: int, last: int) -> float:
        begun = process_time()
        for number in range(first, last):
            learning.note(Event("", "/x", LEARNT, START + number, START, "", {**given, "recommendation": f"r{number}"}))
            learning.calibrated(0.5, "renewal.car", "email", "buyer", START + DAY + number)
        return process_time() - begun

    few = cost(0, 1_000)
    cost(1_000, 9_000)
    assert cost(9_000, 10_000) < 4 * few
