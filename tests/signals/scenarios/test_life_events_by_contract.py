"""Life events as the contract words them: what adds up, what fades, what undoes, and when each may be spoken of."""

from datetime import datetime
from typing import Any

import pytest

from tests.signals.scenarios.driver import ZONE, Story

MOVE, CAR = "life_event.move", "life_event.car_purchase"


def speaking(text: str, at: str = "2026-03-02T10:00") -> Story:
    return Story().consenting().on(at, "contact.received", channel="email", text=text)


@pytest.mark.parametrize(
    ("pages", "searches", "steps", "fires"),
    [
        (3, 0, 0, False),
        (9, 0, 0, False),
        (3, 1, 0, False),
        (9, 1, 0, False),
        (3, 2, 0, True),
        (2, 3, 0, True),
        (3, 1, 1, True),
        (1, 1, 1, False),
        (0, 9, 1, False),
    ],
)
def test_quarters_of_one_day_add_up_and_three_of_a_kind_count(
    pages: int, searches: int, steps: int, fires: bool
) -> None:
    story = Story().consenting()
    for minute in range(pages):
        story.on(f"2026-03-02T10:{minute:02}", "web.viewed", url="/verhuizen")
    for minute in range(searches):
        story.on(f"2026-03-02T11:{minute:02}", "web.searched", query="verhuizen")
    for minute in range(steps):
        story.on(f"2026-03-02T12:{minute:02}", "form.changed", form="verhuizing", step="started")
    assert story.fired.count(MOVE) == fires


@pytest.mark.parametrize(("day", "fires"), [(14, True), (15, False)])
def test_three_pages_are_worth_too_little_after_a_fortnight_for_two_more(day: int, fires: bool) -> None:
    """1 − (1 − .25·2^(−12/30))³ · .75² = .7005 after twelve days, .6956 after thirteen."""
    story = Story().consenting()
    for at in ("02T10:00", "02T10:01", "02T10:02", f"{day}T10:00", f"{day}T10:01"):
        story.on(f"2026-03-{at}", "web.viewed", url="/verhuizen")
    assert story.fired.count(MOVE) == fires


@pytest.mark.parametrize(("day", "fires"), [("2026-05-31T09:59", 0), ("2026-05-31T10:00", 1)])
def test_a_new_episode_begins_after_ninety_days(day: str, fires: int) -> None:
    story = speaking("Wij gaan verhuizen.")
    story.on(day, "contact.received", channel="email", text="Wij gaan weer verhuizen.")
    assert story.reasons(MOVE).count("RELEASED") == 1 + fires
    assert story.reasons(MOVE).count("DUPLICATE") == 1 - fires


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("Wij gaan verhuizen naar Utrecht.", "life_event.move"),
        ("We hebben een huis gekocht.", "life_event.home_purchase"),
        ("Onze dochter is geboren.", "life_event.birth"),
        ("We gaan trouwen in juni.", "life_event.marriage"),
        ("Wij gaan samenwonen.", "life_event.cohabitation"),
        ("Wij gaan scheiden.", "life_event.divorce"),
        ("Onze zoon wordt 18.", "life_event.child_adult"),
        ("Ik heb een nieuwe baan.", "life_event.new_job"),
        ("Ik ben mijn baan kwijt.", "life_event.job_loss"),
        ("Ik ga met pensioen.", "life_event.retirement"),
        ("Ik begin een eigen bedrijf.", "life_event.new_business"),
        ("Ik heb een nieuwe auto gekocht.", "life_event.car_purchase"),
        ("Ik heb mijn auto verkocht.", "life_event.car_disposal"),
        ("Ik heb een elektrische fiets gekocht.", "life_event.e_bike"),
        ("We hebben een puppy gekregen.", "life_event.pet"),
        ("We gaan volgende maand op vakantie naar Spanje.", "life_event.travel"),
        ("Mijn vader is overleden.", "life_event.bereavement"),
        ("We laten zonnepanelen op het dak leggen.", "life_event.energy_renovation"),
        ("We are moving to Utrecht.", "life_event.move"),
        ("We are getting married in June.", "life_event.marriage"),
        ("My father passed away.", "life_event.bereavement"),
        ("I am retiring next month.", "life_event.retirement"),
    ],
)
def test_a_plain_sentence_is_four_fifths_and_fires(text: str, trigger: str) -> None:
    story = speaking(text)
    (decision,) = story.of(trigger)
    assert decision["reason"] == "RELEASED"
    assert story.recommended(trigger)["probability"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    "text",
    [
        "Wij gaan niet verhuizen.",
        "Mijn buurman gaat verhuizen.",
        "Als wij ooit gaan verhuizen, bel ik jullie.",
        "Vijf jaar geleden zijn wij verhuisd.",
        "De verhuizing gaat niet door.",
    ],
)
def test_what_is_denied_of_others_supposed_or_long_past_does_not_fire(text: str) -> None:
    assert speaking(text).fired.count(MOVE) == 0


