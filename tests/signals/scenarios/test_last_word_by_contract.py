"""Decisions over merges, restarts and time, as the contract words them: holds, caps, the last word, erasure."""

from typing import Any

import msgspec
import pytest

from signals.engine import Engine
from tests.signals.scenarios.driver import SUBJECT, Record, Story
from tests.signals.scenarios.test_controls import steer

MOVE, MARRIAGE, QUOTE = "life_event.move", "life_event.marriage", "purchase.quote_abandoned"
DETRACTOR, DEVICE = "relationship.detractor", "device:d"
CLOSED = {"advisers": {"capacity_per_hour": 0}}


def moving(story: Story, at: str, subject: str = "", **extra: Any) -> Story:
    return story.on(at, "profile.changed", subject, field="address", old=f"before {at}", new=f"after {at}", **extra)


def opened(story: Story, at: str) -> Story:
    return story.on(at, "desk.changed", desk="advisers", capacity=5)


def overrule(story: Story, at: str, decision: Record, direction: str = "release", **data: Any) -> Story:
    said = {"outcome": "overruled", "direction": direction, "by": "eva", "note": "asked for it", **data}
    return story.on(at, "recommendation.outcome", recommendation=decision["id"], **said)


def restarted(story: Story) -> Story:
    """The engine is started anew from its rows."""
    before, rows = story.engine, {key: row for key, row in story.rows.items() if row is not None}
    story.engine = Engine(before.pack, load=rows.get)
    story.engine.restore(rows.items(), clock=before.clock)
    return story


HAPPENINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "NO_CONSENT": ("consent.changed", {"purpose": "profiling", "given": False}),
    "OBJECTED": ("privacy.requested", {"kind": "object"}),
    "CARE_GUARD": ("payment.changed", {"status": "late", "policy": "P1"}),
    "FREQ_CAP": ("contact.made", {"channel": "letter", "purpose": "sales"}),
    "NO_ADDRESS": ("profile.changed", {"field": "email", "new": ""}),
}


