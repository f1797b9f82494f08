"""Word of mouth: thanks to who speaks well of us, help for who was let down, and nothing kept of who listened."""

import msgspec
import pytest

from signals.customer.codec import encode_customer
from signals.customer.word_of_mouth import word_of_mouth
from tests.signals.scenarios.driver import Story, moment

LISTENER = "email:an@example.nl"


def referred(at: str = "2026-03-02T10:00") -> Story:
    return Story().on(at, "referral.made", referred=LISTENER)


def test_the_teller_is_thanked() -> None:
    thanks = referred().recommended("advocacy.referral")
    assert (thanks["class"], thanks["status"]) == ("service", "released")


def test_of_the_listener_nothing_personal_is_kept() -> None:
    story = referred()
    assert b"example.nl" not in encode_customer(story.customer())
    assert LISTENER not in msgspec.json.encode(story.revisions + story.history).decode()
    assert story.engine.customer(LISTENER) is None


def test_an_edge_fades_by_half_in_half_a_year() -> None:
    customer = referred().customer()
    assert word_of_mouth(customer, moment("2026-03-02T10:00")) == pytest.approx(1.0)
    assert word_of_mouth(customer, moment("2026-03-02T10:00") + 180 * 86_400_000) == pytest.approx(0.5)


def test_telling_the_same_person_twice_is_one_edge() -> None:
    story = referred().on("2026-03-02T10:00", "referral.made", referred=LISTENER)
    assert word_of_mouth(story.customer(), moment("2026-03-02T10:00")) == pytest.approx(1.0)


def test_bringing_the_same_person_twice_is_worth_one_referral() -> None:
    story = referred().on("2026-03-04T10:00", "referral.made", referred=LISTENER, accepted=True)
    assert story.customer().referrals == 1
    assert story.on("2026-03-05T10:00", "referral.made", referred="email:bo@example.nl").customer().referrals == 2


def test_a_bad_story_in_public_leads_to_care_never_to_sales() -> None:
    text = "Mijn schadeclaim is afgewezen, belachelijk @us"
    story = (
        Story()
        .consenting()
        .on("2026-03-02T10:00", "social.posted", network="x", text=text, mentions=["@us"], public=True)
    )
    assert word_of_mouth(story.customer(), moment("2026-03-02T11:00")) < 0
    assert "relationship.claim_blame" in story.fired
    assert {record["class"] for record in story.recommendations} <= {"care", "service"}


def test_who_told_the_same_person_under_two_subjects_told_them_once() -> None:
    story = referred().on("2026-03-02T11:00", "referral.made", "email:me@example.nl", referred=LISTENER)
    story.on("2026-03-03T10:00", "identity.linked", from_="email:me@example.nl", to=story.subject)
    assert word_of_mouth(story.customer(), moment("2026-03-02T11:00")) == 1.0
