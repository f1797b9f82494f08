"""The relationship: repeated contact, promises, complaints, silence, what surveys say, advocacy."""

import pytest

from tests.signals.scenarios.driver import Story

REPEAT, AT_RISK, BROKEN = (
    "relationship.repeat_contact",
    "relationship.promise_at_risk",
    "relationship.promise_broken",
)
APART = "relationship.growing_apart"


def test_the_third_contact_on_one_case_fires_whatever_the_channel() -> None:
    story = Story()
    story.on("2026-03-02T10:00", "contact.received", channel="phone", case="C1")
    story.on("2026-03-05T10:00", "contact.received", channel="email", case="C1")
    assert story.of(REPEAT) == []
    story.on("2026-03-12T10:00", "social.posted", network="x", text="nog steeds niets", mentions=["@wij"], case="C1")
    assert story.reasons(REPEAT) == ["RELEASED"]
    assert [piece["event"] for piece in story.recommended(REPEAT)["evidence"]] == ["e1", "e2", "e3"]


def test_it_takes_three_more_contacts_to_fire_again() -> None:
    story = Story()
    for day in range(2, 8):
        story.on(f"2026-03-0{day}T10:00", "contact.received", channel="phone", case="C1")
        assert len(story.of(REPEAT)) == (day - 1) // 3


@pytest.mark.parametrize("field", ["case", "claim", "complaint", "topic"])
def test_contacts_are_matched_by_case_else_claim_complaint_or_topic(field: str) -> None:
    story = Story()
    for day in (2, 3, 4):
        story.on(f"2026-03-0{day}T10:00", "contact.received", channel="phone", **{field: "X"})
    assert len(story.of(REPEAT)) == 1


@pytest.mark.parametrize("about", [{}, {"case": ""}, {"case": "", "topic": ""}, {"topic": None}])
def test_contacts_about_nothing_we_know_are_not_one_case(about: dict[str, str]) -> None:
    story = Story()
    for day in (2, 3, 4):
        story.on(f"2026-03-0{day}T10:00", "contact.received", channel="phone", **about)
    assert story.of(REPEAT) == []
    assert [touch.about for touch in story.customer().touches] == [None] * 3


def test_where_the_case_is_empty_contacts_are_about_their_topic() -> None:
    story = Story()
    for day, topic in ((2, "claim"), (3, "premium"), (4, "claim"), (5, "address"), (6, "claim")):
        story.on(f"2026-03-0{day}T10:00", "contact.received", channel="phone", case="", topic=topic)
    assert [piece["event"] for piece in story.recommended(REPEAT)["evidence"]] == ["e1", "e3", "e5"]


def test_three_contacts_over_eleven_working_days_do_not_fire() -> None:
    story = Story()
    for day in ("02", "10", "17"):
        story.on(f"2026-03-{day}T10:00", "contact.received", channel="phone", case="C1")
    assert story.of(REPEAT) == []


def test_days_off_do_not_count() -> None:
    """Thursday 2 April to Friday 17 April 2026 holds Easter Monday: ten working days after the first."""
    story = Story()
    for at in ("2026-04-02T10:00", "2026-04-07T10:00", "2026-04-17T09:00"):
        story.on(at, "contact.received", channel="phone", case="C1")
    assert len(story.of(REPEAT)) == 1


def test_a_resent_mail_and_our_own_calls_do_not_count() -> None:
    story = Story()
    story.on("2026-03-02T10:00", "contact.received", id="m1", channel="email", case="C1")
    story.on("2026-03-02T10:00", "contact.received", id="m1", channel="email", case="C1")
    story.on("2026-03-03T10:00", "contact.made", channel="phone", case="C1", purpose="service")
    story.on("2026-03-04T10:00", "contact.received", channel="phone", case="C1")
    assert story.of(REPEAT) == []
    assert story.engine.duplicates == 1


def test_a_post_that_is_not_directed_at_us_is_no_contact() -> None:
    story = Story()
    for day in (2, 3, 4):
        story.on(f"2026-03-0{day}T10:00", "social.posted", network="x", text="mooi weer", public=True, case="C1")
    assert story.of(REPEAT) == []


