"""The gates, each with its reason: what stops a candidate, what holds it, and what becomes of what was held."""

from typing import Any

import pytest

from tests.signals.scenarios.driver import Story

MOVE, REPEAT = "life_event.move", "relationship.repeat_contact"


def moving(story: Story, at: str = "2026-03-02T10:00", **extra: Any) -> Story:
    """The customer tells of a new address."""
    return story.on(at, "profile.changed", field="address", old=f"before {at}", new=f"after {at}", **extra)


def calling_thrice(story: Story) -> Story:
    for day in (2, 3, 4):
        story.on(f"2026-03-0{day}T10:00", "contact.received", channel="phone", case="C1")
    return story


def test_without_a_word_of_consent_there_are_no_sales() -> None:
    assert moving(Story()).reasons(MOVE) == ["NO_CONSENT"]
    assert moving(Story()).revisions == []


@pytest.mark.parametrize("missing", ["marketing", "profiling"])
def test_sales_needs_both_marketing_and_profiling(missing: str) -> None:
    story = Story().consenting().on("2026-02-01T10:00", "consent.changed", purpose=missing, given=False)
    assert moving(story).reasons(MOVE) == ["NO_CONSENT"]


def test_care_and_service_need_no_consent() -> None:
    assert calling_thrice(Story()).reasons(REPEAT) == ["RELEASED"]


def test_only_channels_with_consent_are_used() -> None:
    story = moving(Story().consenting(channels=["phone"]))
    assert story.recommended(MOVE)["channel"] == "phone"
    story = moving(Story().consenting(channels=["letter"]))
    assert story.reasons(MOVE) == ["NO_CONSENT"]


def test_consent_for_all_channels_is_none_for_the_phone() -> None:
    story = Story(kill=["email"]).consenting(channels=[])
    assert moving(story).reasons(MOVE) == ["NO_CONSENT"]
    assert moving(Story().consenting(channels=[])).recommended(MOVE)["channel"] == "email"


def test_being_a_customer_is_no_opt_in_for_the_phone() -> None:
    story = Story().consenting(channels=["phone"], basis="customer_relation")
    assert moving(story).reasons(MOVE) == ["NO_CONSENT"]


def test_withdrawing_one_channel_leaves_the_others() -> None:
    story = Story().consenting(channels=["email", "phone"])
    story.on("2026-02-01T10:00", "consent.changed", purpose="marketing", given=False, channels=["email"])
    assert moving(story).recommended(MOVE)["channel"] == "phone"


def test_giving_one_channel_again_does_not_give_back_another() -> None:
    story = Story().consenting(channels=["email", "phone"])
    story.on("2026-02-01T10:00", "consent.changed", purpose="marketing", given=False, channels=["phone"])
    story.on("2026-02-02T10:00", "consent.changed", purpose="marketing", given=True, channels=["email"])
    story.on("2026-02-03T10:00", "consent.changed", purpose="marketing", given=False, channels=["email"])
    assert moving(story).reasons(MOVE) == ["NO_CONSENT"]


def test_an_older_word_that_arrives_later_changes_nothing() -> None:
    story = Story().on("2026-02-01T10:00", "consent.changed", purpose="profiling", given=True)
    story.on("2026-02-01T10:00", "consent.changed", purpose="marketing", given=False)
    story.on("2026-01-31T20:00", "consent.changed", purpose="marketing", given=True, channels=["email"])
    assert moving(story).reasons(MOVE) == ["NO_CONSENT"]


def test_consent_runs_out() -> None:
    assert moving(Story().consenting(expires="2026-03-01")).reasons(MOVE) == ["CONSENT_EXPIRED"]
    assert moving(Story().consenting(expires="2026-03-03")).reasons(MOVE) == ["RELEASED"]


def test_consent_of_one_channel_may_run_out_before_another() -> None:
    story = Story().consenting(channels=["email"], expires="2026-03-01")
    story.on("2026-01-06T10:00", "consent.changed", purpose="marketing", given=True, channels=["phone"])
    assert moving(story).recommended(MOVE)["channel"] == "phone"


