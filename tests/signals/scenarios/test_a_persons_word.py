"""What a person overrules, and how far their word goes: over the verdict that they saw, not over what comes since."""

import pytest

from tests.signals.scenarios.driver import Story
from tests.signals.scenarios.test_one_contact import MOVE, overruling, telling


@pytest.mark.parametrize("since", [("marketing", ["email", "phone"]), ("marketing", []), ("profiling", [])])
def test_a_person_overrules_that_consent_was_missing_and_not_that_it_is_taken_back_since(
    since: tuple[str, list[str]],
) -> None:
    purpose, channels = since
    story = telling(Story(), text="Wij gaan verhuizen.")
    overruling(story, "2026-03-02T11:00", story.of(MOVE)[0])
    story.on("2026-03-02T12:00", "consent.changed", purpose=purpose, given=True, channels=channels)
    assert story.recommended(MOVE)["status"] == "released"
    story.on("2026-03-02T13:00", "consent.changed", purpose=purpose, given=False, channels=channels)
    assert story.recommended(MOVE)["status"] == "withdrawn"


def test_what_was_taken_back_before_a_person_overruled_it_stays_overruled_when_it_is_told_later() -> None:
    story = telling(Story(), text="Wij gaan verhuizen.")
    overruling(story, "2026-03-02T11:00", story.of(MOVE)[0])
    story.on("2026-03-02T10:59", "consent.changed", purpose="marketing", given=False)
    assert story.recommended(MOVE)["status"] == "released"


def test_the_contact_reserved_for_a_ghost_is_not_in_its_own_way() -> None:
    story = telling(Story(holdout={"share": 1.0}).consenting(), text="Wij gaan verhuizen.")
    overruling(story, "2026-03-02T11:00", story.of(MOVE)[0])
    assert story.reasons(MOVE) == ["HOLDOUT", "RELEASED"]
    assert telling(story, "2026-03-03T10:30", "We gaan trouwen.").reasons("life_event.marriage") == ["FREQ_CAP"]


def test_what_came_too_late_may_be_wanted_all_the_same() -> None:
    story = Story().consenting().on("2026-03-04T10:00", "web.viewed", url="/")
    telling(story, "2026-03-02T10:00", "Wij gaan verhuizen.")
    overruling(story, "2026-03-04T11:00", story.of(MOVE)[0])
    assert story.reasons(MOVE) == ["LATE", "RELEASED"]
    assert "overruled by a person" in next(g for g in story.recommended(MOVE)["gates"] if g["gate"] == "late")["detail"]