def test_a_late_contact_counts_at_its_own_time() -> None:
    story = Story()
    story.on("2026-03-02T10:00", "contact.received", channel="phone", case="C1")
    story.on("2026-03-04T10:00", "contact.received", channel="phone", case="C1")
    story.on("2026-03-03T20:00", "contact.received", channel="email", case="C1")
    assert story.reasons(REPEAT) == ["RELEASED"]


def test_a_contact_later_than_the_lateness_fires_nothing() -> None:
    story = Story()
    story.on("2026-03-02T10:00", "contact.received", channel="phone", case="C1")
    story.on("2026-03-09T10:00", "contact.received", channel="phone", case="C1")
    story.on("2026-03-05T10:00", "contact.received", channel="email", case="C1")
    assert story.reasons(REPEAT) == ["LATE"]
    assert len(story.customer().touches) == 3


def test_a_promise_is_at_risk_a_working_day_before_and_broken_when_due() -> None:
    story = Story().on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-05")
    assert story.until("2026-03-04T16:59").decisions == []
    story.until("2026-03-04T17:00")
    assert [story.of(AT_RISK)[0]["created"], story.of(BROKEN)] == ["2026-03-04T16:00:00Z", []]
    story.until("2026-03-05T17:00")
    assert story.of(BROKEN)[0]["created"] == "2026-03-05T16:00:00Z"
    assert story.statuses(BROKEN) == ["released"]
    assert story.statuses(AT_RISK) == ["superseded"]


def test_a_due_moment_with_a_time_is_meant_to_the_minute() -> None:
    story = Story().on(
        "2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-05T11:30:00+01:00"
    )
    story.until("2026-03-05T11:31")
    assert story.of(BROKEN)[0]["created"] == "2026-03-05T10:30:00Z"


@pytest.mark.parametrize("due", ["2026-04-27", "2026-04-26", "2026-04-25"])
def test_a_promise_due_on_a_day_off_is_due_the_working_day_before(due: str) -> None:
    """King's Day, Monday 27 April 2026, and the weekend before: due Friday 24 April, 17:00."""
    story = Story().on("2026-04-20T10:00", "promise.changed", promise="B1", status="made", due=due)
    story.until("2026-04-28T10:00")
    assert story.of(BROKEN)[0]["created"] == "2026-04-24T15:00:00Z"
    assert story.of(AT_RISK)[0]["created"] == "2026-04-23T15:00:00Z"


@pytest.mark.parametrize("status", ["kept", "cancelled"])
def test_kept_or_cancelled_in_time_neither_fires(status: str) -> None:
    story = Story().on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-09")
    story.on("2026-03-04T10:00", "promise.changed", promise="B1", status=status).until("2026-03-20T10:00")
    assert story.decisions == []


def test_a_moved_promise_is_due_on_its_new_day() -> None:
    story = Story().on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-04")
    story.until("2026-03-03T18:00")
    story.on("2026-03-04T09:00", "promise.changed", promise="B1", status="moved", due="2026-03-11")
    assert story.statuses(AT_RISK) == ["withdrawn"]
    story.until("2026-03-10T16:00")
    assert story.of(BROKEN) == []
    assert story.until("2026-03-11T17:00").of(BROKEN)[0]["created"] == "2026-03-11T16:00:00Z"


def test_kept_in_time_that_arrives_late_withdraws_the_broken_promise() -> None:
    story = Story().on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-09")
    story.until("2026-03-10T09:00").on("2026-03-09T16:00", "promise.changed", promise="B1", status="kept")
    assert (story.statuses(BROKEN), story.reasons(BROKEN)) == (["withdrawn"], ["RELEASED"])


def test_kept_after_it_was_due_does_not_take_the_breach_back() -> None:
    story = Story().on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-09")
    story.until("2026-03-09T18:00").on("2026-03-10T09:00", "promise.changed", promise="B1", status="kept")
    assert story.statuses(BROKEN) == ["released"]