@pytest.mark.parametrize("kind", ["object", "restrict"])
def test_an_objection_ends_sales_and_takes_back_what_was_released(kind: str) -> None:
    story = moving(Story().consenting()).on("2026-03-03T10:00", "privacy.requested", kind=kind)
    assert story.statuses(MOVE) == ["withdrawn"]
    story.on("2026-03-04T10:00", "form.changed", form="quote", step="saved", product="car").until("2026-03-06T10:00")
    assert story.reasons("purchase.quote_abandoned") == ["OBJECTED"]


def test_an_objection_leaves_care_alone() -> None:
    assert calling_thrice(Story().on("2026-03-01T10:00", "privacy.requested", kind="object")).reasons(REPEAT) == [
        "RELEASED"
    ]


def test_withdrawn_consent_takes_back_what_was_released() -> None:
    story = moving(Story().consenting())
    story.on("2026-03-03T10:00", "consent.changed", purpose="marketing", given=False)
    assert (story.statuses(MOVE), story.reasons(MOVE)) == (["withdrawn"], ["RELEASED"])


GUARDS: dict[str, tuple[str, dict[str, Any]]] = {
    "guard.complaint": ("complaint.changed", {"complaint": "K1", "status": "opened"}),
    "guard.distress": ("payment.changed", {"status": "failed", "amount": 90, "policy": "P1"}),
    "guard.bereavement": ("profile.changed", {"field": "household", "new": "partner deceased"}),
    "guard.breakup": ("policy.changed", {"policy": "P-car", "product": "car", "change": "cancelled"}),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_vetoes_sales_offers_care_and_takes_back_what_was_released(guard: str) -> None:
    type_, data = GUARDS[guard]
    story = moving(Story().consenting().insured("car", start_date="2015-01-01"))
    story.on("2026-03-03T10:00", type_, id="cause", **data)
    assert story.reasons(guard) == ["RELEASED"]
    assert story.of(guard)[0]["class"] == "care"
    assert story.statuses(MOVE) == ["withdrawn"]
    story.on("2026-03-04T10:00", "form.changed", form="quote", step="saved", product="home").until("2026-03-06T10:00")
    assert story.reasons("purchase.quote_abandoned") == ["CARE_GUARD"]
    assert guard in story.of("purchase.quote_abandoned")[0]["detail"]


@pytest.mark.parametrize(
    ("lifted_by", "guarded", "free"),
    [
        (("complaint.changed", {"complaint": "K1", "status": "closed"}), "2026-03-23T10:00", "2026-03-25T10:00"),
        (("payment.changed", {"status": "paid", "policy": "P1"}), "", "2026-03-11T10:00"),
    ],
)
def test_a_guard_ends_as_the_contract_says(lifted_by: tuple[str, dict], guarded: str, free: str) -> None:
    story = Story().consenting()
    if "complaint" in lifted_by[0]:
        story.on("2026-03-02T10:00", "complaint.changed", complaint="K1", status="opened")
    else:
        story.on("2026-03-02T10:00", "payment.changed", status="late", policy="P1")
    story.on("2026-03-10T10:00", lifted_by[0], **lifted_by[1])
    if guarded:
        assert moving(story, guarded).reasons(MOVE) == ["CARE_GUARD"]
        story = story.on(free, "form.changed", form="quote", step="saved", product="car").until("2026-03-27T10:00")
        assert story.reasons("purchase.quote_abandoned") == ["RELEASED"]
    else:
        assert moving(story, free).reasons(MOVE) == ["RELEASED"]


@pytest.mark.parametrize(
    ("guard", "guarded", "free"),
    [
        ("guard.distress", "2026-05-30T10:00", "2026-06-02T10:00"),
        ("guard.bereavement", "2027-03-01T10:00", "2027-03-03T10:00"),
        ("guard.breakup", "2026-03-31T10:00", "2026-04-03T10:00"),
    ],
)
def test_a_guard_runs_out(guard: str, guarded: str, free: str) -> None:
    type_, data = GUARDS[guard]
    for at, reason in ((guarded, "CARE_GUARD"), (free, "RELEASED")):
        story = Story().consenting().insured("car", start_date="2015-01-01")
        assert moving(story.on("2026-03-02T10:00", type_, **data), at).reasons(MOVE) == [reason]


def test_leaving_within_five_years_is_no_breakup() -> None:
    story = Story().insured("car", start_date="2023-01-01")
    story.on("2026-03-03T10:00", "policy.changed", policy="P-car", product="car", change="cancelled")
    assert "guard.breakup" not in story.fired


def test_a_late_event_meets_the_guard_that_was_set_meanwhile() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "complaint.changed", complaint="K1", status="opened")
    assert moving(story, "2026-03-02T08:00").reasons(MOVE) == ["CARE_GUARD"]


