from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from signals.calendar.duration import Duration, DurationField, SpanField, WorkingDaySpan, parse_duration, parse_span
from signals.calendar.instant import DAY, HOUR, Instant, format_instant, parse_instant

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P30D", Duration(days=30)),
        ("PT24H", Duration(clock=24 * HOUR)),
        ("P12M", Duration(months=12)),
        ("P1Y", Duration(months=12)),
        ("P2W", Duration(days=14)),
        ("P1Y2M3DT4H", Duration(14, 3, 4 * HOUR)),
        ("-P21D", Duration(days=-21)),
    ],
)
def test_iso_durations_are_read(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "P", "PT", "P1", "30D", "1 day", "P1H", "P1.5D", "PT1D", "p1d"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="P30D"):
        parse_duration(text)


def test_working_days_are_read_as_people_write_them() -> None:
    assert parse_span("10 working days") == WorkingDaySpan(10)
    assert parse_span("1 working day") == WorkingDaySpan(1)
    assert parse_span("P30D") == Duration(days=30)
    with pytest.raises(ValueError, match="10 working days"):
        parse_span("ten days")


def test_a_length_with_months_has_no_milliseconds() -> None:
    assert parse_duration("P1D").milliseconds == DAY
    assert parse_duration("P1DT1H").milliseconds == 25 * HOUR
    with pytest.raises(ValueError, match="P1M has no fixed length"):
        _ = parse_duration("P1M").milliseconds


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2026-01-31T10:00:00+01:00", "P1M", "2026-02-28T10:00:00+01:00"),
        ("2024-02-29T10:00:00+01:00", "P1Y", "2025-02-28T10:00:00+01:00"),
        ("2026-03-28T12:00:00+01:00", "P1D", "2026-03-29T12:00:00+02:00"),
        ("2026-03-28T12:00:00+01:00", "PT24H", "2026-03-29T13:00:00+02:00"),
        ("2026-11-12T00:00:00+01:00", "P12M", "2027-11-12T00:00:00+01:00"),
    ],
)
def test_calendar_lengths_keep_the_local_time_and_clock_lengths_do_not(start: str, length: str, end: str) -> None:
    assert parse_duration(length).after(parse_instant(start), AMSTERDAM) == parse_instant(end)


def test_before_is_after_turned_round() -> None:
    instant = parse_instant("2026-11-20T09:00:00+01:00")
    assert parse_duration("P30D").before(instant, AMSTERDAM) == parse_duration("-P30D").after(instant, AMSTERDAM)
    assert format_instant(parse_duration("P30D").before(instant, AMSTERDAM)) == "2026-10-21T07:00:00Z"


@given(st.integers(0, 4 * 10**12), st.integers(0, 400), st.integers(0, 48))
def test_later_is_never_earlier(instant: Instant, days: int, hours: int) -> None:
    assert Duration(days=days, clock=hours * HOUR).after(instant, AMSTERDAM) >= instant - HOUR


@given(st.integers(0, 4 * 10**12), st.integers(0, 30), st.integers(0, 400), st.integers(0, 48))
def test_later_in_one_zone_is_after_in_that_zone(instant: Instant, months: int, days: int, hours: int) -> None:
    length = Duration(months, days, hours * HOUR)
    assert length.later(AMSTERDAM)(instant) == length.after(instant, AMSTERDAM)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 10**6))
def test_what_is_written_is_read_back(months: int, days: int, seconds: int) -> None:
    duration = Duration(months, days, seconds * 1000)
    assert parse_duration(str(duration)) == duration


def test_models_take_them_as_text_and_name_the_field_when_wrong() -> None:
    class Timed(BaseModel):
        window: DurationField
        within: SpanField

    timed = Timed.model_validate({"window": "P30D", "within": "5 working days"})
    assert (timed.window, timed.within) == (Duration(days=30), WorkingDaySpan(5))
    assert timed.model_dump() == {"window": "P30D", "within": "5 working days"}
    with pytest.raises(ValidationError, match="window"):
        Timed.model_validate({"window": "30 days", "within": "P1D"})
