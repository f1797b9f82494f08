"""A desk never gets more than it can work; who waits is handed over best first, or expires."""

from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signals.calendar.instant import HOUR, MINUTE, Instant, parse_instant
from signals.config import Config
from signals.decision.capacity import DESKS, WAITING, Desks
from signals.decision.controls import Controls
from signals.decision.desk import Place
from signals.engine import Engine
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack

START = parse_instant("2026-03-02T09:00:00+01:00")
TWO_AN_HOUR = Config.model_validate({"desks": {"service": {"capacity_per_hour": 2}}})
PACK = open_pack(TWO_AN_HOUR)


def survey(customer: int, at: Instant, premium: float = 0) -> list[Event]:
    """A low score, which the service desk wants to know; the premium makes customers differ in value."""
    subject = f"customer:{customer}"
    policy = {"policy": f"P{customer}", "product": "legal", "change": "started", "premium": premium}
    bought = Event(f"p{customer}", "/crm", "policy.changed", at - MINUTE, at, subject, policy)
    return [bought, Event(f"s{customer}", "/nps", "survey.answered", at, at, subject, SCORE)]


SCORE = {"kind": "nps", "score": 2}


def desk(at: Instant, **data: Any) -> Event:
    return Event(f"d{at}", "/desks", "desk.changed", at, at, "", {"desk": "service", **data})


def released(batches: list[Any]) -> list[tuple[str, str]]:
    return [
        (decision["decided"], decision["customer"])
        for batch in batches
        for decision in batch.decisions
        if decision["status"] == "released"
    ]


def test_the_third_of_an_hour_waits_for_a_slot() -> None:
    engine = Engine(PACK)
    events = [event for number in (1, 2, 3) for event in survey(number, START + number * MINUTE)]
    first = engine.process(events)
    assert [decision["reason"] for decision in first.decisions] == ["RELEASED", "RELEASED", "CAPACITY"]
    later = engine.advance(START + 2 * HOUR)
    assert [decision["reason"] for decision in later.decisions] == ["RELEASED"]


def test_free_slots_are_told() -> None:
    engine = Engine(PACK)
    assert engine.free_slots(START) == {"service": 2}
    engine.process(survey(1, START))
    assert engine.free_slots(START + MINUTE) == {"service": 1}
    assert engine.free_slots(START + HOUR) == {"service": 2}
    engine.process([desk(START + HOUR, open=False)])
    assert engine.free_slots(START + HOUR) == {"service": 0}
    assert Engine(PACK, owns=lambda key: False, shards=2).free_slots(START) == {}


def test_the_most_valuable_of_those_who_wait_goes_first() -> None:
    engine = Engine(PACK)
    worth = {1: 1.0, 2: 1.0, 3: 5.0, 4: 90.0, 5: 20.0}
    ordered = [event for number, premium in worth.items() for event in survey(number, START + number * MINUTE, premium)]
    batches = [engine.process(sorted(ordered, key=lambda event: event.time)), engine.advance(START + 5 * HOUR)]
    assert [customer for _, customer in released(batches)][2:] == ["customer:4", "customer:5", "customer:3"]


def test_a_closed_desk_gets_nothing_until_it_opens() -> None:
    engine = Engine(PACK)
    closed = engine.process([desk(START, open=False), *survey(1, START + 5 * MINUTE)])
    assert [decision["reason"] for decision in closed.decisions] == ["CAPACITY"]
    opened = engine.process([desk(START + HOUR, open=True)])
    assert [decision["reason"] for decision in opened.decisions] == ["RELEASED"]


def test_who_waits_too_long_expires() -> None:
    engine = Engine(PACK)
    engine.process([desk(START, capacity=0), *survey(1, START + MINUTE)])
    ended = engine.advance(START + 60 * 24 * HOUR)
    assert [(decision["status"], decision["reason"]) for decision in ended.decisions] == [("expired", "EXPIRED")]


def test_who_waits_still_waits_after_a_restart() -> None:
    rows: dict[str, bytes] = {}
    engine = Engine(PACK, load=rows.get)
    events = [event for number in (1, 2, 3) for event in survey(number, START + number * MINUTE)]
    rows |= {key: row for key, row in engine.process(events).rows.items() if row is not None}
    assert DESKS in rows
    restarted = Engine(PACK, load=rows.get)
    restarted.restore(rows.items(), clock=engine.clock)
    later = restarted.advance(START + 2 * HOUR)
    assert [decision["reason"] for decision in later.decisions] == ["RELEASED"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=8), st.integers(0, 2))
@example([0, 60], 1)  # the second comes in at the very moment at which the first is called
@example([0, 300, 30], 1)  # the third comes in late, and waited for a slot that has been free for hours
def test_when_a_desk_calls_does_not_depend_on_restarts(minutes: list[int], slots: int) -> None:
    events = [desk(START - HOUR, capacity=slots)]
    for number, minute in enumerate(minutes):
        at = START + minute * MINUTE
        events.append(Event(f"s{number}", "/nps", "survey.answered", at, at, f"customer:{number}", SCORE))
    events.append(desk(START + 6 * HOUR, capacity=9))
    whole = Engine(PACK)
    expected = [*released([whole.process(events)]), *released([whole.advance(START + 9 * HOUR)])]
    rows: dict[str, bytes] = {}
    found: list[tuple[str, str]] = []
    clock = 0
    for event in [*events, None]:
        engine = Engine(PACK, load=rows.get)
        engine.restore(rows.items(), clock=clock)
        batch = engine.advance(START + 9 * HOUR) if event is None else engine.process([event])
        found += released([batch])
        clock = engine.clock
        for key, row in batch.rows.items():
            rows.pop(key, None)
            rows |= {} if row is None else {key: row}
    assert found == expected


