"""The customer as a whole: stage, experience, threads and value, from what happened."""

import pytest

from signals.calendar.instant import DAY
from signals.customer.experience import Experience, experience_index, experiences, mood
from signals.customer.lifecycle import lifecycle_stage
from signals.customer.threads import coherence, jobs_in_progress, threads
from signals.customer.view import customer_view
from tests.signals.scenarios.driver import Story, moment


def stage(story: Story, at: str) -> str:
    return lifecycle_stage(story.customer(), moment(at)).name


def test_a_contract_that_has_yet_to_begin_is_told_as_that() -> None:
    story = Story().insured("health", at="2026-03-01T10:00", start_date="2026-04-01")
    reasons = [lifecycle_stage(story.customer(), moment(at)).because for at in ("2026-03-02T10:00", "2026-04-03T10:00")]
    assert reasons == ["becomes a customer in 30 days", "became a customer 2 days ago"]


def test_a_customers_stages_from_first_visit_to_goodbye() -> None:
    story = Story().on("2026-01-02T10:00", "web.viewed", url="/car")
    assert stage(story, "2026-01-03T10:00") == "prospect"
    story.insured("car", "2026-01-05T10:00")
    assert stage(story, "2026-02-01T10:00") == "new"
    assert stage(story, "2026-05-01T10:00") == "active"
    story.on("2026-05-02T10:00", "survey.answered", kind="nps", score=2)
    assert stage(story, "2026-05-03T10:00") == "at_risk"
    assert stage(story, "2027-01-03T10:00") == "active"
    story.on("2027-01-04T10:00", "policy.changed", policy="P-car", product="car", change="cancelled")
    assert stage(story, "2027-01-05T10:00") == "leaving"
    assert stage(story, "2027-03-05T10:00") == "lapsed"


def test_who_gave_up_their_contract_is_leaving_until_it_has_ended_and_a_month() -> None:
    story = Story().insured("health", "2020-01-01T10:00", policy="P")
    story.on(
        "2025-11-20T10:00", "policy.changed", policy="P", product="health", change="cancelled", end_date="2025-12-31"
    )
    assert stage(story, "2025-12-26T10:00") == "leaving"
    assert stage(story, "2026-01-29T10:00") == "leaving"
    assert stage(story, "2026-01-31T10:00") == "lapsed"


def test_a_contract_that_was_given_up_and_never_ends_ended_when_it_was_given_up() -> None:
    story = Story().insured("car", "2024-01-01T10:00", policy="P")
    story.on("2025-11-20T10:00", "policy.changed", policy="P", product="car", change="cancelled", end_date="9999-12-31")
    assert stage(story, "2025-12-26T10:00") == "lapsed"


@pytest.mark.parametrize(("back", "is_"), [("health", "active"), ("car", "leaving")])
def test_who_left_and_came_back_is_not_leaving(back: str, is_: str) -> None:
    story = Story().insured("health", "2018-01-01T10:00", policy="P")
    story.on("2025-11-20T10:00", "policy.changed", policy="P", product="health", change="cancelled")
    assert stage(story, "2025-11-21T10:00") == "leaving"
    story.insured(back, "2025-11-25T10:00", policy="Q")
    assert stage(story, "2025-11-26T10:00") == is_


def test_an_open_complaint_puts_a_customer_at_risk_and_says_so() -> None:
    story = Story().insured("car", "2025-01-05T10:00")
    story.on("2026-05-02T10:00", "complaint.changed", complaint="K1", status="opened")
    assert lifecycle_stage(story.customer(), moment("2026-05-03T10:00")).because == "an open complaint"


def test_a_buyer_lapses_after_a_year_without_orders() -> None:
    story = Story(pack="retail").on("2026-01-02T10:00", "order.placed", items=[{"sku": "a"}], amount=20)
    assert stage(story, "2026-06-03T10:00") == "active"
    assert stage(story, "2027-02-03T10:00") == "lapsed"


def test_one_bad_contact_weighs_down_ten_good_ones() -> None:
    now = 400 * DAY
    good = [Experience(now, "contact", 1.0)] * 10
    bad = Experience(now, "contact", -1.0)
    assert experience_index([*good, bad], now) == pytest.approx(1.0)
    assert experience_index([*good, bad, bad], now) < 0.85
    assert experience_index([], now) == 1.0


