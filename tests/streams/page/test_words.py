"""The pages' words, numbers and times."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.calendar.instant import DAY, HOUR
from streams.page.funnel import STAGES
from streams.page.words import Words
from tests.streams.queue.made import NOW

EN, NL = Words("en", ZoneInfo("Europe/Amsterdam")), Words("nl", ZoneInfo("Europe/Amsterdam"))


def test_numbers_days_and_ages_as_each_language_writes_them() -> None:
    assert (EN.number(12345.6, 1), NL.number(12345.6, 1)) == ("12,345.6", "12.345,6")
    assert EN.moment("2026-11-20T10:00:00Z") == "Fri 20 Nov 2026, 11:00"
    assert NL.moment("2026-07-01T10:00:00Z") == "wo 1 jul 2026, 12:00"
    assert NL.day("2026-12-31") == "do 31 dec 2026"
    assert (EN.age(NOW - DAY, NOW), NL.age(NOW - 3 * HOUR, NOW), EN.age(NOW, NOW)) == ("1 day", "3 uur", "just now")


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 9, "0 %"),
        (1, 100_000, "<0.1 %"),
        (99_999, 100_000, ">99.9 %"),
        (9, 9, "100 %"),
        (1, 20, "5.0 %"),
        (1, 0, "–"),
    ],
)
def test_a_share_is_never_rounded_to_none_or_all(part: int, whole: int, text: str) -> None:
    assert EN.percent(part, whole) == text


def test_triggers_have_names_also_unknown_ones() -> None:
    assert NL.trigger("life_event.move") == "Verhuizing"
    assert EN.trigger("season.health_nl.deadline") == "Season: last days (health insurance)"
    assert NL.trigger("renewal.car") == "Verlenging: auto"
    assert EN.trigger("my_own.thing_here") == "my own · thing here"


def test_every_reason_of_the_contract_has_a_name_a_definition_and_a_step() -> None:
    reasons = {reason for _, names in STAGES for reason in names} | {"RELEASED"}
    contract = (
        "KILL_SWITCH ERASED DUPLICATE LATE WARMUP NO_CONSENT CONSENT_EXPIRED OBJECTED CARE_GUARD PROMISE_FIRST"
        " LOW_CONFIDENCE NO_ADDRESS FREQ_CAP SUPERSEDED LOW_VALUE HOLDOUT RELEASED QUIET_HOURS CAPACITY EXPIRED"
        " WITHDRAWN OVERRULED"
    )
    assert reasons == set(contract.split())
    for reason in reasons:
        assert EN(f"reason.{reason}") != NL(f"reason.{reason}.is")


@given(text=st.text(max_size=20))
def test_unknown_codes_never_fail(text: str) -> None:
    assert isinstance(EN.named("channel", text), str)
    assert isinstance(EN.trigger(text), str)
