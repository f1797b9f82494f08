"""What two rows knew each for itself counts once while they are one person's, and stays with both when they part."""

from typing import Any

import pytest

from signals.customer.lifecycle import lifecycle_stage
from signals.customer.view import customer_view
from tests.signals.scenarios.driver import SUBJECT, Story, moment

ALIAS = "email:jan@example.nl"
SEEN_AT = "2026-03-10T10:00"


def link(story: Story, at: str, change: str = "linked") -> None:
    story.on(at, f"identity.{change}", from_=ALIAS, to=SUBJECT)


def seen(story: Story, subject: str = SUBJECT) -> dict[str, Any]:
    return customer_view(story.customer(subject), story.engine.pack, moment(SEEN_AT))


def told_by_both(type_: str, own: dict[str, Any], other: dict[str, Any]) -> Story:
    story = Story()
    story.on("2026-03-02T10:00", type_, SUBJECT, **own)
    return story.on("2026-03-02T11:00", type_, ALIAS, **other)


MADE = {"promise": "B1", "status": "made"}
CASES = [
    ("community.joined", {"community": "c", "job": "move"}, {"community": "c", "job": "move"}),
    ("social.posted", {"network": "x", "text": "hoi", "reach": 500}, {"network": "x", "text": "hoi", "reach": 20_000}),
    ("social.posted", {"network": "x", "text": "hoi", "reach": 500}, {"network": "x", "text": "hoi", "reach": 500}),
    ("referral.made", {"referred": "customer:77"}, {"referred": "customer:77"}),
    ("survey.answered", {"kind": "voc", "score": 3}, {"kind": "voc", "score": 3}),
]


@pytest.mark.parametrize(("type_", "own", "other"), CASES)
def test_both_have_their_value_and_their_jobs_again(type_: str, own: dict[str, Any], other: dict[str, Any]) -> None:
    story = told_by_both(type_, own, other)
    before = [seen(story, subject) for subject in (SUBJECT, ALIAS)]
    link(story, "2026-03-03T10:00")
    link(story, "2026-03-04T10:00", "unlinked")
    for known, subject in zip(before, (SUBJECT, ALIAS), strict=True):
        now = seen(story, subject)
        for part in ("value", "jobs", "communities", "word_of_mouth"):
            assert now[part] == known[part]


def test_one_person_brings_one_person_once_under_whichever_name() -> None:
    story = told_by_both("referral.made", {"referred": "customer:77"}, {"referred": "customer:77"})
    story.on("2026-03-02T12:00", "referral.made", ALIAS, referred="customer:78")
    link(story, "2026-03-03T10:00")
    assert seen(story)["value"]["referral"] == 160
    story.on("2026-03-04T10:00", "referral.made", SUBJECT, referred="customer:78")
    assert seen(story)["value"]["referral"] == 160
    link(story, "2026-03-05T10:00", "unlinked")
    assert [seen(story, subject)["value"]["referral"] for subject in (SUBJECT, ALIAS)] == [160, 160]


def test_one_community_of_both_is_one() -> None:
    story = told_by_both("community.joined", {"community": "c", "job": "move"}, {"community": "c", "job": "move"})
    link(story, "2026-03-03T10:00")
    assert seen(story)["jobs"] == [{"job": "move", "community": "c"}]
    assert seen(story)["value"]["network"] == 10


def test_a_contract_that_the_mail_address_renewed_stays_the_customers() -> None:
    story = Story().insured("car", "2026-03-02T10:00", policy="P1", premium=50, start_date="2020-01-01")
    told = {"policy": "P1", "product": "car", "premium": 50, "start_date": "2020-01-01"}
    story.on("2026-03-02T11:00", "policy.changed", ALIAS, change="renewed", **told)
    link(story, "2026-03-03T10:00")
    link(story, "2026-03-04T10:00", "unlinked")
    assert [policy["status"] for policy in seen(story)["policies"]] == ["active"]
    assert lifecycle_stage(story.customer(), moment(SEEN_AT)).name == "active"


def test_a_promise_told_of_both_is_still_promised_to_both_and_watched() -> None:
    story = told_by_both("promise.changed", {**MADE, "due": "2026-03-20"}, {**MADE, "due": "2026-03-20"})
    link(story, "2026-03-03T10:00")
    assert [promise["promise"] for promise in seen(story)["promises"]] == ["B1"]
    link(story, "2026-03-04T10:00", "unlinked")
    story.until("2026-03-23T10:00")
    broken = story.of("relationship.promise_broken")
    assert sorted(decision["customer"] for decision in broken) == [SUBJECT, ALIAS]


@pytest.mark.parametrize(("made", "kept"), [(ALIAS, SUBJECT), (SUBJECT, ALIAS)])
def test_what_only_the_other_kept_is_watched_again(made: str, kept: str) -> None:
    story = Story().on("2026-03-02T10:00", "promise.changed", made, **MADE, due="2026-03-20")
    link(story, "2026-03-04T10:00")
    story.on("2026-03-05T10:00", "promise.changed", kept, promise="B1", status="kept")
    link(story, "2026-03-06T10:00", "unlinked")
    story.until("2026-03-23T10:00")
    assert story.fired == ["relationship.promise_at_risk", "relationship.promise_broken"]
    assert {decision["customer"] for decision in story.decisions} == {made}


def test_a_story_that_was_told_while_they_were_one_is_the_tellers() -> None:
    story, handle = Story(), "social:x/jan"
    for change in ("linked", "unlinked"):
        day = {"linked": 3, "unlinked": 5}[change]
        story.on(f"2026-03-0{day}T10:00", f"identity.{change}", from_=handle, to=SUBJECT)
        if change == "linked":
            text = "Mijn schade is heel snel en netjes afgehandeld door jullie."
            story.on("2026-03-04T10:00", "social.posted", handle, network="x", text=text, public=True)
            assert seen(story)["word_of_mouth"] > 0.9
    assert seen(story)["word_of_mouth"] == 0
    assert seen(story, handle)["word_of_mouth"] > 0.9