def test_old_experiences_fade() -> None:
    bad = [Experience(0, "contact", -1.0)]
    assert experience_index(bad, 0) < experience_index(bad, 180 * DAY) < experience_index(bad, 720 * DAY) < 1.0


def test_feelings_promises_and_complaints_are_experiences() -> None:
    story = Story().on("2026-03-02T10:00", "contact.received", channel="phone", sentiment=0.5)
    story.on("2026-03-03T10:00", "survey.answered", kind="csat", score=5)
    story.on("2026-03-04T10:00", "promise.changed", promise="B1", status="made", due="2026-03-06")
    story.on("2026-03-05T10:00", "complaint.changed", complaint="K1", status="opened")
    lived = experiences(story.customer(), moment("2026-03-20T10:00"))
    assert [(one.what, one.warmth) for one in lived] == [
        ("feeling", 0.5),
        ("feeling", 1.0),
        ("complaint", -1.0),
        ("promise broken", -1.0),
    ]
    felt = mood(lived)
    assert felt is not None
    assert felt < -0.5


def test_threads_join_contacts_about_one_thing_over_channels() -> None:
    story = Story()
    for day, (channel, case) in enumerate([("phone", "C1"), ("email", "C1"), ("chat", "C2"), ("phone", "C1")], 2):
        story.on(f"2026-03-{day:02}T10:00", "contact.received", channel=channel, case=case)
    first, second = threads(story.customer(), moment("2026-03-18T10:00"))
    assert (first.about, first.touches, first.channels, first.open) == ("C1", 3, ["phone", "email"], True)
    assert (second.about, second.touches, second.open) == ("C2", 1, True)
    assert coherence(story.customer()) == pytest.approx(1 / 3)


def test_a_thread_that_was_resolved_is_open_again_when_they_come_back() -> None:
    story = Story().on("2026-03-02T10:00", "contact.received", channel="phone", case="C1")
    story.on("2026-03-03T10:00", "contact.received", channel="phone", case="C1", resolved=True)
    assert [thread.open for thread in threads(story.customer(), moment("2026-03-04T10:00"))] == [False]
    story.on("2026-03-05T10:00", "contact.received", channel="email", case="C1", resolved=False)
    assert [thread.open for thread in threads(story.customer(), moment("2026-03-06T10:00"))] == [True]


def test_a_case_is_as_open_as_its_last_contact_says_whichever_came_in_last() -> None:
    story = Story().on("2026-03-03T10:00", "contact.received", channel="phone", case="C1", resolved=True)
    story.on("2026-03-03T09:00", "contact.received", channel="phone", case="C1")
    assert [thread.open for thread in threads(story.customer(), moment("2026-03-04T10:00"))] == [False]


def test_a_resolved_call_closes_no_complaint() -> None:
    story = Story().on("2026-03-02T10:00", "complaint.changed", complaint="K1", status="opened")
    story.on("2026-03-03T10:00", "contact.received", channel="phone", complaint="K1", resolved=True)
    assert [thread.open for thread in threads(story.customer(), moment("2026-03-04T10:00"))] == [True]


def index(story: Story, at: str) -> float:
    return experience_index(experiences(story.customer(), moment(at)), moment(at))


@pytest.mark.parametrize("late", [False, True])
def test_small_talk_does_not_drive_out_what_hurt(late: bool) -> None:
    told = [("2026-03-02T10:00:00", -1.0), *((f"2026-03-02T10:{minute:02}:00", 0.0) for minute in range(1, 40))]
    story = Story()
    for number, (at, sentiment) in enumerate([*told[1:], told[0]] if late else told):
        story.on(at, "contact.received", channel="chat", sentiment=sentiment, id=f"s{number}")
    assert index(story, "2026-03-02T11:00") == pytest.approx(0.82, abs=0.01)