@pytest.mark.parametrize(
    ("label", "cared"),
    [
        ("Wij gaan scheiden.", "life_event.divorce"),
        ("Ik ben ontslagen.", "life_event.job_loss"),
        ("Mijn man is overleden.", "life_event.bereavement"),
    ],
)
def test_sad_events_are_care_and_need_no_consent(label: str, cared: str) -> None:
    story = Story().on("2026-03-02T10:00", "contact.received", channel="email", text=label)
    (decision,) = story.of(cared)
    assert (decision["class"], decision["reason"]) == ("care", "RELEASED")


@pytest.mark.parametrize(
    ("trigger", "field", "new", "opens", "expires"),
    [
        (MOVE, "address", "B", "2026-05-02", "2026-08-15"),
        ("life_event.marriage", "marital_status", "married", "2026-04-17", "2026-10-14"),
        ("life_event.divorce", "marital_status", "divorced", "2026-06-30", "2026-12-13"),
        ("life_event.new_job", "employment", "new employer", "2026-05-17", "2026-09-14"),
        ("life_event.retirement", "employment", "retired", "2026-03-02", "2026-12-13"),
    ],
)
def test_the_window_is_that_of_the_day_itself(trigger: str, field: str, new: str, opens: str, expires: str) -> None:
    """Told on 2 March, in force on 16 June: the windows of the table, in days around 16 June."""
    story = Story().consenting()
    story.on("2026-03-02T10:00", "profile.changed", field=field, old="A", new=new, effective="2026-06-16")
    record = story.recommended(trigger)
    assert (_day(record["not_before"]), _day(record["expires"])) == (opens, expires)


@pytest.mark.parametrize(
    ("text", "trigger", "opens", "expires"),
    [
        ("We verhuizen op 16 juni.", MOVE, "2026-05-02", "2026-08-15"),
        ("Wij gaan op 16 juni verhuizen.", MOVE, "2026-05-02", "2026-08-15"),
        ("We are moving on June 16.", MOVE, "2026-05-02", "2026-08-15"),
        ("We are moving to Leeds on 16 June! Can you help?", MOVE, "2026-05-02", "2026-08-15"),
        ("We trouwen op 16 juni.", "life_event.marriage", "2026-04-17", "2026-10-14"),
        ("Ik ben uitgerekend op 16 juni.", "life_event.birth", "2026-03-18", "2026-10-14"),
        ("Mijn rentevaste periode loopt af op 16 juni.", "life_event.mortgage_renewal", "2026-03-02", "2026-06-16"),
    ],
)
def test_a_date_that_ends_a_sentence_is_the_day_itself(text: str, trigger: str, opens: str, expires: str) -> None:
    record = speaking(text).recommended(trigger)
    assert (_day(record["not_before"]), _day(record["expires"])) == (opens, expires)


def test_a_year_in_which_it_happens_closes_no_window_today() -> None:
    (decision,) = speaking("De rentevaste periode van mijn hypotheek loopt dit jaar af.").of(
        "life_event.mortgage_renewal"
    )
    assert decision["reason"] == "RELEASED"


def _day(utc: str) -> str:
    return datetime.fromisoformat(utc).astimezone(ZONE).date().isoformat()


