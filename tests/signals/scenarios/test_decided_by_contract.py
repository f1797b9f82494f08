"""The decision as the contract words it: the order of gates, what changes before a release, ties, ends and edges."""

from itertools import pairwise
from typing import Any

import pytest

from tests.signals.scenarios.driver import Story
from tests.signals.scenarios.test_controls import steer

MOVE, MARRIAGE, QUOTE = "life_event.move", "life_event.marriage", "purchase.quote_abandoned"

TROUBLES = (
    "KILL_SWITCH", "DUPLICATE", "LATE", "WARMUP", "NO_CONSENT", "CONSENT_EXPIRED", "OBJECTED", "CARE_GUARD",
    "PROMISE_FIRST", "NO_ADDRESS", "FREQ_CAP", "HOLDOUT", "RELEASED",
)  # fmt: skip


def moving(story: Story, at: str, **extra: Any) -> Story:
    return story.on(at, "profile.changed", field="address", old=f"before {at}", new=f"after {at}", **extra)


def in_trouble(troubles: tuple[str, ...]) -> str:
    """The reason of a move when all of these stand in its way at once."""
    story = Story(kill=[MOVE] if "KILL_SWITCH" in troubles else [], holdout={"share": float("HOLDOUT" in troubles)})
    if "NO_CONSENT" not in troubles:
        ends = {"expires": "2026-03-01"} if "CONSENT_EXPIRED" in troubles else {}
        story.consenting(channels=["email"], **ends)
    if "DUPLICATE" in troubles:
        moving(story, "2026-02-10T10:00", id="first")
    if "OBJECTED" in troubles:
        story.on("2026-03-02T08:00", "privacy.requested", kind="object")
    if "CARE_GUARD" in troubles:
        story.on("2026-03-02T08:01", "complaint.changed", complaint="K1", status="opened")
    if "PROMISE_FIRST" in troubles:
        story.on("2026-02-20T08:00", "promise.changed", promise="B1", status="made", due="2026-02-24")
    if "NO_ADDRESS" in troubles:
        story.on("2026-02-20T09:00", "profile.changed", field="email", new="")
    if "FREQ_CAP" in troubles:
        story.on("2026-03-02T09:00", "contact.made", channel="letter", purpose="sales")
    extra: dict[str, Any] = {"warmup": True} if "WARMUP" in troubles else {}
    if "LATE" in troubles:
        extra["recordedtime"] = "2026-03-04T10:00:00Z"
    moving(story, "2026-03-02T10:00", extra=extra or None)
    return str(story.reasons(MOVE)[-1])


@pytest.mark.parametrize("place", range(len(TROUBLES)))
def test_of_all_that_stands_in_the_way_the_first_gate_gives_the_reason(place: int) -> None:
    assert in_trouble(TROUBLES[place:]) == TROUBLES[place]


@pytest.mark.parametrize(("first", "second"), [*pairwise(TROUBLES)])
def test_each_gate_comes_before_the_next(first: str, second: str) -> None:
    assert in_trouble((first, second)) == first


def test_a_consent_that_runs_out_before_a_slot_comes_free_is_none() -> None:
    story = Story(desks={"advisers": {"capacity_per_hour": 0}})
    story.consenting(channels=["email"], expires="2026-03-03T12:00:00+01:00")
    assert moving(story, "2026-03-02T10:00").reasons(MOVE) == ["CAPACITY"]
    story.on("2026-03-03T12:00", "desk.changed", desk="advisers", capacity=5)
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["WITHDRAWN"], ["withdrawn"])