def test_ten_good_contacts_make_up_for_a_bad_one_and_what_is_new_shows_at_once() -> None:
    story = Story().on("2026-03-02T09:00", "contact.received", channel="phone", sentiment=-1)
    for minute in range(10):
        story.on(f"2026-03-02T10:{minute:02}", "contact.received", channel="phone", sentiment=1)
    assert index(story, "2026-03-02T11:00") == pytest.approx(1.0, abs=0.001)
    for minute in range(30):
        story.on(f"2026-03-02T12:{minute:02}", "contact.received", channel="phone", sentiment=-1)
    for minute in range(8):
        story.on(f"2026-06-02T12:{minute:02}", "contact.received", channel="phone", sentiment=0.2)
    felt = mood(experiences(story.customer(), moment("2026-06-02T13:00")))
    assert felt == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize(
    ("at", "status", "experienced"),
    [
        ("2026-03-05T10:00:00", "kept", ("promise kept", "2026-03-05T10:00:00")),
        ("2026-03-06T17:00:00", "kept", ("promise kept", "2026-03-06T17:00:00")),
        ("2026-03-06T17:00:01", "kept", ("promise broken", "2026-03-06T17:00:00")),
        ("2026-03-09T10:00:00", "cancelled", ("promise broken", "2026-03-06T17:00:00")),
        ("2026-03-05T10:00:00", "cancelled", None),
    ],
)
def test_a_promise_that_is_kept_too_late_was_broken(at: str, status: str, experienced: tuple[str, str] | None) -> None:
    story = Story().on("2026-03-02T10:00", "promise.changed", promise="B1", status="made", due="2026-03-06")
    story.on(at, "promise.changed", promise="B1", status=status)
    lived = [(one.what, one.time) for one in experiences(story.customer(), moment("2026-03-20T10:00"))]
    assert lived == ([] if experienced is None else [(experienced[0], moment(experienced[1]))])


def test_nobody_brings_themselves() -> None:
    story = Story().on("2026-03-02T10:00", "identity.linked", from_="email:jan@example.nl", to="customer:1001")
    for referred in ("customer:1001", "email:jan@example.nl", "customer:2"):
        story.on("2026-03-03T10:00", "referral.made", referred=referred)
    view = customer_view(story.customer(), story.engine.pack, moment("2026-03-04T10:00"))
    assert view["value"]["referral"] == 80


def test_nobody_is_shown_as_their_own_household() -> None:
    story, alias = Story(), "email:jan@example.nl"
    for subject in (alias, story.subject):
        truth = {"from_": subject, "to": "customer:9", "source_of_truth": "household"}
        story.on("2026-03-02T10:00", "identity.linked", **truth)
    story.on("2026-03-03T10:00", "identity.linked", from_=alias, to=story.subject)
    view = customer_view(story.customer(), story.engine.pack, moment("2026-03-04T10:00"))
    assert view["household"] == ["customer:9"]


def test_jobs_come_from_communities() -> None:
    story = Story().on("2026-03-02T10:00", "community.joined", community="starters", job="buy a first home")
    assert jobs_in_progress(story.customer(), moment("2026-03-03T10:00")) == [
        {"job": "buy a first home", "community": "starters"}
    ]


def test_a_regular_buyer_is_worth_more_than_one_who_fell_silent() -> None:
    def worth(*days: int) -> float:
        story = Story(pack="retail")
        for day in days:
            story.on(f"2026-01-{day:02}T10:00", "order.placed", items=[{"sku": "a", "quantity": 2, "price": 20}])
        view = customer_view(story.customer(), story.engine.pack, moment("2026-06-30T10:00"))
        return float(view["value"]["lifetime"])

    assert worth(2, 9, 16, 23, 30) > worth(2) > 0


def test_a_consent_taken_back_for_every_channel_is_shown_as_none() -> None:
    story = Story().on(
        "2026-03-01T10:00", "consent.changed", purpose="marketing", given=True, channels=["email", "phone"]
    )
    story.on("2026-03-02T10:00", "consent.changed", purpose="marketing", given=False, channels=["phone"])

    def shown() -> tuple[bool, list[str]]:
        [consent] = customer_view(story.customer(), story.engine.pack, moment("2026-06-30T10:00"))["consents"]
        return consent["given"], consent["channels"]

    assert shown() == (True, ["email"])
    story.on("2026-03-03T10:00", "consent.changed", purpose="marketing", given=False)
    assert shown() == (False, [])
