"""Life events: facts, words, telling pages; what adds up, what undoes, and when it may fire again."""

import pytest

from tests.signals.scenarios.driver import Story

MOVE = "life_event.move"
CARE = {"life_event.divorce", "life_event.job_loss", "life_event.bereavement"}


@pytest.mark.parametrize(
    ("trigger", "field", "new"),
    [
        ("life_event.move", "address", "Dorpsstraat 1, Utrecht"),
        ("life_event.marriage", "marital_status", "married"),
        ("life_event.divorce", "marital_status", "divorced"),
        ("life_event.cohabitation", "household", "cohabiting"),
        ("life_event.birth", "household", "child born"),
        ("life_event.new_job", "employment", "employed"),
        ("life_event.job_loss", "employment", "unemployed"),
        ("life_event.retirement", "employment", "retired"),
        ("life_event.new_business", "employment", "self-employed"),
        ("life_event.bereavement", "household", "partner deceased"),
    ],
)
def test_a_structured_fact_fires_its_life_event_at_once(trigger: str, field: str, new: str) -> None:
    story = Story().consenting().on("2026-03-02T10:00", "profile.changed", field=field, old="before", new=new)
    (decision,) = story.of(trigger)
    assert decision["reason"] == "RELEASED"
    assert decision["class"] == ("care" if trigger in CARE else "sales")
    assert story.recommended(trigger)["probability"] == 0.95


def test_a_said_move_fires_with_four_fifths() -> None:
    story = (
        Story()
        .consenting()
        .on("2026-03-02T10:00", "contact.received", channel="email", text="Wij gaan volgende maand verhuizen.")
    )
    assert story.reasons(MOVE) == ["RELEASED"]
    assert story.recommended(MOVE)["probability"] == 0.8


@pytest.mark.parametrize(
    "text",
    ["Wij gaan niet verhuizen.", "Mijn buurman gaat verhuizen.", "Wat kost het als ik zou verhuizen?"],
)
def test_denied_foreign_and_hypothetical_moves_do_not_fire(text: str) -> None:
    story = Story().consenting().on("2026-03-02T10:00", "contact.received", channel="email", text=text)
    assert story.of(MOVE) == []


def test_telling_pages_add_up_over_days_but_three_of_one_kind_a_day_are_enough() -> None:
    story = Story().consenting()
    for hour in range(9, 18):
        story.on(f"2026-03-02T{hour:02}:00", "web.viewed", url="/verhuizen")
    assert story.of(MOVE) == []
    for hour in (9, 10):
        story.on(f"2026-03-03T{hour:02}:00", "web.viewed", url="/verhuizen")
    assert story.reasons(MOVE) == ["RELEASED"]
    assert len(story.recommended(MOVE)["evidence"]) == 5


def test_pages_searches_and_forms_of_one_day_add_up() -> None:
    story = Story().consenting()
    for minute in (0, 1, 2):
        story.on(f"2026-03-02T10:0{minute}", "web.viewed", url="/verhuizen")
    story.on("2026-03-02T10:04", "web.searched", query="verhuizing doorgeven")
    assert story.of(MOVE) == []
    story.on("2026-03-02T10:05", "web.searched", query="adreswijziging")
    assert story.reasons(MOVE) == ["RELEASED"]


def test_belief_halves_in_thirty_days() -> None:
    story = Story().consenting()
    for minute in range(3):
        story.on(f"2026-03-02T10:0{minute}", "web.viewed", url="/verhuizen")
    for minute in range(2):
        story.on(f"2026-04-02T10:0{minute}", "web.viewed", url="/verhuizen")
    assert story.of(MOVE) == []


def test_going_back_to_the_old_address_withdraws_the_move() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "profile.changed", field="address", old="A", new="B")
    story.on("2026-03-04T10:00", "profile.changed", id="back", field="address", old="B", new="A")
    assert (story.reasons(MOVE), story.statuses(MOVE)) == (["RELEASED"], ["withdrawn"])
    record = story.recommended(MOVE)
    assert (record["status"], record["reason"], record["revision"]) == ("withdrawn", "RELEASED", 2)
    assert "back" in story.of(MOVE)[0]["detail"]


def test_a_negated_mention_withdraws_the_move() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "profile.changed", field="address", old="A", new="B")
    story.on("2026-03-04T10:00", "contact.received", channel="email", text="Wij gaan toch niet verhuizen.")
    assert story.statuses(MOVE) == ["withdrawn"]


def test_it_fires_again_only_after_ninety_days() -> None:
    story = Story().consenting()
    for at in ("2026-03-02T10:00", "2026-04-20T10:00", "2026-06-15T10:00"):
        story.on(at, "profile.changed", field="address", old=at, new=f"from {at}")
    assert story.reasons(MOVE) == ["RELEASED", "DUPLICATE", "RELEASED"]
    first, again, second = story.of(MOVE)
    assert first["episode"] == again["episode"] != second["episode"]
    assert again["recommendation"] is None
    assert len({decision["id"] for decision in story.of(MOVE)}) == 3


def test_a_social_post_needs_consent_for_social_listening() -> None:
    post = {"network": "x", "text": "Wij gaan volgende maand verhuizen!", "public": True}
    story = Story().consenting().on("2026-03-02T10:00", "social.posted", **post)
    assert story.reasons(MOVE) == ["NO_CONSENT"]
    story = Story().consenting().on("2026-01-06T10:00", "consent.changed", purpose="social_listening", given=True)
    assert story.on("2026-03-02T10:00", "social.posted", **post).reasons(MOVE) == ["RELEASED"]


def test_what_others_said_makes_a_post_needless() -> None:
    story = Story().consenting()
    story.on("2026-03-02T10:00", "social.posted", network="x", text="lekker weer", public=True)
    story.on("2026-03-03T10:00", "profile.changed", field="address", old="A", new="B")
    assert story.reasons(MOVE) == ["RELEASED"]


def test_a_mortgage_is_looked_at_half_a_year_before_its_rate_ends() -> None:
    story = Story().consenting().insured("mortgage", at="2026-01-05T10:00", renewal_date="2026-09-01")
    story.until("2026-03-04T12:00")
    assert story.of("life_event.mortgage_renewal") == []
    story.until("2026-03-05T12:00")
    (decision,) = story.of("life_event.mortgage_renewal")
    assert (decision["created"], decision["class"]) == ("2026-03-04T23:00:00Z", "sales")
    assert "renewal.mortgage" not in story.fired


def test_a_mortgage_renewed_before_that_is_left_alone_until_the_next_end() -> None:
    story = Story().consenting().insured("mortgage", at="2026-01-05T10:00", renewal_date="2026-09-01")
    story.on(
        "2026-02-01T10:00",
        "policy.changed",
        policy="P-mortgage",
        product="mortgage",
        change="renewed",
        renewal_date="2036-02-01",
    )
    assert story.until("2026-12-01T10:00").of("life_event.mortgage_renewal") == []


def test_evidence_names_event_source_and_what_was_seen_but_never_the_text() -> None:
    story = (
        Story()
        .consenting()
        .on(
            "2026-03-02T10:00", "contact.received", id="mail-7", channel="email", text="Wij gaan verhuizen naar Zwolle."
        )
    )
    (evidence,) = story.recommended(MOVE)["evidence"]
    assert (evidence["event"], evidence["source"], evidence["time"]) == ("mail-7", "/test", "2026-03-02T09:00:00Z")
    assert evidence["weight"] == 0.8
    assert "Zwolle" not in str(story.revisions)
