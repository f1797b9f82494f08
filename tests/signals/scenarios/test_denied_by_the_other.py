"""Two subjects turn out to be one person, and one of them had denied what the other said; then they part again."""

import pytest

from tests.signals.scenarios.driver import SUBJECT, Story

MOVE, ALIAS = "life_event.move", "email:jan@x.nl"
SAID, DENIED = "Wij gaan verhuizen naar Utrecht.", "De verhuizing gaat niet door."


def told(first: str, second: str) -> Story:
    """One subject says that they move, the other later that it is off."""
    story = Story().consenting().consenting(subject=ALIAS)
    story.on("2026-03-02T10:00", "contact.received", first, channel="email", text=SAID)
    return story.on("2026-03-03T10:00", "contact.received", second, channel="email", text=DENIED)


def link(story: Story, at: str, what: str = "linked") -> Story:
    return story.on(at, f"identity.{what}", ALIAS, from_=ALIAS, to=SUBJECT)


@pytest.mark.parametrize(("first", "second"), [(ALIAS, SUBJECT), (SUBJECT, ALIAS)])
def test_who_turns_out_to_have_denied_it_is_not_spoken_to_of_it(first: str, second: str) -> None:
    story = told(first, second)
    assert story.statuses(MOVE) == ["released"]
    link(story, "2026-03-04T10:00")
    assert story.statuses(MOVE) == ["withdrawn"]
    assert story.customer().live == {}


@pytest.mark.parametrize(("first", "second"), [(ALIAS, SUBJECT), (SUBJECT, ALIAS)])
def test_what_was_said_after_the_other_denied_it_stands(first: str, second: str) -> None:
    story = told(first, second)
    story.on("2026-03-03T12:00", "contact.received", first, channel="email", text="Toch wel: wij gaan verhuizen.")
    assert link(story, "2026-03-04T10:00").statuses(MOVE)[0] == "released"


@pytest.mark.parametrize(("first", "second"), [(ALIAS, SUBJECT), (SUBJECT, ALIAS)])
def test_parted_again_each_believes_what_it_said_itself(first: str, second: str) -> None:
    story = link(told(first, second), "2026-03-04T10:00")
    link(story, "2026-03-05T10:00", "unlinked")
    story.on("2026-09-06T10:00", "contact.received", first, channel="email", text=SAID)
    assert [piece.event for piece in story.customer(first).beliefs[MOVE]] == ["e5", "e9"]
    assert [piece.event for piece in story.customer(second).beliefs[MOVE]] == ["e6"]
    assert story.of(MOVE)[-1]["customer"] == first


def test_a_conversation_speaks_no_more_of_what_the_other_said() -> None:
    """What began as the alias's own goes on without the reason that came from the person it was not."""
    story = Story().consenting().consenting(subject=ALIAS)
    story.on("2026-03-02T10:00", "contact.received", ALIAS, channel="email", text=SAID)
    link(story, "2026-03-02T11:00")
    story.on("2026-03-03T10:00", "contact.received", channel="email", text="Ik heb een auto gekocht.")
    assert len(story.recommended(MOVE)["evidence"]) == 2
    link(story, "2026-03-05T10:00", "unlinked")
    record = story.recommended(MOVE)
    assert (record["status"], [piece["event"] for piece in record["evidence"]]) == ("released", ["e5"])
