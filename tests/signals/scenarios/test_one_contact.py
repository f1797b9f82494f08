"""One contact at a time: who goes first, what goes along, which desk gets it, and what a person may change in that."""

from typing import Any

from tests.signals.scenarios.driver import Record, Story

MOVE, CAR, GUARD = "life_event.move", "life_event.car_purchase", "guard.complaint"
BOTH = "Wij gaan verhuizen. En ik heb gisteren een nieuwe auto gekocht."


def telling(story: Story, at: str = "2026-03-02T10:00", text: str = BOTH) -> Story:
    return story.on(at, "contact.received", channel="email", text=text)


def complaining(story: Story, at: str, name: str = "K1") -> Story:
    """Opens two candidates of care at once, both for the service desk."""
    return story.on(at, "complaint.changed", complaint=name, status="opened")


def overruling(story: Story, at: str, decision: Record, **data: Any) -> Story:
    said = {"outcome": "overruled", "by": "anna", "note": "knows them well", **data}
    return story.on(at, "recommendation.outcome", recommendation=decision["id"], **said)


def test_two_needs_in_one_message_are_one_conversation_with_both_reasons() -> None:
    story = telling(Story().consenting())
    reasons = {decision["trigger"]: decision["reason"] for decision in story.decisions}
    assert sorted(reasons.values()) == ["RELEASED", "SUPERSEDED"]
    winner, loser = sorted(reasons, key=lambda trigger: reasons[trigger])
    assert winner in story.of(loser)[0]["detail"]
    record = story.recommended(winner)
    assert (record["revision"], record["status"], record["runner_up"]["trigger"]) == (2, "released", loser)
    assert {piece["saw"] for piece in record["evidence"]} == {"said they are moving", "said they are buying a car"}
    assert "verhui" in record["why"]["nl"]
    assert "auto" in record["why"]["nl"]


def test_what_waits_for_the_morning_takes_the_other_along_too() -> None:
    story = telling(Story().consenting(channels=["phone"]), "2026-03-02T22:00").until("2026-03-03T10:00")
    (released,) = [decision for decision in story.decisions if decision["reason"] == "RELEASED"]
    assert len(story.recommended(released["trigger"])["evidence"]) == 2


def test_the_next_reason_within_the_day_joins_and_is_no_contact_more() -> None:
    story = telling(Story().consenting(), text="Wij gaan verhuizen.")
    telling(story, "2026-03-02T16:00", "Ik heb gisteren een nieuwe auto gekocht.")
    assert (story.reasons(MOVE), story.reasons(CAR)) == (["RELEASED"], ["SUPERSEDED"])


def test_the_winner_says_what_would_have_reversed_it() -> None:
    story = telling(Story().consenting().insured("car", premium=50))
    (record,) = story.recommendations
    change = record["counterfactual"][0]
    assert change["change"].startswith(f"with a priority of {record['runner_up']['trigger']} above ")
    assert change["then"] == f"{record['runner_up']['trigger']} would have gone first"


def test_two_of_one_moment_share_a_cap_and_a_slot() -> None:
    capped = complaining(Story(caps=[{"class": "care", "per": "P1D", "max": 1}]), "2026-03-02T10:00")
    assert sorted(decision["reason"] for decision in capped.decisions) == ["FREQ_CAP", "RELEASED"]
    one_slot = complaining(Story(desks={"service": {"capacity_per_hour": 1}}), "2026-03-02T10:00")
    assert sorted(decision["reason"] for decision in one_slot.decisions) == ["CAPACITY", "RELEASED"]
    one_slot.until("2026-03-02T11:00")
    assert [decision["reason"] for decision in one_slot.decisions] == ["RELEASED", "RELEASED"]


def test_a_weight_of_nothing_changes_the_order_as_predicted() -> None:
    """Two wait for one slot: one has policies, the other brings people along."""

    def first_called(**weights: float) -> str:
        story = Story(desks={"service": {"capacity_per_hour": 1}}, weights=weights)
        story.insured("car", premium=20, at="2026-03-01T09:00")
        story.on("2026-03-01T09:00", "referral.made", subject="customer:2", referred="email:b@example.nl")
        story.on("2026-03-01T09:01", "referral.made", subject="customer:2", referred="email:c@example.nl")
        story.on("2026-03-02T10:00", "survey.answered", subject="customer:3", kind="nps", score=2)
        for number, subject in enumerate(("customer:1001", "customer:2")):
            story.on(f"2026-03-02T10:0{number + 1}", "survey.answered", subject=subject, kind="nps", score=2)
        story.until("2026-03-02T11:30")
        found = [one for one in story.of("relationship.detractor") if one["reason"] == "RELEASED"]
        return next(one["customer"] for one in found if one["customer"] != "customer:3")

    assert first_called() == "customer:2"
    assert first_called(referral=0) == "customer:1001"


def test_a_desk_with_the_skill_gets_the_work() -> None:
    desks = {"advisers": {"skills": ["mortgage"]}, "families": {"skills": ["life_event"], "capacity_per_hour": 9}}
    assert telling(Story(desks=desks).consenting(), text="Wij gaan verhuizen.").recommended(MOVE)["desk"] == "families"
    assert telling(Story().consenting(), text="Wij gaan verhuizen.").recommended(MOVE)["desk"] == "advisers"