def test_a_desk_that_works_faster_since_a_restart_calls_sooner() -> None:
    engine = Engine(PACK)
    events = [event for number in (1, 2, 3) for event in survey(number, START + number * MINUTE)]
    rows = {key: row for key, row in engine.process(events).rows.items() if row is not None}
    faster = Config.model_validate({"desks": {"service": {"capacity_per_hour": 9}}})
    restarted = Engine(open_pack(faster), load=rows.get)
    restarted.restore(rows.items(), clock=engine.clock)
    assert len(released([restarted.advance(START + 10 * MINUTE)])) == 1


def test_a_long_queue_is_kept_in_small_rows_and_only_what_changes_is_written() -> None:
    engine = Engine(PACK)
    waiting = range(2_000)
    engine.process(
        [desk(START, open=False), *(event for number in waiting for event in survey(number, START + number))]
    )
    one_more = engine.process(survey(9_999, START + HOUR)).rows
    assert sum(key.startswith(WAITING) for key in one_more) == 1
    assert DESKS not in one_more
    opened = engine.process([desk(START + 2 * HOUR, open=True)]).rows
    assert max(len(row) for row in opened.values() if row is not None) < 10_000
    gone = [row for key, row in opened.items() if key.startswith(WAITING)]
    assert gone == [None, None], "two an hour"


def test_desks_that_nobody_works_at_are_not_remembered_for_ever() -> None:
    engine = Engine(PACK)
    engine.process(survey(1, START))
    told = [
        Event(f"d{n}", "/d", "desk.changed", START, START, "", {"desk": f"agent-{n}", "open": True})
        for n in range(9_999)
    ]
    rows = engine.process([desk(START, capacity=0), *told]).rows
    assert len(rows[DESKS] or b"") < 100_000
    closed = engine.process(survey(2, START + 2 * HOUR))
    assert [decision["reason"] for decision in closed.decisions] == ["CAPACITY"]


def test_who_is_not_wanted_any_more_leaves_the_queue_though_nobody_is_called() -> None:
    engine, rows = Engine(PACK), dict[str, bytes | None]()
    rows |= engine.process([desk(START, open=False)]).rows
    for week in range(40):
        begin = START + week * 7 * 24 * HOUR
        told = [event for number in range(100) for event in survey(1_000 * week + number, begin + number)]
        rows |= engine.process(told).rows
    left = [row for key, row in rows.items() if key.startswith(WAITING) and row is not None]
    assert 100 <= len(left) < 2_000


def test_a_queue_that_an_older_release_kept_in_one_row_is_taken_over() -> None:
    engine = Engine(PACK)
    events = [event for number in (1, 2, 3) for event in survey(number, START + number * MINUTE)]
    rows = {key: row for key, row in engine.process(events).rows.items() if row is not None}
    places = [msgspec.msgpack.decode(rows.pop(key))[1][:7] for key in sorted(rows) if key.startswith(WAITING)]
    desks = msgspec.msgpack.decode(rows[DESKS])
    desks["service"][1] = places
    rows[DESKS] = msgspec.msgpack.encode(desks)
    newer = Engine(PACK, load=rows.get)
    newer.restore(rows.items(), clock=engine.clock)
    taken = newer.take_rows()
    assert sum(key.startswith(WAITING) for key in taken) == 1
    assert [decision["reason"] for decision in newer.advance(START + 2 * HOUR).decisions] == ["RELEASED"]


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=20), st.integers(1, 4))
def test_no_hour_ever_has_more_releases_than_slots(minutes: list[int], slots: int) -> None:
    pack: Pack = PACK
    engine = Engine(pack)
    events = [event for number, minute in enumerate(minutes) for event in survey(number, START + minute * MINUTE)]
    opening = desk(START - HOUR, capacity=slots)
    batches = [
        engine.process([opening, *sorted(events, key=lambda event: (event.time, event.id))]),
        engine.advance(START + 40 * HOUR),
    ]
    moments = sorted(parse_instant(decided) for decided, _ in released(batches))
    assert len(moments) == len(minutes)
    for moment in moments:
        assert sum(1 for other in moments if moment <= other < moment + HOUR) <= slots


def test_who_is_called_waits_again_and_is_called_within_one_batch_leaves_no_row_behind() -> None:
    desks = Desks(PACK.environment, Controls())
    place = Place(1, -1.0, START, "renewal.car", "P1", "customer:1", "r1", START + HOUR)
    desks.join("service", place, START)
    row = {key: row for key, row in desks.take_rows().items() if key.startswith(WAITING)}
    assert all(row.values())
    for _ in range(2):
        desks.next_waiting("service")
        desks.join("service", place, START)
    desks.next_waiting("service")
    assert desks.take_rows().items() >= dict.fromkeys(row).items()


@pytest.mark.parametrize("at_once", [1, 3, 1_000])
def test_of_those_due_at_one_moment_the_best_are_called_first_also_in_turns(at_once: int) -> None:
    """Promises to twenty customers, the fifth the most valuable, are broken at 17:00; two an hour can be called."""
    engine = Engine(PACK)
    for number in range(20):
        bought, _ = survey(number, START, premium=100 - abs(number - 5))
        made = {"promise": f"B{number}", "status": "made", "due": "2026-03-03"}
        promised = Event(f"m{number}", "/crm", "promise.changed", START, START, bought.subject, made)
        engine.process([bought, promised])
    batches = []
    for hour in range(34):
        batches.append(engine.advance(START + hour * HOUR + MINUTE, at_once))
        while engine.is_behind:
            batches.append(engine.go_on(at_once))
    called = [customer for decided, customer in released(batches) if decided >= "2026-03-03T16:00:00Z"]
    assert [set(called[:2]), set(called[2:4])] == [{"customer:5", "customer:4"}, {"customer:6", "customer:3"}]