def test_a_complaint_without_answer_is_overdue_after_five_working_days() -> None:
    """King's Day, 27 April, is a day off."""
    story = Story().on("2026-04-23T10:00", "complaint.changed", complaint="K1", status="opened")
    story.until("2026-05-01T09:59")
    assert story.of("relationship.complaint_overdue") == []
    story.until("2026-05-01T10:01")
    assert story.of("relationship.complaint_overdue")[0]["class"] == "service"


@pytest.mark.parametrize("status", ["answered", "closed"])
def test_an_answered_complaint_is_not_overdue(status: str) -> None:
    story = Story().on("2026-03-02T10:00", "complaint.changed", complaint="K1", status="opened")
    story.on("2026-03-06T10:00", "complaint.changed", complaint="K1", status=status).until("2026-04-02T10:00")
    assert story.of("relationship.complaint_overdue") == []


def test_an_opened_complaint_asks_for_an_answer() -> None:
    story = Story().on("2026-03-02T10:00", "complaint.changed", complaint="K1", status="opened")
    assert story.reasons("relationship.complaint_open") == ["RELEASED"]


def test_a_weekly_rhythm_is_missed_after_three_weeks_a_yearly_one_is_not() -> None:
    weekly = Story()
    for week in range(10):
        weekly.on(f"2026-0{1 + week // 4}-{5 + 7 * (week % 4):02}T10:00", "contact.received", channel="phone")
    last = "2026-03-12"
    assert weekly.until(f"{last}T10:00").of(APART) == []
    assert len(weekly.until("2026-04-08T10:00").of(APART)) == 1
    yearly = Story()
    for year in range(2017, 2026):
        yearly.on(f"{year}-03-02T10:00", "contact.received", channel="phone")
    assert yearly.until("2026-06-02T10:00").of(APART) == []


def test_growing_apart_needs_six_touches() -> None:
    story = Story()
    for day in (1, 3, 5, 7, 9):
        story.on(f"2026-03-0{day}T10:00", "web.viewed", url="/")
    assert story.until("2026-06-01T10:00").of(APART) == []


def test_growing_apart_needs_a_fortnight() -> None:
    story = Story()
    for day in range(1, 10):
        story.on(f"2026-03-0{day}T10:00", "web.viewed", url="/")
    assert story.until("2026-03-23T09:00").of(APART) == []
    assert len(story.until("2026-03-23T11:00").of(APART)) == 1


def test_coming_back_withdraws_growing_apart() -> None:
    story = Story()
    for day in range(1, 10):
        story.on(f"2026-03-0{day}T10:00", "web.viewed", url="/")
    story.until("2026-03-24T10:00").on("2026-03-25T10:00", "web.viewed", url="/")
    assert story.statuses(APART) == ["withdrawn"]


def test_a_year_of_silence_with_an_active_policy() -> None:
    story = Story().insured("car", at="2025-01-06T10:00")
    assert story.until("2026-01-05T10:00").of("relationship.silence") == []
    assert len(story.until("2026-01-07T10:00").of("relationship.silence")) == 1


def test_no_silence_after_our_own_call_or_without_a_policy() -> None:
    story = Story().insured("car", at="2025-01-06T10:00")
    story.on("2025-06-06T10:00", "contact.made", channel="phone", purpose="service").until("2026-01-07T10:00")
    assert story.of("relationship.silence") == []
    prospect = Story().on("2025-01-06T10:00", "web.viewed", url="/").until("2026-02-01T10:00")
    assert prospect.of("relationship.silence") == []


@pytest.mark.parametrize(
    ("score", "fired"),
    [
        (0, "relationship.detractor"),
        (6, "relationship.detractor"),
        (7, ""),
        (8, ""),
        (9, "advocacy.promoter"),
        (10, "advocacy.promoter"),
    ],
)
def test_detractors_and_promoters(score: int, fired: str) -> None:
    story = Story().on("2026-03-02T10:00", "survey.answered", kind="nps", score=score)
    assert story.fired == ([fired] if fired else [])


def test_other_surveys_have_no_detractors() -> None:
    assert Story().on("2026-03-02T10:00", "survey.answered", kind="csat", score=2).fired == []