def test_an_overdue_promise_comes_before_sales_until_it_is_kept() -> None:
    story = (
        Story().consenting().on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-04")
    )
    story = moving(story, "2026-03-05T10:00")
    assert story.reasons(MOVE) == ["PROMISE_FIRST"]
    story.on("2026-03-05T12:00", "promise.changed", promise="B1", status="kept")
    story.on("2026-03-06T10:00", "form.changed", form="quote", step="saved", product="car").until("2026-03-07T12:00")
    assert story.reasons("purchase.quote_abandoned") == ["RELEASED"]


def test_a_prospect_known_by_a_cookie_has_no_address_for_sales() -> None:
    story = Story(subject="device:abc").consenting()
    story.on("2026-03-02T10:00", "form.changed", form="quote", step="saved", product="car").until("2026-03-04T10:00")
    assert story.reasons("purchase.quote_abandoned") == ["NO_ADDRESS"]
    mail = Story(subject="email:jan@example.nl").consenting()
    mail.on("2026-03-02T10:00", "form.changed", form="quote", step="saved", product="car").until("2026-03-04T10:00")
    assert mail.reasons("purchase.quote_abandoned") == ["RELEASED"]


def test_one_sale_a_day_and_two_a_fortnight() -> None:
    story = moving(Story().consenting())
    for day, field, new in ((2, "marital_status", "married"), (4, "employment", "retired"), (6, "household", "child")):
        story.on(f"2026-03-0{day}T11:00", "profile.changed", field=field, new=new)
    assert [decision["reason"] for decision in story.decisions] == ["RELEASED", "FREQ_CAP", "RELEASED", "FREQ_CAP"]
    story.on("2026-03-17T10:00", "profile.changed", field="employment", new="self-employed")
    assert story.reasons("life_event.new_business") == ["RELEASED"]


def test_contacts_made_by_anyone_count() -> None:
    story = Story().consenting().on("2026-03-02T09:00", "contact.made", channel="phone", purpose="sales")
    assert moving(story).reasons(MOVE) == ["FREQ_CAP"]
    story = Story().consenting().on("2026-03-01T09:00", "contact.made", channel="phone", purpose="sales")
    assert moving(story).reasons(MOVE) == ["RELEASED"]


def test_a_contact_that_was_recommended_counts_once() -> None:
    story = moving(Story().consenting())
    story.on("2026-03-02T15:00", "contact.made", channel="email", purpose="sales")
    story.on("2026-03-04T10:00", "profile.changed", field="marital_status", new="married")
    assert story.reasons("life_event.marriage") == ["RELEASED"]


def test_caps_never_limit_care() -> None:
    story = Story()
    for day in range(2, 14):
        story.on(f"2026-03-{day:02}T10:00", "contact.received", channel="phone", case="C1")
    assert story.reasons(REPEAT) == ["RELEASED"] * 4


def test_caps_come_from_the_configuration() -> None:
    story = moving(Story(caps=[]).consenting())
    story.on("2026-03-02T11:00", "profile.changed", field="marital_status", new="married")
    assert story.reasons("life_event.marriage") == ["RELEASED"]


