"""What operations steers with: it holds for the next decision, ends when it should, and the same log decides alike."""

from typing import Any

import msgspec
import pytest

from signals.customer.underway import NEVER
from signals.decision.controls import Control, Kind
from signals.engine import CONTROLS, Engine
from tests.signals.scenarios.driver import Story, moment

MOVE = "life_event.move"


def steer(story: Story, at: str, kind: Kind, name: str, value: float | None = 1.0, until: str = "") -> Story:
    """Somebody sets a control."""
    ends = moment(until) if until else None
    control = Control(kind, name, value, moment(at), ends, "ann", "a test", f"{kind} {name} {at}")
    return story.tell(control.event())


def moving(story: Story, at: str, subject: str = "") -> Story:
    """The customer says they move."""
    return story.on(at, "contact.received", subject, channel="email", text="Wij gaan verhuizen naar Utrecht.")


def detractor(story: Story, at: str, subject: str = "") -> Story:
    """The customer is not pleased."""
    return story.on(at, "survey.answered", subject, kind="nps", score=2)


@pytest.mark.parametrize("name", ["all", MOVE, "advisers"])
def test_a_stop_holds_until_it_is_lifted(name: str) -> None:
    story = Story().consenting()
    steer(story, "2026-03-02T09:00", "stop", name)
    moving(story, "2026-03-02T10:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["KILL_SWITCH"], ["rejected"])
    steer(story, "2026-09-01T09:00", "stop", name, None)
    moving(story, "2026-09-02T10:00")
    assert story.reasons(MOVE) == ["KILL_SWITCH", "RELEASED"]


def test_a_stop_with_an_end_ends_by_itself() -> None:
    story = Story().consenting()
    steer(story, "2026-03-02T09:00", "stop", "all", until="2026-03-02T12:00")
    detractor(story, "2026-03-02T11:59")
    detractor(story, "2026-03-02T12:00", "customer:2")
    assert story.reasons("relationship.detractor") == ["KILL_SWITCH", "RELEASED"]


def test_a_stopped_channel_leaves_the_plays_other_channels() -> None:
    story = Story().consenting()
    steer(story, "2026-03-02T09:00", "stop", "email")
    moving(story, "2026-03-02T10:00")
    assert story.recommended(MOVE)["channel"] == "phone"


def test_an_older_change_that_comes_later_undoes_nothing() -> None:
    story = Story()
    steer(story, "2026-03-02T09:00", "stop", "all")
    steer(story, "2026-03-02T08:00", "stop", "all", None)
    detractor(story, "2026-03-02T10:00")
    assert story.reasons("relationship.detractor") == ["KILL_SWITCH"]


def test_the_holdout_grows_and_shrinks_with_its_share() -> None:
    story = Story()
    steer(story, "2026-01-01T09:00", "holdout", "all", 1.0)
    moving(story.consenting(), "2026-03-02T10:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["HOLDOUT"], ["ghost"])
    steer(story, "2026-09-01T09:00", "holdout", "all", 0.0)
    moving(story, "2026-09-02T10:00")
    assert story.reasons(MOVE) == ["HOLDOUT", "RELEASED"]


def test_a_cap_is_the_one_that_was_set_last() -> None:
    story = Story(caps=[{"class": "sales", "per": "P14D", "max": 5}]).consenting()
    steer(story, "2026-03-01T09:00", "cap", "sales/P14D", 0)
    moving(story, "2026-03-02T10:00")
    assert story.reasons(MOVE) == ["FREQ_CAP"]
    assert story.of(MOVE)[0]["detail"] == "0 of 0 in P14D"


def test_a_desk_gets_no_more_than_its_capacity_and_all_of_it_back_when_that_ends() -> None:
    story = Story()
    steer(story, "2026-03-02T08:00", "capacity", "service", 1, until="2026-03-02T12:00")
    for number in range(4):
        detractor(story, f"2026-03-02T10:0{number}", f"customer:{number}")
    assert sorted(story.statuses("relationship.detractor")) == ["held", "held", "held", "released"]
    story.until("2026-03-02T11:30")
    assert sorted(story.statuses("relationship.detractor")) == ["held", "held", "released", "released"]
    story.until("2026-03-02T12:00")
    assert story.statuses("relationship.detractor") == ["released"] * 4


def test_a_trigger_in_shadow_decides_and_releases_nothing() -> None:
    story = Story().consenting()
    steer(story, "2026-03-02T09:00", "shadow", MOVE)
    moving(story, "2026-03-02T10:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["KILL_SWITCH"], ["ghost"])
    assert story.of(MOVE)[0]["detail"] == "in shadow: would have been released by email"
    assert story.revisions == []


def test_a_shadow_waits_as_the_live_one_would_and_nobody_is_told() -> None:
    story = Story(quiet_hours={"email": "21:00-09:00", "phone": "21:00-09:00"}).consenting()
    steer(story, "2026-03-02T09:00", "shadow", MOVE)
    moving(story, "2026-03-02T23:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["QUIET_HOURS"], ["held"])
    story.until("2026-03-03T10:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["WITHDRAWN"], ["ghost"])
    assert story.revisions == []


def test_what_waits_in_shadow_is_released_when_the_trigger_goes_live_meanwhile() -> None:
    story = Story(quiet_hours={"email": "21:00-09:00", "phone": "21:00-09:00"}).consenting()
    steer(story, "2026-03-02T09:00", "shadow", MOVE)
    moving(story, "2026-03-02T23:00")
    steer(story, "2026-03-03T08:00", "shadow", MOVE, None)
    story.until("2026-03-03T10:00")
    assert (story.reasons(MOVE), story.recommended(MOVE)["status"]) == (["RELEASED"], "released")


def test_a_shadow_takes_no_contact_and_no_slot_from_what_is_live() -> None:
    story = Story(caps=[{"class": "sales", "per": "P14D", "max": 1}], desks={"advisers": {"capacity_per_hour": 1}})
    story.consenting().insured("car", renewal_date="2026-04-01", premium=40.0)
    steer(story, "2026-01-02T09:00", "shadow", MOVE)
    moving(story, "2026-03-01T10:00")
    story.until("2026-03-04T00:00")
    assert (story.statuses(MOVE), story.statuses("renewal.car")) == (["ghost"], ["released"])


def test_a_person_may_want_what_is_in_shadow_all_the_same() -> None:
    story = Story().consenting()
    steer(story, "2026-03-02T09:00", "shadow", MOVE)
    moving(story, "2026-03-02T10:00")
    wanted: dict[str, Any] = {"recommendation": story.of(MOVE)[0]["id"], "outcome": "overruled", "by": "eva"}
    story.on("2026-03-02T11:00", "recommendation.outcome", direction="release", note="knows them", **wanted)
    assert story.recommended(MOVE)["status"] == "released"


def test_controls_survive_a_restart_and_calendars_are_armed_past_them() -> None:
    story = Story()
    detractor(story, "2026-03-01T10:00")
    steer(story, "2026-03-02T09:00", "stop", "all")
    rows = dict(story.engine.process([]).rows) | {CONTROLS: story.engine._controls.encode()}
    again = Engine(story.engine.pack, load=lambda key: rows.get(key))
    again.restore([(key, row) for key, row in rows.items() if row is not None], clock=story.engine.clock)
    again.rearm(rows)
    assert [control.name for control in again.controls(NEVER - 1)] == ["all"]


def test_the_same_log_gives_the_same_decisions_byte_for_byte() -> None:
    def told() -> bytes:
        story = Story().consenting()
        steer(story, "2026-03-02T09:00", "shadow", MOVE, until="2026-08-01T00:00")
        moving(story, "2026-03-02T10:00")
        steer(story, "2026-03-03T09:00", "stop", "service")
        detractor(story, "2026-03-04T10:00")
        moving(story, "2026-09-02T10:00")
        return msgspec.json.encode([story.history, story.revisions])

    assert told() == told()