def test_a_referral_thanks_the_teller() -> None:
    story = Story().on("2026-03-02T10:00", "referral.made", referred="email:an@example.nl", accepted=True)
    assert story.fired == ["advocacy.referral"]
    assert story.decisions[0]["class"] == "service"
    assert "an@example.nl" not in str(story.revisions)


def test_a_closed_claim_begins_the_count_anew() -> None:
    story = Story()
    for day in (2, 3):
        story.on(f"2026-03-0{day}T10:00", "contact.received", channel="phone", claim="S1")
    story.on("2026-03-03T12:00", "claim.changed", claim="S1", status="closed")
    story.on("2026-03-04T10:00", "contact.received", channel="phone", claim="S1")
    assert story.of(REPEAT) == []


def test_a_moved_promise_without_a_new_day_keeps_its_own() -> None:
    story = Story().on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-05")
    story.on("2026-03-03T10:00", "promise.changed", promise="B1", status="moved").until("2026-03-05T17:00")
    assert story.of(BROKEN)[0]["created"] == "2026-03-05T16:00:00Z"


def test_a_promise_that_arrives_late_is_watched_when_it_is_due_after_that_and_never_fires_for_the_past() -> None:
    for due, broken in (("2026-03-12", ["RELEASED"]), ("2026-03-04", [])):
        story = Story().on("2026-03-06T10:00", "contact.received", channel="phone")
        story.on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due=due)
        assert story.until("2026-03-20T10:00").reasons(BROKEN) == broken


def test_a_renewal_is_no_touch() -> None:
    story = Story().insured("car", at="2025-01-06T10:00")
    story.on("2025-12-20T10:00", "policy.changed", policy="P-car", product="car", change="renewed")
    assert len(story.until("2026-01-07T10:00").of("relationship.silence")) == 1


def test_a_policy_we_first_hear_of_by_its_renewal_may_fall_silent_too() -> None:
    story = Story().on("2025-01-06T10:00", "policy.changed", policy="P1", product="car", change="renewed")
    assert len(story.until("2026-01-07T10:00").of("relationship.silence")) == 1


@pytest.mark.parametrize(("cancelled", "reasons"), [("2026-03-02T00:00", ["RELEASED"]), ("2026-03-01T23:59", [])])
def test_five_years_are_five_years_on_the_day(cancelled: str, reasons: list[str]) -> None:
    story = Story().insured("car", start_date="2021-03-02")
    story.on(cancelled, "policy.changed", policy="P-car", product="car", change="cancelled")
    assert story.until("2026-03-02T10:00").reasons("guard.breakup") == reasons


def test_a_cancellation_may_itself_tell_since_when_the_policy_ran() -> None:
    data = {"policy": "P1", "product": "car", "change": "cancelled", "start_date": "2015-03-02"}
    assert Story().on("2026-03-02T10:00", "policy.changed", **data).reasons("guard.breakup") == ["RELEASED"]


def test_telling_a_complaint_twice_does_not_put_off_its_answer() -> None:
    story = Story().on("2026-03-02T10:00", "complaint.changed", complaint="K1", status="opened")
    story.on("2026-03-04T10:00", "complaint.changed", complaint="K1", status="opened")
    assert len(story.until("2026-03-09T10:00").of("relationship.complaint_overdue")) == 1


def test_a_complaint_that_is_opened_again_is_answered_again() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "complaint.changed", complaint="K1", status="opened")
    story.on("2026-03-03T10:00", "complaint.changed", complaint="K1", status="closed")
    story.on("2026-03-10T10:00", "complaint.changed", complaint="K1", status="opened").until("2026-03-17T10:00")
    assert len(story.of("relationship.complaint_overdue")) == 1
    story.on("2026-04-05T10:00", "profile.changed", field="address", new="B")
    assert story.reasons("life_event.move") == ["CARE_GUARD"]


def test_what_asks_for_care_never_names_health() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "contact.received", channel="phone", text="Ik heb kanker.")
    told = str([*story.revisions, *story.history]).lower()
    assert story.fired == ["guard.vulnerable"]
    assert not [word for word in ("kanker", "cancer", "ziek", "health", "gezond") if word in told]
