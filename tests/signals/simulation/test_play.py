import ast
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import signals.simulation
from signals.calendar.instant import DAY
from signals.events.decode import Rejected, decode_structured, encode
from signals.events.event import Event
from signals.simulation.lives import EVENTS, life_events, sayings
from signals.simulation.play import Simulation
from signals.simulation.scene import Truth

CUSTOMERS, DAYS, START = 900, 365, date(2025, 1, 1)


def play(seed: int = 7, customers: int = CUSTOMERS, days: int = DAYS) -> tuple[list[Event], list[Truth], Simulation]:
    simulation = Simulation(customers, days, seed, START)
    return list(simulation.events()), simulation.truth(), simulation


@pytest.fixture(scope="module")
def year() -> tuple[list[Event], list[Truth], Simulation]:
    return play()


Year = tuple[list[Event], list[Truth], Simulation]


def test_every_event_is_valid_at_the_boundary_and_comes_back_the_same(year: Year) -> None:
    for event in year[0]:
        decoded = decode_structured(encode(event))
        assert not isinstance(decoded, Rejected), (decoded, event)
        assert decoded == event


def test_events_come_in_the_order_of_time_within_the_horizon_and_have_ids_of_their_own(year: Year) -> None:
    events, _, simulation = year
    times = [event.time for event in events]
    assert times == sorted(times)
    assert simulation.horizon.begin <= times[0]
    assert times[-1] < simulation.horizon.end
    assert len({event.id for event in events}) == len(events)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    events, truth, _ = play(customers=60)
    again, truth_again, _ = play(customers=60)
    assert [encode(event) for event in again] == [encode(event) for event in events]
    assert truth_again == truth
    other, _, _ = play(customers=60, seed=8)
    assert [encode(event) for event in other] != [encode(event) for event in events]


def test_there_are_as_many_customers_as_asked_for(year: Year) -> None:
    events, _, _ = year
    linked = {event.subject for event in events if event.type == "policy.changed" and event.warmup}
    assert len(linked) == CUSTOMERS


def test_every_kind_of_life_event_happens_at_about_its_rate(year: Year) -> None:
    _, truth, _ = year
    counts = Counter(one.event for one in truth)
    life = {event: count for event, count in counts.items() if event.startswith("life_event.")}
    assert len(life) == 19
    assert 300 < sum(life.values()) < 1000
    assert counts["life_event.move"] > counts["life_event.divorce"]


def test_a_realistic_share_leaves_in_the_health_season_with_its_peak_at_the_end(year: Year) -> None:
    events, truth, simulation = year
    insured = {event.subject for event in events if event.warmup and event.data.get("product") == "health"}
    left = [one for one in truth if one.event == "season.health_nl.cancelled_elsewhere"]
    assert 0.04 < len(left) / len(insured) < 0.1
    last_two_days = simulation.horizon.end - 2 * DAY
    assert sum(one.time >= last_two_days for one in left) / len(left) > 0.15


def test_history_is_marked_as_warm_up_and_only_history(year: Year) -> None:
    events, _, simulation = year
    for event in events:
        assert event.warmup == (event.time < simulation.horizon.begin + 1000)


def test_truth_names_the_household_and_lies_within_it(year: Year) -> None:
    events, truth, _ = year
    customers = {event.subject for event in events if event.type == "policy.changed"}
    for one in truth:
        assert one.customer in one.household
        assert set(one.household) <= customers
        assert {"customer", "event", "time", "household", "contactable"} == one.record().keys()


def test_whoever_says_two_things_at_once_meant_both(year: Year) -> None:
    events, truth, _ = year
    told = {one.time for one in truth if one.event == "relationship.cancel_intent"}
    asked = [one for one in events if one.type == "contact.received" and "beeindigen" in one.data.get("text", "")]
    assert asked
    assert all(one.time in told for one in asked)


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_over_is_not_told_as_still_to_come(name: str) -> None:
    life = life_events()[name]
    coming = {one for by_time in life.tells.values() for one in by_time.get("before", [])}
    if life.tells["nl"].keys() & {"after", "anytime"}:
        assert all(not coming.intersection(sayings(life, by_time, "after")) for by_time in life.tells.values())


def test_the_simulation_shares_no_code_with_the_detectors() -> None:
    allowed = {"signals.calendar", "signals.events", "signals.simulation", "signals.yaml_text"}
    for file in Path(signals.simulation.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("signals"):
                assert ".".join((node.module or "").split(".")[:2]) in allowed, (file.name, node.module)


def test_no_text_has_an_unfilled_gap(year: Year) -> None:
    for event in year[0]:
        assert "{" not in encode(event).decode().partition('"data":')[2][1:], event