@pytest.mark.parametrize("reason", sorted(HAPPENINGS))
@pytest.mark.parametrize("again", [False, True])
def test_what_waits_is_decided_by_how_the_world_is_when_a_slot_comes_free(reason: str, again: bool) -> None:
    story = moving(Story(desks=CLOSED).consenting(channels=["email"]), "2026-03-02T10:00")
    assert story.reasons(MOVE) == ["CAPACITY"]
    type_, data = HAPPENINGS[reason]
    story.on("2026-03-02T11:00", type_, **data)
    if again:
        restarted(story)
    opened(story, "2026-03-02T12:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["WITHDRAWN"], ["withdrawn"])
    assert not [one for one in story.revisions if one["trigger"] == MOVE and one["status"] == "released"]


@pytest.mark.parametrize("hold", ["CAPACITY", "QUIET_HOURS"])
def test_what_waits_is_released_once_after_a_restart(hold: str) -> None:
    story = Story(desks=CLOSED if hold == "CAPACITY" else {})
    story.consenting(channels=["phone"] if hold == "QUIET_HOURS" else ["email"])
    moving(story, "2026-03-02T22:00")
    assert story.reasons(MOVE) == [hold]
    restarted(story)
    opened(story, "2026-03-03T10:00").until("2026-03-03T11:00")
    revisions = [(one["revision"], one["status"]) for one in story.revisions if one["trigger"] == MOVE]
    assert revisions == [(1, "held"), (2, "released")]


def test_what_waits_is_withdrawn_when_its_need_is_gone() -> None:
    story = moving(Story(desks=CLOSED).consenting(), "2026-03-02T10:00")
    story.on("2026-03-02T11:00", "contact.received", channel="email", text="De verhuizing gaat niet door.")
    opened(story, "2026-03-02T12:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["WITHDRAWN"], ["withdrawn"])


def test_a_lowered_capacity_lets_no_more_through_than_slots() -> None:
    story = Story(desks={"service": {"capacity_per_hour": 3}})
    story.on("2026-03-02T09:55", "desk.changed", desk="service", capacity=1)
    for number in range(3):
        story.on(f"2026-03-02T10:0{number}", "survey.answered", f"customer:{number}", kind="nps", score=1)
    assert sorted(story.reasons(DETRACTOR)) == ["CAPACITY", "CAPACITY", "RELEASED"]
    story.on("2026-03-02T10:10", "desk.changed", desk="service", capacity=3)
    assert story.reasons(DETRACTOR) == ["RELEASED"] * 3


def test_a_closed_desk_holds_and_an_opened_one_calls_the_most_valuable_first() -> None:
    story = Story(desks={"service": {"capacity_per_hour": 1}})
    story.on("2026-03-02T09:55", "desk.changed", desk="service", open=False)
    story.insured("car", "2026-03-01T10:00", premium=10)
    story.on(
        "2026-03-01T10:00", "policy.changed", "customer:2", policy="Q", product="car", change="started", premium=90
    )
    for minute, subject in enumerate((SUBJECT, "customer:2")):
        story.on(f"2026-03-02T10:0{minute}", "survey.answered", subject, kind="nps", score=1)
    assert story.reasons(DETRACTOR) == ["CAPACITY", "CAPACITY"]
    story.on("2026-03-02T11:00", "desk.changed", desk="service", open=True)
    released = [one["customer"] for one in story.of(DETRACTOR) if one["reason"] == "RELEASED"]
    assert released == ["customer:2"]


@pytest.mark.parametrize("blocked", ["OBJECTED", "ERASED"])
def test_nobody_overrules_an_objection_or_an_erasure(blocked: str) -> None:
    story = Story().consenting()
    kind = "object" if blocked == "OBJECTED" else "erase"
    story.on("2026-03-02T09:00", "privacy.requested", kind=kind)
    moving(story, "2026-03-02T10:00")
    assert story.reasons(MOVE) == [blocked]
    overrule(story, "2026-03-02T11:00", story.of(MOVE)[0])
    assert set(story.reasons(MOVE)) == {blocked}
    assert story.recommendations == []


def test_an_objection_after_a_person_released_it_takes_it_back() -> None:
    story = moving(Story(), "2026-03-02T10:00")
    overrule(story, "2026-03-02T11:00", story.of(MOVE)[0])
    assert story.statuses(MOVE)[-1] == "released"
    story.on("2026-03-02T12:00", "privacy.requested", kind="object")
    assert story.statuses(MOVE)[-1] == "withdrawn"
    assert story.reasons(MOVE)[-1] == "RELEASED"


@pytest.mark.parametrize(
    "missing",
    [{"by": None}, {"by": ""}],
)
def test_who_overrules_gives_a_name(missing: dict[str, Any]) -> None:
    story = moving(Story(), "2026-03-02T10:00")
    said = {key: value for key, value in {"by": "eva", "note": "asked for it", **missing}.items() if value is not None}
    data = {"recommendation": story.of(MOVE)[0]["id"], "outcome": "overruled", "direction": "release", **said}
    story.on("2026-03-02T11:00", "recommendation.outcome", **data)
    assert story.reasons(MOVE) == ["NO_CONSENT"]


def test_a_person_stops_a_sale_and_the_contact_is_free_for_another() -> None:
    story = moving(Story().consenting(), "2026-03-02T10:00")
    overrule(story, "2026-03-02T10:30", story.of(MOVE)[0], "stop")
    story.on("2026-03-02T11:00", "profile.changed", field="marital_status", old="single", new="married")
    assert story.statuses(MOVE) == ["overruled"]
    assert story.reasons(MARRIAGE) == ["RELEASED"]


@pytest.mark.parametrize(
    ("contacts", "reason"),
    [
        ((("02T09:00", "phone", "sales"),), "FREQ_CAP"),
        ((("01T09:59", "phone", "sales"),), "RELEASED"),
        ((("02T09:00", "phone", "service"),), "RELEASED"),
        ((("02T09:00", "phone", "care"),), "RELEASED"),
        ((("01T09:00", "letter", "sales"), ("01T08:00", "email", "sales")), "FREQ_CAP"),
    ],
)
def test_real_contacts_by_anyone_use_up_the_caps(contacts: tuple[tuple[str, str, str], ...], reason: str) -> None:
    story = Story().consenting()
    for at, channel, purpose in contacts:
        story.on(f"2026-03-{at}", "contact.made", channel=channel, purpose=purpose)
    assert moving(story, "2026-03-02T10:00").reasons(MOVE) == [reason]


def test_what_was_withdrawn_before_anybody_called_uses_up_no_contact() -> None:
    story = moving(Story().consenting(), "2026-03-02T10:00")
    story.on("2026-03-02T10:30", "contact.received", channel="email", text="De verhuizing gaat niet door.")
    story.on("2026-03-02T11:00", "profile.changed", field="marital_status", old="single", new="married")
    assert story.reasons(MARRIAGE) == ["RELEASED"]


def test_caps_of_two_rows_are_one_persons() -> None:
    story = Story().consenting()
    story.on("2026-03-02T09:00", "contact.made", DEVICE, channel="app", purpose="sales")
    story.on("2026-03-02T09:30", "identity.linked", DEVICE, from_=DEVICE, to=SUBJECT)
    assert moving(story, "2026-03-02T10:00").reasons(MOVE) == ["FREQ_CAP"]


@pytest.mark.parametrize(
    ("zone", "at", "opens"),
    [
        ("Europe/Amsterdam", "2026-03-02T22:00", "2026-03-03T08:00:00Z"),
        ("America/New_York", "2026-03-02T12:00", "2026-03-02T14:00:00Z"),
        ("Asia/Tokyo", "2026-03-02T14:00", "2026-03-03T00:00:00Z"),
    ],
)
def test_a_call_waits_for_the_morning_where_the_customer_lives(zone: str, at: str, opens: str) -> None:
    story = Story(quiet_hours={"phone": "21:00-09:00"}).consenting(channels=["phone"])
    story.on("2026-01-06T09:00", "profile.changed", field="timezone", new=zone)
    moving(story, at).until("2026-03-04T10:00")
    assert story.of(MOVE)[0]["decided"] == opens


def test_consent_for_another_channel_only_holds_for_that_channel() -> None:
    story = moving(Story().consenting(channels=["phone"]), "2026-03-02T10:00")
    assert story.recommended(MOVE)["channel"] == "phone"
    story.on("2026-03-02T11:00", "consent.changed", purpose="marketing", given=False, channels=["phone"])
    assert story.statuses(MOVE) == ["withdrawn"]


def test_consent_that_the_other_row_withdrew_later_counts_for_the_person() -> None:
    story = Story().consenting()
    data = {"purpose": "marketing", "given": False, "channels": ["email", "phone"]}
    story.on("2026-02-02T10:00", "consent.changed", "email:jan@x.nl", **data)
    story.on("2026-02-03T10:00", "identity.linked", "email:jan@x.nl", from_="email:jan@x.nl", to=SUBJECT)
    assert moving(story, "2026-03-02T10:00").reasons(MOVE) == ["NO_CONSENT"]


@pytest.mark.parametrize("members", [range(24)])
def test_who_is_held_out_stays_so_over_a_restart_a_merge_and_another_trigger(members: range) -> None:
    for number in members:
        subject = f"customer:{number}"
        story = moving(Story(subject, holdout={"share": 0.5, "salt": "x"}).consenting(), "2026-03-02T10:00")
        (first,) = story.reasons(MOVE)
        story.on("2026-03-10T10:00", "identity.linked", DEVICE, from_=DEVICE, to=subject)
        restarted(story)
        story.on("2026-06-20T10:00", "profile.changed", field="marital_status", old="single", new="married")
        assert story.reasons(MARRIAGE) == [first]
        assert first in ("RELEASED", "HOLDOUT")


def test_a_ghost_says_all_that_a_release_says() -> None:
    told = {}
    for share in (0.0, 1.0):
        story = moving(Story(holdout={"share": share}).consenting(), "2026-03-02T10:00")
        told[share] = {gate["gate"]: gate["verdict"] for gate in (story.of(MOVE) + story.recommendations)[-1]["gates"]}
    assert {name for name, verdict in told[0.0].items()} >= set(told[1.0])
    assert told[1.0]["holdout"] != "pass"
    assert {name: word for name, word in told[1.0].items() if name != "holdout"}.items() <= told[0.0].items()


@pytest.mark.parametrize(("outcome", "rises"), [("converted", True), ("wrong", False)])
def test_outcomes_move_what_is_believed_of_the_like(outcome: str, rises: bool) -> None:
    story = Story()
    for number in range(12):
        subject = f"customer:{number}"
        moving(story.consenting(subject=subject), f"2026-03-02T10:{number:02}", subject)
        name = next(one for one in story.recommendations if one["customer"] == subject)["id"]
        said = {"recommendation": name, "outcome": outcome, "by": "anna"}
        story.on(f"2026-03-02T11:{number:02}", "recommendation.outcome", subject, **said)
    moving(story.consenting(subject="customer:99"), "2026-03-10T10:00", "customer:99")
    record = next(one for one in story.recommendations if one["customer"] == "customer:99")
    assert (record["probability"] > 0.95) == rises


def test_a_person_is_erased_from_everything_that_is_told_afterwards() -> None:
    story = moving(Story(desks=CLOSED).consenting(), "2026-03-02T10:00")
    story.on("2026-03-02T10:05", "identity.linked", DEVICE, from_=DEVICE, to=SUBJECT)
    story.on("2026-03-02T11:00", "privacy.requested", kind="erase")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["WITHDRAWN"], ["withdrawn"])
    told = len(story.revisions)
    opened(story, "2026-03-02T12:00")
    for subject in (SUBJECT, DEVICE):
        moving(story, "2026-03-03T10:00", subject)
    story.until("2027-03-03T10:00")
    assert len(story.revisions) == told
    row = story.customer()
    assert b"after" not in msgspec.json.encode(row)
    assert (row.profile, row.policies, row.consents, row.live, row.timers) == ({}, {}, {}, {}, {})


def test_three_needs_of_one_moment_end_in_one_contact_and_three_reasons() -> None:
    text = "Wij gaan verhuizen. We gaan trouwen. En ik heb een nieuwe auto gekocht."
    story = Story().consenting().on("2026-03-02T10:00", "contact.received", channel="email", text=text)
    assert sorted(one["reason"] for one in story.decisions) == ["RELEASED", "SUPERSEDED", "SUPERSEDED"]
    (record,) = [one for one in story.recommendations if one["status"] == "released"]
    assert record["runner_up"] is not None


def test_care_and_sales_of_one_moment_end_in_care() -> None:
    text = "Wij gaan verhuizen, en ik wil een medewerker spreken."
    story = Story().consenting().on("2026-03-02T10:00", "contact.received", channel="email", text=text)
    assert story.reasons("relationship.human_request") == ["RELEASED"]
    assert story.reasons(MOVE) == ["SUPERSEDED"]
    assert "relationship.human_request" in story.of(MOVE)[0]["detail"]


def test_a_stopped_trigger_ends_what_it_had_out_nothing_and_starts_again_when_lifted() -> None:
    story = moving(Story().consenting(), "2026-03-02T10:00")
    steer(story, "2026-03-02T11:00", "stop", MOVE)
    moving(story.consenting(subject="customer:2"), "2026-03-02T12:00", "customer:2")
    assert story.reasons(MOVE) == ["RELEASED", "KILL_SWITCH"]
    steer(story, "2026-03-02T13:00", "stop", MOVE, None)
    moving(story.consenting(subject="customer:3"), "2026-03-02T14:00", "customer:3")
    assert story.reasons(MOVE)[-1] == "RELEASED"


def test_reasons_and_candidates_add_up_whatever_happens() -> None:
    story = Story(holdout={"share": 0.5}, desks={"service": {"capacity_per_hour": 1}}).consenting()
    for day in range(2, 9):
        moving(story, f"2026-03-0{day}T10:00")
        story.on(f"2026-03-0{day}T11:00", "survey.answered", kind="nps", score=day % 10)
        story.on(f"2026-03-0{day}T12:00", "complaint.changed", complaint=f"K{day}", status="opened")
    story.until("2027-03-02T10:00")
    assert all(one["reason"] for one in story.decisions)
    assert len({one["id"] for one in story.decisions}) == len(story.decisions)
    released = [(one["customer"], one["trigger"], one["episode"]) for one in story.decisions if one["recommendation"]]
    assert len(released) == len(set(released))
