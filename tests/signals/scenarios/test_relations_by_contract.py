"""Relationship, advocacy and guards as the contract words them, at the edges of their windows."""

import pytest

from tests.signals.scenarios.driver import SUBJECT, Story

REPEAT, QUOTE = "relationship.repeat_contact", "purchase.quote_abandoned"
BROKEN, RISK = "relationship.promise_broken", "relationship.promise_at_risk"


def said(text: str, **data: object) -> Story:
    return Story().on("2026-03-02T10:00", "contact.received", **{"channel": "email", "text": text, **data})


def contacted(*days: str, **about: str) -> Story:
    story = Story()
    for day in days:
        story.on(f"{day}T12:00", "contact.received", channel="phone", **(about or {"case": "C1"}))
    return story


@pytest.mark.parametrize(
    ("days", "fires"),
    [
        (("2026-03-02", "2026-03-09", "2026-03-13"), 1),
        (("2026-03-02", "2026-03-09", "2026-03-18"), 0),
        (("2026-04-02", "2026-04-10", "2026-04-16"), 1),  # Easter Monday lies between
        (("2026-12-22", "2026-12-29", "2027-01-05"), 1),  # Christmas and New Year lie between
        (("2026-03-07", "2026-03-08", "2026-03-08"), 1),
    ],
)
def test_three_contacts_within_ten_working_days(days: tuple[str, ...], fires: int) -> None:
    assert contacted(*days).fired.count(REPEAT) == fires


def test_the_sixth_contact_fires_again_and_not_the_fourth_or_fifth() -> None:
    story = contacted("2026-03-02", "2026-03-03", "2026-03-04")
    for day, count in ((5, 1), (6, 1), (9, 2)):
        story.on(f"2026-03-0{day}T12:00", "contact.received", channel="chat", case="C1")
        assert story.fired.count(REPEAT) == count


@pytest.mark.parametrize(
    ("extra", "fires"),
    [
        ({"mentions": ["@wij"]}, 1),
        ({"reply_to": "p1"}, 1),
        ({"public": False}, 1),
        ({}, 0),
    ],
)
def test_a_post_counts_as_a_contact_when_it_is_directed_at_us(extra: dict, fires: int) -> None:
    story = contacted("2026-03-02", "2026-03-03")
    story.on("2026-03-04T10:00", "social.posted", network="x", text="nog niets gehoord", case="C1", **extra)
    assert story.fired.count(REPEAT) == fires


def test_contacts_about_different_things_do_not_add_up() -> None:
    story = Story()
    for day, case in ((2, "C1"), (3, "C2"), (4, "C3"), (5, "C1")):
        story.on(f"2026-03-0{day}T10:00", "contact.received", channel="phone", case=case)
    assert story.fired == []


@pytest.mark.parametrize(
    ("made", "due", "at_risk", "broken"),
    [
        ("2026-03-02T09:00", "2026-03-06", "2026-03-05T16:00:00Z", "2026-03-06T16:00:00Z"),
        ("2026-03-02T09:00", "2026-03-09", "2026-03-06T16:00:00Z", "2026-03-09T16:00:00Z"),
        ("2026-03-20T09:00", "2026-03-30", "2026-03-27T16:00:00Z", "2026-03-30T15:00:00Z"),
        ("2026-03-20T09:00", "2026-04-07", "2026-04-03T15:00:00Z", "2026-04-07T15:00:00Z"),
        ("2026-03-20T09:00", "2026-04-06", "2026-04-02T15:00:00Z", "2026-04-03T15:00:00Z"),
        ("2026-03-02T09:00", "2026-03-08", "2026-03-05T16:00:00Z", "2026-03-06T16:00:00Z"),
        ("2026-12-14T09:00", "2026-12-25", "2026-12-23T16:00:00Z", "2026-12-24T16:00:00Z"),
    ],
)
def test_a_promise_on_the_business_calendar(made: str, due: str, at_risk: str, broken: str) -> None:
    """The pack's holidays leave out Good Friday (3 April 2026), a working day for insurers unless it says so."""
    story = Story().on(made, "promise.changed", promise="B1", status="made", due=due).until("2027-01-10T00:00")
    moments = {name: [one["created"] for one in story.of(name)] for name in (RISK, BROKEN)}
    assert moments == {RISK: [at_risk], BROKEN: [broken]}


@pytest.mark.parametrize("status", ["kept", "cancelled"])
def test_what_was_done_in_time_and_told_late_takes_both_back(status: str) -> None:
    story = Story().on("2026-03-02T09:00", "promise.changed", promise="B1", status="made", due="2026-03-06")
    story.until("2026-03-06T18:00")
    story.on(
        "2026-03-05T09:00",
        "promise.changed",
        promise="B1",
        status=status,
        extra={"recordedtime": "2026-03-06T17:30:00Z"},
    )
    assert story.statuses(BROKEN) == ["withdrawn"]
    assert story.reasons(BROKEN) == ["RELEASED"]