def test_what_was_stopped_while_it_waited_is_not_released() -> None:
    story = moving(Story().consenting(channels=["phone"]), "2026-03-02T22:00")
    steer(story, "2026-03-02T23:00", "stop", MOVE)
    story.until("2026-03-03T10:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["WITHDRAWN"], ["withdrawn"])
    assert story.of(MOVE)[0]["detail"].startswith("KILL_SWITCH")


def test_a_promise_that_was_broken_while_it_waited_comes_first() -> None:
    story = Story(desks={"advisers": {"capacity_per_hour": 0}}).consenting()
    story.on("2026-03-02T09:00", "promise.changed", promise="B1", status="made", due="2026-03-03")
    moving(story, "2026-03-02T10:00")
    story.on("2026-03-03T18:00", "desk.changed", desk="advisers", capacity=5)
    assert story.reasons(MOVE) == ["WITHDRAWN"]
    assert story.of(MOVE)[0]["detail"].startswith("PROMISE_FIRST")


@pytest.mark.parametrize(("at", "reason"), [("16:59", "RELEASED"), ("17:00", "PROMISE_FIRST")])
def test_a_promise_blocks_sales_from_the_moment_it_is_broken(at: str, reason: str) -> None:
    story = Story().consenting()
    story.on("2026-03-02T09:00", "promise.changed", promise="B1", status="made", due="2026-03-03")
    moving(story, f"2026-03-03T{at}").until("2026-03-03T17:01")
    assert story.reasons(MOVE) == [reason]
    assert story.reasons("relationship.promise_broken") == ["RELEASED"]


def test_overruling_another_gate_does_not_get_round_a_guard() -> None:
    story = moving(Story(), "2026-03-02T10:00")
    story.on("2026-03-02T11:00", "complaint.changed", complaint="K1", status="opened")
    wanted = {"outcome": "overruled", "direction": "release", "by": "eva", "note": "asked for it"}
    story.on("2026-03-02T12:00", "recommendation.outcome", recommendation=story.of(MOVE)[0]["id"], **wanted)
    assert story.reasons(MOVE) == ["NO_CONSENT", "CARE_GUARD"]


@pytest.mark.parametrize("guarded", ["device:d", "customer:1001"])
def test_a_guard_of_either_row_ends_sales_of_both_when_they_turn_out_to_be_one(guarded: str) -> None:
    story = moving(Story().consenting(), "2026-03-02T10:00")
    story.on("2026-03-02T10:30", "web.viewed", "device:d", url="/")
    if guarded == "device:d":
        story.on("2026-03-02T11:00", "payment.changed", guarded, status="failed", policy="P1")
        assert story.statuses(MOVE) == ["released"]
    else:
        story = Story().on("2026-03-02T11:00", "payment.changed", status="failed", policy="P1").consenting()
        story.on("2026-03-02T12:00", "form.changed", "device:d", form="quote", step="saved", product="car")
    story.on("2026-03-02T13:00", "identity.linked", "device:d", from_="device:d", to="customer:1001")
    story.until("2026-03-05T10:00")
    assert [one["status"] for one in story.decisions if one["class"] == "sales"] in (["withdrawn"], ["rejected"])


@pytest.mark.parametrize(
    ("at", "reason"),
    [("2026-04-08T09:59:59.999", "FREQ_CAP"), ("2026-04-08T10:00", "RELEASED")],
)
def test_a_cap_of_days_keeps_the_time_of_day_when_the_clock_changes(at: str, reason: str) -> None:
    """Fourteen days over the change of 29 March: at ten again, not at eleven."""
    story = Story().consenting()
    for day in ("25T10:00", "25T11:00"):
        story.on(f"2026-03-{day}", "contact.made", channel="email", purpose="sales")
    assert moving(story, at).reasons(MOVE) == [reason]


def test_a_cap_longer_than_what_is_usual_counts_all_its_contacts() -> None:
    story = Story(caps=[{"class": "sales", "per": "P12M", "max": 1}]).consenting()
    story.on("2026-03-02T10:00", "contact.made", channel="email", purpose="sales")
    story.on("2027-02-20T10:00", "contact.made", channel="email", purpose="service")
    assert moving(story, "2027-03-02T09:59").reasons(MOVE) == ["FREQ_CAP"]
    other = Story(caps=[{"class": "sales", "per": "P12M", "max": 1}]).consenting()
    other.on("2026-03-02T10:00", "contact.made", channel="email", purpose="sales")
    assert moving(other, "2027-03-02T10:00").reasons(MOVE) == ["RELEASED"]


@pytest.mark.parametrize(
    ("at", "opens"),
    [("2026-03-28T23:00", "2026-03-29T07:00:00Z"), ("2026-10-24T23:00", "2026-10-25T08:00:00Z")],
)
def test_a_quiet_night_in_which_the_clock_changes_ends_by_the_clock(at: str, opens: str) -> None:
    story = Story(quiet_hours={"email": "21:00-09:00", "phone": "21:00-09:00"}).consenting(channels=["email"])
    assert moving(story, at).until("2026-11-01T10:00").of(MOVE)[0]["decided"] == opens


def test_quiet_hours_do_not_keep_anything_from_being_noticed() -> None:
    story = moving(Story().consenting(channels=["phone"]), "2026-03-02T23:00")
    (record,) = story.recommendations
    assert (record["status"], record["reason"], record["created"]) == ("held", "QUIET_HOURS", "2026-03-02T22:00:00Z")


def test_whose_window_closes_before_the_channel_opens_expires() -> None:
    never = {"open": {"mon": "09:00-09:01"}}
    story = Story(quiet_hours=dict.fromkeys(("email", "phone"), never)).consenting()
    story.on("2026-03-03T09:00", "form.changed", form="quote", step="saved", product="car")
    story.until("2027-03-02T08:00")
    assert (story.reasons(QUOTE), story.statuses(QUOTE)) in ((["EXPIRED"], ["expired"]), (["RELEASED"], ["expired"]))


def test_equals_go_by_the_name_of_their_trigger() -> None:
    text = "Wij gaan verhuizen. En we gaan trouwen."
    story = Story(weights={"lifetime": 0, "referral": 0, "network": 0, "knowledge": 0}).consenting()
    story.on("2026-03-02T10:00", "contact.received", channel="email", text=text)
    assert (story.reasons(MARRIAGE), story.reasons(MOVE)) == (["RELEASED"], ["SUPERSEDED"])
    assert MARRIAGE in story.of(MOVE)[0]["detail"]


def test_care_goes_first_and_is_named_as_the_winner() -> None:
    story = Story().consenting()
    text = "Wij gaan verhuizen. Ik wil mijn verzekering opzeggen."
    story.on("2026-03-02T10:00", "contact.received", channel="email", text=text)
    assert story.reasons("relationship.cancel_intent") == ["RELEASED"]
    assert story.reasons(MOVE) in (["SUPERSEDED"], ["CARE_GUARD"])


def test_who_speaks_ill_of_us_is_cared_for_whatever_they_are_worth() -> None:
    story = Story("social:x/jan")
    text = "Mijn schadeclaim is afgewezen, belachelijk @us"
    story.on("2026-03-02T10:00", "social.posted", network="x", text=text, mentions=["@us"], public=True)
    story.on("2026-03-03T10:00", "survey.answered", kind="nps", score=1)
    assert story.recommended("relationship.claim_blame")["value"]["total"] < 0
    assert {one["reason"] for one in story.decisions} == {"RELEASED"}


@pytest.mark.parametrize("outcome", ["shown", "claimed", "snoozed", "not_reached"])
def test_what_is_only_being_worked_on_stays(outcome: str) -> None:
    story = moving(Story().consenting(), "2026-03-02T10:00")
    name = story.recommended(MOVE)["id"]
    story.on("2026-03-02T11:00", "recommendation.outcome", recommendation=name, outcome=outcome, by="anna")
    assert story.recommended(MOVE)["revision"] == 1


def test_what_is_done_is_told_once_and_never_again() -> None:
    story = moving(Story().consenting(), "2026-03-02T10:00")
    name = story.recommended(MOVE)["id"]
    for hour, outcome in ((11, "contacted"), (12, "accepted"), (13, "converted")):
        said = {"recommendation": name, "outcome": outcome, "by": "anna"}
        story.on(f"2026-03-02T{hour}:00", "recommendation.outcome", **said)
    story.on("2026-03-03T10:00", "complaint.changed", complaint="K1", status="opened")
    story.on("2026-03-03T11:00", "contact.received", channel="email", text="de verhuizing gaat helaas niet door")
    story.until("2027-03-03T10:00")
    revisions = [(record["revision"], record["status"]) for record in story.revisions if record["id"] == name]
    assert revisions == [(1, "released"), (2, "done")]


def test_a_broken_promise_takes_the_place_of_the_one_at_risk() -> None:
    story = Story().on("2026-03-02T09:00", "promise.changed", promise="B1", status="made", due="2026-03-06")
    story.until("2026-03-06T18:00")
    assert story.statuses("relationship.promise_at_risk") == ["superseded"]
    assert story.reasons("relationship.promise_at_risk") == ["RELEASED"]
    assert story.statuses("relationship.promise_broken") == ["released"]


def test_a_person_stops_what_was_released_and_nobody_releases_it_again() -> None:
    story = moving(Story().consenting(), "2026-03-02T10:00")
    decision = story.of(MOVE)[0]
    said = {"recommendation": decision["recommendation"], "outcome": "overruled", "by": "eva", "note": "just moved"}
    story.on("2026-03-02T11:00", "recommendation.outcome", direction="stop", **said)
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["RELEASED"], ["overruled"])
    story.on("2026-03-02T12:00", "recommendation.outcome", direction="release", **said)
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["RELEASED"], ["overruled"])
    assert story.recommended(MOVE)["gates"][-1]["detail"] == "overruled by eva: just moved"