def test_a_capacity_until_and_a_desk_opened_until() -> None:
    weekdays = {"hours": {"mon-fri": "09:00-17:00"}, "capacity_per_hour": 5}
    story = Story(desks={"service": weekdays})
    story.on("2026-03-02T09:00", "desk.changed", desk="service", capacity=0, until="2026-03-02T12:00:00+01:00")
    complaining(story, "2026-03-02T10:00")
    assert story.reasons(GUARD) == ["CAPACITY"]
    assert story.until("2026-03-02T12:00").reasons(GUARD) == ["RELEASED"]
    evening = Story(desks={"service": weekdays})
    complaining(evening, "2026-03-02T18:00")
    assert evening.reasons(GUARD) == ["CAPACITY"]
    evening.on("2026-03-02T19:00", "desk.changed", desk="service", open=True, until="2026-03-02T20:00:00+01:00")
    assert evening.reasons(GUARD) == ["RELEASED"]


def test_a_person_releases_what_waits() -> None:
    story = telling(Story().consenting(channels=["phone"]), "2026-03-02T22:00", "Wij gaan verhuizen.")
    overruling(story, "2026-03-02T22:10", story.of(MOVE)[0], direction="release")
    assert story.reasons(MOVE) == ["RELEASED"]
    gate = next(gate for gate in story.recommended(MOVE)["gates"] if gate["gate"] == "quiet_hours")
    assert gate["detail"].startswith("overruled by a person")


def test_a_person_ends_what_waits() -> None:
    story = telling(Story().consenting(channels=["phone"]), "2026-03-02T22:00", "Wij gaan verhuizen.")
    overruling(story, "2026-03-02T22:10", story.of(MOVE)[0])
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["OVERRULED"], ["overruled"])
    assert story.of(MOVE)[0]["detail"] == "overruled by anna: knows them well"
    assert story.until("2026-03-03T10:00").reasons(MOVE) == ["OVERRULED"]


def test_one_gate_after_another_may_be_overruled() -> None:
    story = Story(holdout={"share": 1.0}).on("2026-03-02T09:00", "contact.made", channel="phone", purpose="sales")
    telling(story, text="Wij gaan verhuizen.")
    for hour, reason in ((11, "NO_CONSENT"), (12, "FREQ_CAP"), (13, "HOLDOUT")):
        refused = story.of(MOVE)[-1]
        assert refused["reason"] == reason
        overruling(story, f"2026-03-02T{hour}:00", refused)
    assert story.reasons(MOVE) == ["NO_CONSENT", "FREQ_CAP", "HOLDOUT", "RELEASED"]


def test_a_person_overrules_the_guard_that_stood_and_none_that_comes() -> None:
    story = complaining(Story().consenting(), "2026-03-02T09:00")
    overruling(telling(story, text="Wij gaan verhuizen."), "2026-03-02T11:00", story.of(MOVE)[0])
    assert story.reasons(MOVE) == ["CARE_GUARD", "RELEASED"]
    assert story.recommended(MOVE)["status"] == "released"
    story.on("2026-03-03T10:00", "profile.changed", field="household", new="partner deceased")
    assert story.recommended(MOVE)["status"] == "withdrawn"


def test_a_ghost_carries_the_same_explanation_as_what_is_released() -> None:
    told = [telling(Story(holdout={"share": share}).consenting(), text="Wij gaan verhuizen.") for share in (0.0, 1.0)]
    released, ghost = told[0].recommended(MOVE), told[1].of(MOVE)[0]
    assert (ghost["status"], ghost["recommendation"], told[1].recommendations) == ("ghost", None, [])
    for name in ("probability", "value", "urgency", "priority", "why", "say", "evidence", "runner_up"):
        assert ghost[name] == released[name]
    assert [gate["gate"] for gate in ghost["gates"]] == [gate["gate"] for gate in released["gates"]][:-2]
    assert ghost["counterfactual"][0] == {
        "change": "outside the holdout",
        "then": "it would have been released, by email",
    }


def test_a_refusal_says_from_when_on_it_would_not_be_one() -> None:
    story = Story().consenting().on("2026-03-02T09:00", "contact.made", channel="phone", purpose="sales")
    telling(story, text="Wij gaan verhuizen.")
    assert story.reasons(MOVE) == ["FREQ_CAP"]
    assert story.of(MOVE)[0]["counterfactual"][0]["change"] == "from 2026-03-03T08:00:00Z on"


def test_who_objected_is_not_profiled_any_more() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "web.viewed", url="/verhuizen")
    assert MOVE in story.customer().beliefs
    story.on("2026-03-03T10:00", "privacy.requested", kind="object")
    assert MOVE not in story.customer().beliefs
    for day in (4, 5, 6, 7, 8, 9):
        story.on(f"2026-03-0{day}T10:00", "web.viewed", url="/verhuizen")
    assert (MOVE in story.customer().beliefs, story.reasons(MOVE)) == (False, [])
    assert telling(story, "2026-03-10T10:00", "Wij gaan verhuizen.").reasons(MOVE) == ["OBJECTED"]