@pytest.mark.parametrize(
    ("status", "at", "fires"),
    [
        ("answered", "2026-03-06T10:00", 0),
        ("closed", "2026-03-06T10:00", 0),
        ("opened", "2026-03-06T10:00", 1),
        ("answered", "2026-03-11T10:00", 1),
    ],
)
def test_a_complaint_has_five_working_days(status: str, at: str, fires: int) -> None:
    story = Story().on("2026-03-02T10:00", "complaint.changed", complaint="K1", status="opened")
    story.until("2026-03-06T09:00")
    assert "relationship.complaint_overdue" not in story.fired
    story.on(at, "complaint.changed", complaint="K1", status=status).until("2026-03-31T10:00")
    assert story.fired.count("relationship.complaint_overdue") == fires


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("Ik wil mijn verzekering opzeggen.", "relationship.cancel_intent"),
        ("I want to cancel my insurance.", "relationship.cancel_intent"),
        ("Ik stap over naar een andere verzekeraar.", "relationship.switch_intent"),
        ("Ik vind de premie veel te hoog.", "relationship.price_complaint"),
        ("Ik wil een medewerker spreken.", "relationship.human_request"),
        ("Can I speak to a human please?", "relationship.human_request"),
        ("Mijn schade is onterecht afgewezen, schandalig.", "relationship.claim_blame"),
        ("Mijn schade is supersnel en netjes afgehandeld, geweldig!", "advocacy.claim_praise"),
        ("Hartelijk dank voor de goede hulp!", "advocacy.thanks_praise"),
        ("Welke verzekering kunnen jullie mij aanraden?", "advocacy.recommendation_ask"),
        ("Ik heb jullie aanbevolen aan mijn vrienden.", "advocacy.referral"),
        ("Mijn buurvrouw zei dat jullie zo snel betalen.", "advocacy.word_of_mouth"),
    ],
)
def test_an_affirmed_mention_fires_at_once(text: str, trigger: str) -> None:
    assert said(text).reasons(trigger) == ["RELEASED"]


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("Ik wil mijn verzekering niet opzeggen.", "relationship.cancel_intent"),
        ("Als de premie nog omhoog gaat zeg ik op.", "relationship.cancel_intent"),
        ("Mijn buurman wil zijn verzekering opzeggen.", "relationship.cancel_intent"),
        ("Ik wil niet overstappen.", "relationship.switch_intent"),
        ("Ik wil mijn abonnement op de sportschool opzeggen.", "relationship.cancel_intent"),
    ],
)
def test_what_is_not_meant_so_does_not_fire(text: str, trigger: str) -> None:
    assert trigger not in said(text).fired


@pytest.mark.parametrize(
    ("kind", "score", "fired"),
    [
        ("nps", 0, ["relationship.detractor"]),
        ("nps", 6, ["relationship.detractor"]),
        ("nps", 7, []),
        ("nps", 8, []),
        ("nps", 9, ["advocacy.promoter"]),
        ("nps", 10, ["advocacy.promoter"]),
        ("csat", 1, []),
        ("ces", 9, []),
    ],
)
def test_only_nps_tells_detractors_and_promoters(kind: str, score: int, fired: list[str]) -> None:
    assert Story().on("2026-03-02T10:00", "survey.answered", kind=kind, score=score).fired == fired


@pytest.mark.parametrize(
    ("touch", "fires"),
    [("", 1), ("contact.received", 0), ("contact.made", 0), ("web.viewed", 0)],
)
def test_silence_is_a_year_without_a_touch_either_way(touch: str, fires: int) -> None:
    story = Story().insured("car", "2026-01-05T09:00")
    if touch == "web.viewed":
        story.on("2026-09-01T09:00", touch, url="/")
    elif touch:
        story.on("2026-09-01T09:00", touch, channel="phone")
    story.until("2027-01-05T08:59")
    assert "relationship.silence" not in story.fired
    assert story.until("2027-01-05T09:01").fired.count("relationship.silence") == fires


@pytest.mark.parametrize(("touches", "fires"), [(6, True), (5, False)])
def test_growing_apart_needs_a_rhythm_of_six(touches: int, fires: bool) -> None:
    story = Story().insured("car", "2026-01-01T10:00")
    for week in range(touches):
        day = 5 + 7 * week
        month, day = (1, day) if day <= 31 else (2, day - 31)
        story.on(f"2026-{month:02}-{day:02}T10:00", "web.viewed", url="/mijn")
    story.until("2026-04-15T10:00")
    assert ("relationship.growing_apart" in story.fired) == fires


def sold(story: Story, at: str) -> str:
    day = int(at[8:10])
    story.on(at, "form.changed", form="quote", step="saved", product="car")
    story.until(f"{at[:8]}{day + 2:02}T10:00")
    return str(story.reasons(QUOTE)[-1])


@pytest.mark.parametrize(
    "text",
    [
        "Mijn vader is overleden.",
        "Mijn man is overleden.",
        "Mijn moeder is gelukkig niet overleden.",
    ],
)
def test_any_mention_of_a_death_by_the_own_people_guards_for_a_year(text: str) -> None:
    story = Story().consenting().on("2026-03-02T10:00", "contact.received", channel="email", text=text)
    assert sold(story, "2027-02-25T10:00") == "CARE_GUARD"
    assert sold(story, "2027-03-02T11:00") == "RELEASED"