def test_ghosts_and_released_ones_are_decided_alike_to_the_last_reason() -> None:
    def reasons(share: float) -> list[str]:
        story = Story(holdout={"share": share}).consenting()
        for day, what in ((2, "address"), (3, "marital_status"), (20, "employment")):
            new = {"address": "B", "marital_status": "married", "employment": "retired"}[what]
            story.on(f"2026-03-{day:02}T10:00", "profile.changed", field=what, old="A", new=new)
        story.on("2026-03-21T10:00", "survey.answered", kind="nps", score=2)
        return [one["reason"] for one in story.decisions]

    assert [reason.replace("HOLDOUT", "RELEASED") for reason in reasons(1.0)] == reasons(0.0)
    assert "HOLDOUT" in reasons(1.0)
    assert reasons(1.0)[-1] == "RELEASED", "care is never held out"


def test_who_is_held_out_is_told_by_the_person_they_turn_out_to_be() -> None:
    """The same person is in the holdout or not, whichever of their subjects an event came in by, merged or not yet."""
    for number in range(12):
        own, device = f"customer:{number}", f"device:{number}"
        direct = Story(own, holdout={"share": 0.5, "salt": "s"}).consenting()
        moving(direct, "2026-03-02T10:00")
        merged = Story(own, holdout={"share": 0.5, "salt": "s"}).consenting()
        merged.on("2026-03-01T10:00", "identity.linked", device, from_=device, to=own)
        merged.on("2026-03-02T10:00", "profile.changed", device, field="address", old="A", new="B")
        assert merged.reasons(MOVE) == direct.reasons(MOVE)
