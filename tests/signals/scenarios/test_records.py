"""The records as the contract writes them: keys, closed lists, what goes with what, times, revisions."""

import re
from itertools import pairwise

import pytest

from signals.decision.verdict import REASONS
from tests.signals.scenarios.driver import Record, Story

_SHARED = {"id", "customer", "trigger", "episode", "class", "play", "created", "status", "reason", "pack"}
RECOMMENDATION = _SHARED | {
    *("not_before", "best_before", "expires", "channel", "desk", "owner", "probability", "value", "urgency"),
    *("priority", "why", "say", "evidence", "gates", "counterfactual", "runner_up", "holdout", "revision"),
}
DECISION = _SHARED | {"decided", "detail", "recommendation"}
STATUSES_OF = {
    "RELEASED": {"released", "withdrawn", "superseded", "expired", "overruled", "done"},
    "QUIET_HOURS": {"held"},
    "CAPACITY": {"held"},
    "HOLDOUT": {"ghost"},
    "EXPIRED": {"expired"},
    "WITHDRAWN": {"withdrawn"},
    "OVERRULED": {"overruled"},
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture(scope="module")
def story() -> Story:
    """A year in which much happens."""
    story = Story().consenting().insured("health", premium=140, start_date="2015-03-01")
    story.insured("car", premium=60, renewal_date="2026-08-01")
    story.on("2026-02-01T10:00", "profile.changed", field="owner", new="anna")
    story.on("2026-03-02T10:00", "profile.changed", field="address", old="A", new="B")
    story.on("2026-03-03T10:00", "profile.changed", field="address", old="B", new="A")
    story.on("2026-03-20T22:00", "form.changed", form="quote", step="saved", product="home")
    for day in (1, 2, 3):
        story.on(f"2026-04-0{day}T10:00", "contact.received", channel="email", case="C1")
    story.on("2026-04-07T10:00", "promise.changed", promise="B1", status="made", due="2026-04-10")
    story.on("2026-04-13T10:00", "market.changed", product="car", what="premium", competitor="Rival", premium=30)
    story.on("2026-04-14T10:00", "promise.changed", promise="B1", status="kept")
    story.on("2026-05-01T10:00", "complaint.changed", complaint="K1", status="opened")
    story.on("2026-05-04T10:00", "profile.changed", field="marital_status", new="married")
    story.on("2026-05-05T10:00", "complaint.changed", complaint="K1", status="closed")
    for day in (13, 14, 15):
        story.on(f"2026-11-{day}T10:00", "web.viewed", url="/zorgverzekering/vergelijken")
    return story.until("2027-01-10T10:00")


def test_recommendations_have_exactly_the_keys_of_the_contract(story: Story) -> None:
    for record in story.revisions:
        assert set(record) == RECOMMENDATION
        assert set(record["value"]) == {"lifetime", "referral", "network", "knowledge", "total"}
        assert set(record["why"]) == set(record["say"]) == {"en", "nl"}
        assert all(record["why"].values())
        assert record["evidence"]
        for piece in record["evidence"]:
            assert set(piece) == {"event", "time", "source", "saw", "weight"}
            assert piece["saw"]
        assert all(set(gate) == {"gate", "verdict", "detail"} for gate in record["gates"])
        assert all(set(change) == {"change", "then"} for change in record["counterfactual"])
        assert set(record["holdout"]) == {"member", "epoch"}
        assert set(record["pack"]) == {"name", "version", "digest"}
        assert 0 <= record["probability"] <= 1
        assert 0 <= record["urgency"] <= 1


def test_an_own_adviser_is_named(story: Story) -> None:
    assert {record["owner"] for record in story.revisions} == {"anna"}


GATES = (
    *("kill_switch", "erased", "duplicate", "late", "warmup", "consent", "consent_expired", "objected", "care_guard"),
    *("promise_first", "confidence", "address", "window", "frequency", "arbitration", "value", "holdout"),
    *("quiet_hours", "capacity"),
)


def test_what_is_counted_and_named_is_of_its_type_and_in_its_order(story: Story) -> None:
    for record in story.revisions:
        assert record["id"].startswith("rec_")
        assert record["value"]["total"] == pytest.approx(sum(record["value"].values()) / 2, abs=0.02)
        assert all(0 < piece["weight"] <= 1 for piece in record["evidence"])
        asked = [gate["gate"] for gate in record["gates"] if gate["gate"] in GATES]
        assert asked == sorted(asked, key=GATES.index)
        assert record["pack"]["name"] == story.engine.pack.environment.fingerprint.name
    assert all(decision["id"].startswith("dec_") for decision in story.history)


EXPLANATION = {
    *("probability", "value", "urgency", "priority", "why", "say"),
    *("evidence", "gates", "counterfactual", "runner_up"),
}


def test_decisions_have_the_keys_of_the_contract_and_refusals_their_explanation(story: Story) -> None:
    for decision in story.history:
        assert set(decision) - DECISION in (set(), EXPLANATION)
        assert set(decision) >= DECISION
        assert decision["detail"]


def test_reasons_statuses_and_classes_are_closed_lists_that_fit_each_other(story: Story) -> None:
    for record in [*story.history, *story.revisions]:
        assert record["reason"] in REASONS
        assert record["status"] in STATUSES_OF.get(record["reason"], {"rejected"})
        assert record["class"] in ("care", "service", "sales")


def test_a_decision_names_its_recommendation_once_that_is_released_and_only_then(story: Story) -> None:
    released = {record["id"] for record in story.revisions if record["reason"] == "RELEASED"}
    for decision in story.history:
        assert (decision["recommendation"] is not None) == (decision["reason"] == "RELEASED")
    assert {d["recommendation"] for d in story.decisions if d["recommendation"]} == released


def times(record: Record) -> list[str]:
    names = ("created", "decided", "not_before", "best_before", "expires")
    return [record[name] for name in names if name in record] + [p["time"] for p in record.get("evidence", [])]


def test_all_times_are_utc(story: Story) -> None:
    for record in [*story.history, *story.revisions]:
        assert all(TIME.fullmatch(time) for time in times(record))


def test_windows_are_in_order(story: Story) -> None:
    for record in story.revisions:
        assert record["created"] <= record["not_before"] <= record["best_before"] <= record["expires"]


def test_revisions_follow_one_another_and_a_released_reason_stands(story: Story) -> None:
    for id in {record["id"] for record in story.revisions}:
        own = [record for record in story.revisions if record["id"] == id]
        assert [record["revision"] for record in own] == list(range(1, len(own) + 1))
        for before, after in pairwise(own):
            assert before["reason"] != "RELEASED" or after["reason"] == "RELEASED"


def test_every_candidate_has_one_decision_and_one_reason(story: Story) -> None:
    assert len({decision["id"] for decision in story.decisions}) == len(story.decisions)
    assert {"RELEASED", "CARE_GUARD", "PROMISE_FIRST"} <= {decision["reason"] for decision in story.decisions}


def test_an_episode_releases_at_most_once(story: Story) -> None:
    released = [(d["customer"], d["trigger"], d["episode"]) for d in story.decisions if d["reason"] == "RELEASED"]
    assert len(released) == len(set(released))


def test_why_a_thing_ended_is_told_with_the_event_that_ended_it(story: Story) -> None:
    moved = [record for record in story.revisions if record["trigger"] == "life_event.move"][-1]
    ended_by = next(e["id"] for e in story.events if e["data"].get("old") == "B")
    assert moved["status"] == "withdrawn"
    assert ended_by in moved["gates"][-1]["detail"]


EVERY_STORY = (
    test_recommendations_have_exactly_the_keys_of_the_contract,
    test_what_is_counted_and_named_is_of_its_type_and_in_its_order,
    test_decisions_have_the_keys_of_the_contract_and_refusals_their_explanation,
    test_reasons_statuses_and_classes_are_closed_lists_that_fit_each_other,
    test_a_decision_names_its_recommendation_once_that_is_released_and_only_then,
    test_all_times_are_utc,
    test_windows_are_in_order,
    test_revisions_follow_one_another_and_a_released_reason_stands,
    test_an_episode_releases_at_most_once,
)
"""What holds of the records of any story."""