def test_the_night_holds_a_call_until_the_morning() -> None:
    story = moving(Story().consenting(channels=["phone"]), "2026-03-02T22:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["QUIET_HOURS"], ["held"])
    assert story.of(MOVE)[0]["recommendation"] is None
    story.until("2026-03-03T08:59")
    assert story.statuses(MOVE) == ["held"]
    story.until("2026-03-03T09:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["RELEASED"], ["released"])
    record = story.recommended(MOVE)
    assert (record["revision"], story.of(MOVE)[0]["recommendation"]) == (2, record["id"])
    assert record["not_before"] == "2026-03-03T08:00:00Z", "nobody is to call in the night it waited for"
    assert record["not_before"] <= record["best_before"] <= record["expires"]


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-03-28T22:00", "2026-03-30T07:00:00Z"),  # a Saturday night; the clock goes forward on Sunday
        ("2026-10-24T22:00", "2026-10-26T08:00:00Z"),  # and back
        ("2026-04-24T22:00", "2026-04-25T08:00:00Z"),  # Saturday opens at ten
        ("2026-04-25T22:00", "2026-04-28T07:00:00Z"),  # Monday is King's Day
    ],
)
def test_quiet_hours_know_weekends_holidays_and_summer_time(at: str, opens: str) -> None:
    story = moving(Story().consenting(channels=["phone"]), at).until("2026-12-01T10:00")
    assert story.of(MOVE)[0]["decided"] == opens


def test_quiet_hours_are_those_of_the_customers_zone() -> None:
    story = Story().consenting(channels=["phone"])
    story.on("2026-02-01T10:00", "profile.changed", field="timezone", new="America/New_York")
    assert moving(story, "2026-03-02T10:00").statuses(MOVE) == ["held"]
    story.until("2026-03-02T15:00")
    assert story.of(MOVE)[0]["decided"] == "2026-03-02T14:00:00Z"


def test_a_guard_set_while_held_ends_it_withdrawn() -> None:
    story = moving(Story().consenting(channels=["phone"]), "2026-03-02T22:00")
    story.on("2026-03-03T07:00", "complaint.changed", complaint="K1", status="opened").until("2026-03-03T10:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["WITHDRAWN"], ["withdrawn"])


def test_what_is_held_is_decided_anew_when_released() -> None:
    story = moving(Story().consenting(channels=["phone"]), "2026-03-02T22:00")
    story.on("2026-03-03T08:00", "contact.made", channel="email", purpose="sales").until("2026-03-03T10:00")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["WITHDRAWN"], ["withdrawn"])
    assert "FREQ_CAP" in story.of(MOVE)[0]["detail"]


def test_the_best_of_what_was_held_over_night_goes_first() -> None:
    story = Story().consenting(channels=["phone"]).insured("car", premium=50)
    moving(story, "2026-03-02T22:00")
    story.on("2026-03-02T23:00", "profile.changed", field="marital_status", new="married").until("2026-03-03T10:00")
    assert story.reasons(MOVE) == ["RELEASED"]
    assert story.reasons("life_event.marriage") == ["WITHDRAWN"]
    assert MOVE in story.of("life_event.marriage")[0]["detail"]


def test_an_open_channel_goes_before_a_closed_one() -> None:
    story = Story().consenting().on("2026-03-01T22:00", "survey.answered", kind="nps", score=2)
    assert story.recommended("relationship.detractor")["channel"] == "email"


@pytest.mark.parametrize("kill", ["all", MOVE])
def test_the_kill_switch_stops_everything_or_one_trigger(kill: str) -> None:
    story = moving(Story(kill=[kill]).consenting())
    assert story.reasons(MOVE) == ["KILL_SWITCH"]
    assert calling_thrice(story).reasons(REPEAT) == (["KILL_SWITCH"] if kill == "all" else ["RELEASED"])


def test_the_kill_switch_stops_a_channel() -> None:
    assert moving(Story(kill=["email"]).consenting()).recommended(MOVE)["channel"] == "phone"
    assert moving(Story(kill=["email", "phone"]).consenting()).reasons(MOVE) == ["KILL_SWITCH"]


def test_history_builds_state_and_fires_nothing() -> None:
    story = moving(Story(warmup_until="2026-03-03T00:00").consenting())
    assert (story.reasons(MOVE), story.revisions) == (["WARMUP"], [])
    assert moving(story, "2026-03-04T10:00").reasons(MOVE) == ["WARMUP"]


def test_events_may_say_that_they_are_history() -> None:
    story = moving(Story().consenting(), extra={"warmup": True})
    assert story.reasons(MOVE) == ["WARMUP"]