@pytest.mark.parametrize("new", ["deceased", "widowed", "overleden", "weduwe"])
def test_a_death_in_the_books_guards_too(new: str) -> None:
    story = Story().consenting().on("2026-03-02T10:00", "profile.changed", field="household", old="couple", new=new)
    assert "guard.bereavement" in story.fired
    assert sold(story, "2026-06-02T10:00") == "CARE_GUARD"


def test_the_neighbours_death_guards_nobody() -> None:
    story = Story().consenting()
    story.on("2026-03-02T10:00", "contact.received", channel="email", text="Mijn buurvrouw is overleden.")
    assert sold(story, "2026-03-03T10:00") == "RELEASED"


@pytest.mark.parametrize(("day", "reason"), [("25", "CARE_GUARD"), ("26", "RELEASED")])
def test_a_closed_complaint_guards_for_a_fortnight_more(day: str, reason: str) -> None:
    story = Story().consenting().on("2026-03-02T10:00", "complaint.changed", complaint="K1", status="opened")
    story.on("2026-03-11T10:00", "complaint.changed", complaint="K1", status="closed")
    story.on(f"2026-03-{int(day) - 1}T09:00", "form.changed", form="quote", step="saved", product="car")
    story.until(f"2026-03-{day}T11:00")
    assert story.reasons(QUOTE) == [reason]


def test_two_complaints_guard_until_both_are_closed() -> None:
    story = Story().consenting()
    for key in ("K1", "K2"):
        story.on("2026-03-02T10:00", "complaint.changed", complaint=key, status="opened")
    story.on("2026-03-03T10:00", "complaint.changed", complaint="K1", status="closed")
    assert sold(story, "2026-04-20T10:00") == "CARE_GUARD"


@pytest.mark.parametrize(
    ("status", "at", "reason"),
    [
        ("late", "2026-05-28T10:00", "CARE_GUARD"),
        ("failed", "2026-05-28T10:00", "CARE_GUARD"),
        ("late", "2026-06-02T10:00", "RELEASED"),
        ("due", "2026-03-05T10:00", "RELEASED"),
    ],
)
def test_a_late_payment_guards_for_ninety_days(status: str, at: str, reason: str) -> None:
    story = Story().consenting().on("2026-03-02T10:00", "payment.changed", status=status, policy="P1")
    assert sold(story, at) == reason


def test_a_paid_bill_lifts_the_guard_and_another_policys_does_not() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "payment.changed", status="late", policy="P1")
    story.on("2026-03-05T10:00", "payment.changed", status="paid", policy="P2")
    assert sold(story, "2026-03-06T10:00") == "CARE_GUARD"
    story.on("2026-03-12T10:00", "payment.changed", status="paid", policy="P1")
    assert sold(story, "2026-03-13T10:00") == "RELEASED"


@pytest.mark.parametrize(
    ("start", "guarded"),
    [("2021-03-02", True), ("2021-03-03", False), ("2015-01-01", True)],
)
def test_who_leaves_after_five_years_is_thanked_by_a_person_and_not_sold_to(start: str, guarded: bool) -> None:
    story = (
        Story()
        .consenting()
        .on("2026-01-05T09:00", "policy.changed", policy="P1", product="home", change="started", start_date=start)
    )
    story.on("2026-03-02T10:00", "policy.changed", policy="P1", product="home", change="cancelled")
    assert ("guard.breakup" in story.fired) == guarded
    assert sold(story, "2026-03-20T10:00") == ("CARE_GUARD" if guarded else "RELEASED")
    assert sold(story, "2026-04-05T10:00") == "RELEASED"


def test_health_is_guarded_and_never_named() -> None:
    story = Story().consenting()
    story.on("2026-03-02T10:00", "contact.received", channel="email", text="Ik ben ernstig ziek, ik heb kanker.")
    assert "guard.vulnerable" in story.fired
    assert sold(story, "2026-03-10T10:00") == "CARE_GUARD"
    told = str(story.revisions) + str(story.history)
    assert not any(word in told.lower() for word in ("kanker", "cancer", "ziek", "disease", "illness"))


@pytest.mark.parametrize(("accepted"), [True, False, None])
def test_who_refers_somebody_is_thanked_and_nothing_is_kept_of_the_other(accepted: bool | None) -> None:
    data = {"referred": "email:vriend@x.nl", **({} if accepted is None else {"accepted": accepted})}
    story = Story().on("2026-03-02T10:00", "referral.made", **data)
    assert story.reasons("advocacy.referral") == ["RELEASED"]
    assert "vriend@x.nl" not in str(story.revisions) + str(story.customer(SUBJECT))


def test_a_bad_story_told_about_us_is_recovered_and_never_sold_to() -> None:
    text = "Ik heb al mijn vrienden afgeraden om bij jullie te verzekeren, mijn schade is onterecht afgewezen."
    story = said(text)
    assert story.fired
    assert {one["class"] for one in story.decisions} <= {"care", "service"}
