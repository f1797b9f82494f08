"""What the contract says in so many words and no other story tells: exact moments, and what changes after a release."""

import pytest

from tests.signals.scenarios.driver import Story

MOVE = "life_event.move"
MARRIAGE = "life_event.marriage"


def moved(story: Story, at: str) -> Story:
    return story.on(at, "profile.changed", field="address", old="A", new=f"B{at}")


@pytest.mark.parametrize(
    ("at", "reason"),
    [("2026-03-10T11:59:59.999", "RELEASED"), ("2026-03-10T12:00", "CONSENT_EXPIRED")],
)
def test_consent_counts_until_the_moment_it_runs_out(at: str, reason: str) -> None:
    story = Story().consenting(channels=["email"], expires="2026-03-10T12:00:00+01:00")
    assert moved(story, at).reasons(MOVE) == [reason]


def test_consent_that_runs_out_takes_back_what_was_released_at_that_moment() -> None:
    story = moved(Story().consenting(channels=["email"], expires="2026-03-10T12:00:00+01:00"), "2026-03-05T10:00")
    assert story.until("2026-03-10T11:59").statuses(MOVE) == ["released"]
    story.until("2026-03-10T12:00")
    assert (story.statuses(MOVE), story.reasons(MOVE)) == (["withdrawn"], ["RELEASED"])
    assert "run out" in story.recommended(MOVE)["gates"][-1]["detail"]


def test_consent_that_was_given_again_in_time_takes_nothing_back() -> None:
    story = moved(Story().consenting(channels=["email"], expires="2026-03-10"), "2026-03-05T10:00")
    story.on("2026-03-08T10:00", "consent.changed", purpose="marketing", given=True, channels=["email"])
    assert story.until("2026-03-12T12:00").statuses(MOVE) == ["released"]


def test_consent_that_runs_out_over_night_is_none_in_the_morning() -> None:
    story = moved(Story().consenting(channels=["phone"], expires="2026-03-03T00:00:00+01:00"), "2026-03-02T22:00")
    assert story.statuses(MOVE) == ["held"]
    story.until("2026-03-03T10:00")
    assert (story.statuses(MOVE), story.reasons(MOVE)) == (["withdrawn"], ["WITHDRAWN"])


def test_withdrawn_consent_for_social_listening_takes_back_what_rests_on_a_post() -> None:
    story = Story().consenting().on("2026-01-06T09:00", "consent.changed", purpose="social_listening", given=True)
    story.on("2026-03-02T10:00", "social.posted", network="x", text="Wij gaan verhuizen!", mentions=["@noordhaven"])
    assert story.reasons(MOVE) == ["RELEASED"]
    story.on("2026-03-03T10:00", "consent.changed", purpose="social_listening", given=False)
    assert story.statuses(MOVE) == ["withdrawn"]


def test_who_objected_is_not_profiled_and_nothing_fires_from_what_came_before() -> None:
    story = Story().consenting()
    for hour in (9, 10):
        story.on(f"2026-03-02T{hour:02}:00", "web.viewed", url="/verhuizen")
    story.on("2026-03-03T10:00", "privacy.requested", kind="object")
    assert MOVE not in story.customer().beliefs
    for day in (4, 5):
        for hour in (9, 10, 11):
            story.on(f"2026-03-{day:02}T{hour:02}:00", "web.viewed", url="/verhuizen")
    assert story.of(MOVE) == []
    assert MOVE not in story.customer().beliefs


def test_a_guard_that_history_set_holds_for_the_first_live_day() -> None:
    story = Story(warmup_until="2026-03-01T00:00").consenting()
    story.on("2026-02-20T10:00", "complaint.changed", complaint="K1", status="opened")
    assert moved(story, "2026-03-02T10:00").reasons(MOVE) == ["CARE_GUARD"]


def test_a_guard_set_by_an_event_that_comes_late_takes_back_what_was_released_meanwhile() -> None:
    story = moved(Story().consenting(), "2026-03-02T15:00")
    assert story.reasons(MOVE) == ["RELEASED"]
    story.on("2026-03-02T09:00", "complaint.changed", complaint="K1", status="opened")
    assert story.statuses(MOVE) == ["withdrawn"]


def test_what_was_refused_is_not_to_be_had_any_more_when_its_need_is_gone() -> None:
    story = moved(Story(), "2026-03-02T10:00")
    (refused,) = story.of(MOVE)
    assert refused["reason"] == "NO_CONSENT"
    story.on("2026-03-03T10:00", "contact.received", channel="email", text="de verhuizing gaat helaas niet door")
    story.on(
        "2026-03-04T10:00", "recommendation.outcome", recommendation=refused["id"], outcome="overruled", by="jan",
        direction="release",
    )  # fmt: skip
    assert story.reasons(MOVE) == ["NO_CONSENT"]
    assert story.recommendations == []


def test_a_cap_counts_what_another_sender_did_meanwhile_and_rolls_to_the_millisecond() -> None:
    story = Story().consenting()
    story.on("2026-03-02T10:00", "contact.made", channel="letter", purpose="sales")
    assert moved(story, "2026-03-03T09:59:59.999").reasons(MOVE) == ["FREQ_CAP"]
    other = Story().consenting().on("2026-03-02T10:00", "contact.made", channel="letter", purpose="sales")
    assert moved(other, "2026-03-03T10:00").reasons(MOVE) == ["RELEASED"]


def test_each_cancels_and_chooses_in_a_season_of_their_own() -> None:
    stories = [Story(f"customer:{number}").insured("health", "2025-01-05T09:00") for number in (1, 2)]
    first, second = stories
    first.on("2026-12-20T10:00", "policy.changed", policy="P-health", product="health", change="cancelled")
    for story in stories:
        story.on("2027-01-20T10:00", "policy.changed", policy="N", product="health", change="started")
    assert first.reasons("season.health_nl.cancelled_elsewhere") == ["RELEASED"]
    assert first.reasons("season.health_nl.won_back") == ["RELEASED"]
    assert second.of("season.health_nl.won_back") == []