@pytest.mark.parametrize(
    ("first", "undone", "trigger"),
    [
        ({"field": "address", "old": "A", "new": "B"}, {"field": "address", "old": "B", "new": "A"}, MOVE),
        (
            {"field": "marital_status", "old": "single", "new": "married"},
            {"field": "marital_status", "old": "married", "new": "single"},
            "life_event.marriage",
        ),
        (
            {"field": "employment", "old": "employed", "new": "retired"},
            {"field": "employment", "old": "retired", "new": "employed"},
            "life_event.retirement",
        ),
    ],
)
def test_a_fact_that_undoes_it_withdraws(first: dict[str, Any], undone: dict[str, Any], trigger: str) -> None:
    story = Story().consenting().on("2026-03-02T10:00", "profile.changed", **first)
    assert story.statuses(trigger) == ["released"]
    story.on("2026-03-05T10:00", "profile.changed", **undone)
    assert story.statuses(trigger) == ["withdrawn"]
    assert story.reasons(trigger) == ["RELEASED"]


@pytest.mark.parametrize(("hours", "fires"), [(23, True), (25, False)])
def test_what_comes_in_later_than_the_lateness_fires_nothing(hours: int, fires: bool) -> None:
    story = Story().consenting()
    arrival = f"2026-03-{2 + (10 + hours) // 24:02}T{(9 + hours) % 24:02}:00:00Z"
    extra = {"recordedtime": arrival}
    story.on("2026-03-02T10:00", "contact.received", channel="email", text="Wij gaan verhuizen.", extra=extra)
    assert story.reasons(MOVE) == (["RELEASED"] if fires else ["LATE"])
    assert story.customer().touch_count == 1


def test_what_comes_in_too_late_adds_to_what_is_believed_later() -> None:
    story = Story().consenting()
    for minute in (0, 1, 2):
        late = {"recordedtime": "2026-03-04T10:00:00Z"}
        story.on(f"2026-03-02T10:0{minute}", "web.viewed", url="/verhuizen", extra=late)
    story.on("2026-03-04T11:00", "web.viewed", url="/verhuizen")
    assert story.fired == []
    story.on("2026-03-04T11:01", "web.viewed", url="/verhuizen")
    assert story.reasons(MOVE) == ["RELEASED"]


def test_a_denial_that_comes_in_after_a_later_word_takes_nothing_of_that() -> None:
    story = speaking("Wij gaan verhuizen.", "2026-03-02T12:00")
    story.on("2026-03-02T10:00", "contact.received", channel="email", text="Wij gaan niet verhuizen.")
    assert story.statuses(MOVE) == ["released"]


def test_an_earlier_word_that_comes_in_after_its_denial_ends_as_if_it_had_come_in_order() -> None:
    story = speaking("Wij gaan niet verhuizen.", "2026-03-02T12:00")
    story.on("2026-03-02T10:00", "contact.received", channel="email", text="Wij gaan verhuizen.")
    assert story.statuses(MOVE) == ["withdrawn"]
    assert story.customer().live == {}


@pytest.mark.parametrize("alias", ["email:jan@x.nl", "phone:+31612345678", "social:x/jan", "device:d1", "policy:P77"])
def test_evidence_of_every_kind_of_subject_adds_up_for_the_person(alias: str) -> None:
    story = Story().consenting()
    for minute in (0, 1, 2):
        story.on(f"2026-03-02T10:0{minute}", "web.viewed", alias, url="/verhuizen")
    for minute in (0, 1):
        story.on(f"2026-03-03T10:0{minute}", "web.viewed", url="/verhuizen")
    assert story.fired == []
    story.on("2026-03-03T11:00", "identity.linked", alias, from_=alias, to=story.subject)
    assert [(one["customer"], one["reason"]) for one in story.of(MOVE)] == [(story.subject, "RELEASED")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("phone:06-12345678", "phone:+31612345678"),
        ("email:Jan@X.nl", "email:jan@x.nl"),
        ("social:x/@jan", "social:X/Jan"),
    ],
)
def test_an_address_is_one_however_it_is_written(one: str, other: str) -> None:
    story = Story()
    for day, subject in ((2, one), (3, other), (4, one)):
        story.on(f"2026-03-0{day}T10:00", "contact.received", subject, channel="chat", case="C1")
    assert story.fired == ["relationship.repeat_contact"]