def test_a_promise_from_history_is_watched_when_it_falls_due_live() -> None:
    story = Story(warmup_until="2026-03-03T00:00")
    story.on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-05").until(
        "2026-03-06T10:00"
    )
    assert story.reasons("relationship.promise_broken") == ["RELEASED"]


def test_everyone_held_out_is_a_ghost_for_sales_and_none_for_care() -> None:
    story = moving(Story(holdout={"share": 1.0, "salt": "s", "epoch": 3}).consenting())
    (decision,) = story.of(MOVE)
    assert (decision["reason"], decision["status"], decision["recommendation"]) == ("HOLDOUT", "ghost", None)
    assert calling_thrice(story).reasons(REPEAT) == ["RELEASED"]
    assert all(record["holdout"]["epoch"] == 3 for record in story.revisions)


def test_ghosts_are_refused_for_the_same_reasons_as_others() -> None:
    reasons = []
    for share in (0.0, 1.0):
        story = moving(Story(holdout={"share": share, "salt": "s"}).consenting())
        story.on("2026-03-02T11:00", "profile.changed", field="marital_status", new="married")
        reasons.append([decision["reason"] for decision in story.decisions])
    assert reasons == [["RELEASED", "FREQ_CAP"], ["HOLDOUT", "FREQ_CAP"]]


def test_the_holdout_has_its_share_and_is_drawn_by_salt_and_epoch() -> None:
    def members(**holdout: Any) -> list[bool]:
        story = Story(holdout={"share": 0.3, "salt": "s", **holdout})
        for number in range(400):
            story.subject = f"customer:{number}"
            moving(story.consenting())
        return [decision["reason"] == "HOLDOUT" for decision in story.of(MOVE)]

    first = members()
    assert 90 <= sum(first) <= 150
    assert first == members()
    assert first != members(epoch=2)
    assert first != members(salt="t")


def test_one_moment_one_sale_the_better_one_goes_and_names_the_other() -> None:
    story = Story(caps=[]).consenting().insured("car", premium=50).insured("home", premium=30)
    story.on("2026-03-02T10:00", "form.changed", form="quote-travel", step="saved", product="travel")
    story.on(
        "2026-03-02T10:00",
        "policy.changed",
        policy="P-car",
        product="car",
        change="amended",
        renewal_date="2026-04-02T10:00:00+02:00",
    )
    story.until("2026-03-03T10:00")
    released = [decision for decision in story.decisions if decision["reason"] == "RELEASED"]
    lost = [decision for decision in story.decisions if decision["reason"] == "SUPERSEDED"]
    assert [d["trigger"] for d in released] == ["purchase.quote_abandoned"]
    assert [d["trigger"] for d in lost] == ["renewal.car"]
    assert "purchase.quote_abandoned" in lost[0]["detail"]
    assert story.recommended("purchase.quote_abandoned")["runner_up"]["trigger"] == "renewal.car"


def test_care_goes_before_sales_by_class() -> None:
    story = Story().consenting()
    for day in (2, 3):
        story.on(f"2026-03-0{day}T10:00", "contact.received", channel="email", case="C1")
    story.on("2026-03-04T10:00", "contact.received", channel="email", case="C1", text="Wij gaan verhuizen.")
    assert story.reasons(REPEAT) == ["RELEASED"]
    assert story.reasons(MOVE) == ["SUPERSEDED"]
    assert REPEAT in story.of(MOVE)[0]["detail"]


def test_a_recommendation_expires() -> None:
    story = moving(Story().consenting())
    assert story.until("2026-05-01T11:00").statuses(MOVE) == ["expired"]
    assert story.reasons(MOVE) == ["RELEASED"]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("shown", "released"),
        ("not_reached", "released"),
        ("accepted", "done"),
        ("converted", "done"),
        ("declined", "done"),
        ("overruled", "overruled"),
    ],
)
def test_outcomes_move_the_status_and_never_the_reason(outcome: str, status: str) -> None:
    story = moving(Story().consenting())
    story.on(
        "2026-03-03T10:00",
        "recommendation.outcome",
        recommendation=story.recommended(MOVE)["id"],
        outcome=outcome,
        by="anna",
    )
    assert (story.statuses(MOVE), story.reasons(MOVE)) == ([status], ["RELEASED"])
