"""Who says to leave them alone is not sold to any more, until they say otherwise."""

import pytest

from tests.signals.scenarios.driver import SUBJECT, Story

MOVE, ALIAS = "life_event.move", "email:jan@x.nl"


def moving(story: Story, at: str) -> Story:
    return story.on(at, "profile.changed", field="address", old=f"before {at}", new=f"after {at}")


def told(story: Story, at: str, text: str = "Bel mij niet meer.", subject: str = "") -> Story:
    return story.on(at, "contact.received", subject, channel="phone", text=text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Bel mij niet meer.", "NO_CONSENT"),
        ("Ik wil geen reclame meer ontvangen.", "NO_CONSENT"),
        ("Please stop calling me.", "NO_CONSENT"),
        ("Jullie hoeven mij niet terug te bellen, het is opgelost.", "RELEASED"),
        ("Bedankt voor het bellen.", "RELEASED"),
    ],
)
def test_saying_so_takes_the_word_on_marketing_back(text: str, reason: str) -> None:
    story = told(Story().consenting(), "2026-03-02T09:00", text)
    assert moving(story, "2026-03-02T10:00").reasons(MOVE) == [reason]


def test_it_takes_back_what_was_released() -> None:
    story = told(moving(Story().consenting(), "2026-03-02T10:00"), "2026-03-02T11:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["RELEASED"], ["withdrawn"])


def test_care_goes_on() -> None:
    story = told(Story().consenting(), "2026-03-02T09:00")
    story.on("2026-03-02T10:00", "survey.answered", kind="nps", score=1)
    assert story.reasons("relationship.detractor") == ["RELEASED"]


def test_a_word_given_later_counts_again_and_an_earlier_one_that_comes_late_does_not() -> None:
    story = told(Story().consenting(), "2026-03-02T09:00")
    story.on("2026-03-02T08:00", "consent.changed", purpose="marketing", given=True)
    assert moving(story, "2026-03-02T10:00").reasons(MOVE) == ["NO_CONSENT"]
    story.on("2026-06-01T08:00", "consent.changed", purpose="marketing", given=True, channels=["email"])
    assert moving(story, "2026-06-02T10:00").reasons(MOVE)[-1] == "RELEASED"


def test_after_parting_it_is_the_word_of_who_said_it() -> None:
    story = Story().consenting().consenting(subject=ALIAS)
    story.on("2026-03-01T09:00", "identity.linked", ALIAS, from_=ALIAS, to=SUBJECT)
    told(story, "2026-03-02T09:00", subject=ALIAS)
    assert moving(story, "2026-03-02T10:00").reasons(MOVE) == ["NO_CONSENT"]
    story.on("2026-03-03T09:00", "identity.unlinked", ALIAS, from_=ALIAS, to=SUBJECT)
    assert not story.customer(ALIAS).consents["marketing"][""].given
    assert "" not in story.customer(SUBJECT).consents["marketing"]
