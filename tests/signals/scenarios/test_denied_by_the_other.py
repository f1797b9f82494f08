"""Two subjects turn out to be one person, and one of them had denied what the other said; then they part again."""

import pytest

from tests.signals.scenarios.driver import SUBJECT, Story

MOVE, ALIAS = "life_event.move", "email:jan@x.nl"
SAID, DENIED = "Wij gaan verhuizen naar Utrecht.", "De verhuizing gaat niet door."
AGAIN = "Toch wel: wij gaan verhuizen."


def told(first: str, second: str) -> Story:
    """One subject says that they move, the other later that it is off."""
    story = Story().consenting().consenting(subject=ALIAS)
    story.on("2026-03-02T10:00", "contact.received", first, channel="email", text=SAID)
    return story.on("2026-03-03T10:00", "contact.received", second, channel="email", text=DENIED)


def link(story: Story, at: str, what: str = "linked") -> Story:
    return story.on(at, f"identity.{what}", ALIAS, from_=ALIAS, to=SUBJECT)


def evidence_of(story: Story) -> set[tuple[str, ...]]:
    """Of each recommendation its status and the events it rests on."""
    found = (record for record in story.recommendations if record["trigger"] == MOVE)
    return {(record["status"], *(piece["event"] for piece in record["evidence"])) for record in found}


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
    story.on("2026-03-03T12:00", "contact.received", first, channel="email", text=AGAIN)
    assert link(story, "2026-03-04T10:00").statuses(MOVE)[0] == "released"
    assert evidence_of(story) == {("released", "e7")}


@pytest.mark.parametrize(("first", "second"), [(ALIAS, SUBJECT), (SUBJECT, ALIAS)])
def test_of_two_recommendations_the_one_that_was_denied_ends(first: str, second: str) -> None:
    """Who denied it had said it again: what that led to speaks of it, and what the other had said no longer does."""
    story = told(first, second)
    story.on("2026-03-03T12:00", "contact.received", second, channel="email", text=AGAIN)
    assert evidence_of(story) == {("released", "e5"), ("released", "e7")}
    assert evidence_of(link(story, "2026-03-04T10:00")) == {("withdrawn", "e5"), ("released", "e7")}


def test_what_is_held_and_was_denied_is_released_for_what_was_said_since() -> None:
    story = Story(desks={"advisers": {"capacity_per_hour": 0}}).consenting().consenting(subject=ALIAS)
    story.on("2026-03-02T10:00", "contact.received", channel="email", text=SAID)
    story.on("2026-03-03T10:00", "contact.received", ALIAS, channel="email", text=DENIED)
    story.on("2026-03-03T12:00", "contact.received", channel="email", text=AGAIN)
    assert evidence_of(link(story, "2026-03-03T13:00")) == {("held", "e7")}
    story.on("2026-03-03T14:00", "desk.changed", desk="advisers", capacity=10).until("2026-03-04T10:00")
    assert evidence_of(story) == {("released", "e7")}


def test_a_denial_that_comes_in_late_leaves_what_was_said_since() -> None:
    story = Story().consenting()
    story.on("2026-03-02T10:00", "contact.received", channel="email", text=SAID)
    story.on("2026-03-02T14:00", "contact.received", channel="email", text=AGAIN)
    story.on("2026-03-02T12:00", "contact.received", channel="email", text=DENIED)
    assert evidence_of(story) == {("released", "e4")}


def test_parted_again_nothing_fires_once_more() -> None:
    story = Story().consenting().consenting(subject=ALIAS)
    story.on("2026-03-02T10:00", "contact.received", channel="email", text=SAID)
    story.on("2026-03-03T10:00", "contact.received", ALIAS, channel="email", text=SAID)
    link(story, "2026-03-04T10:00")
    link(story, "2026-03-05T10:00", "unlinked")
    assert story.reasons(MOVE) == ["RELEASED", "RELEASED"]
    assert evidence_of(story) == {("released", "e5"), ("superseded", "e6")}


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
