from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from signals.calendar.instant import DAY, Instant, parse_instant
from signals.calendar.working_days import HolidayRules, working_days

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DUTCH = working_days(AMSTERDAM, HolidayRules(country="NL", drop=("Good Friday",)))
INSTANTS = st.integers(parse_instant("1980-01-01T00:00:00Z"), parse_instant("2090-01-01T00:00:00Z"))
COUNTS = st.integers(1, 600)


def at(text: str) -> Instant:
    return parse_instant(f"{text}:00{'+02:00' if '04' <= text[5:7] <= '09' else '+01:00'}")


def works(text: str) -> bool:
    return DUTCH.is_working(date.fromisoformat(text).toordinal())


def test_weekends_and_public_holidays_are_days_off() -> None:
    assert works("2026-11-20")
    assert not works("2026-11-21")
    assert not works("2026-12-25")
    assert not works("2026-04-27")
    assert not works("2026-04-06")


def test_liberation_day_is_off_only_every_five_years_and_good_friday_is_worked() -> None:
    assert works("2026-05-05")
    assert not works("2025-05-05")
    assert works("2026-04-03")
    assert not working_days(AMSTERDAM, HolidayRules(country="NL")).is_working(date(2026, 4, 3).toordinal())


def test_further_days_off_can_be_added_once_or_every_year() -> None:
    bridge = working_days(AMSTERDAM, HolidayRules(country="NL", add=("2026-05-15", "12-31")))
    assert not bridge.is_working(date(2026, 5, 15).toordinal())
    assert bridge.is_working(date(2025, 5, 15).toordinal())
    assert not bridge.is_working(date(2029, 12, 31).toordinal())


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"country": "Holland"}, "ISO code"),
        ({"country": "NL", "drop": ["Good Fryday"]}, "Good Friday"),
        ({"add": ["31-12"]}, "05-05"),
        ({"land": "NL"}, "Extra inputs"),
    ],
)
def test_wrong_rules_are_refused_with_what_to_write(rules: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HolidayRules.model_validate(rules)


@pytest.mark.parametrize(
    ("first", "last", "inside"),
    [
        ("2026-11-02T10:00", "2026-11-16T23:59", True),  # Monday to the Monday two weeks later, whatever the hour
        ("2026-11-02T10:00", "2026-11-17T00:00", False),
        ("2026-10-31T10:00", "2026-11-13T23:59", True),  # from a Saturday: Monday is day one
        ("2026-10-31T10:00", "2026-11-16T00:00", False),
        ("2026-12-18T10:00", "2027-01-05T10:00", True),  # two Christmas days, one of them a Saturday, and New Year
        ("2026-12-18T10:00", "2027-01-06T10:00", False),
    ],
)
def test_within_ten_working_days_means_until_the_end_of_the_tenth(first: str, last: str, inside: bool) -> None:
    assert DUTCH.within(at(first), at(last), 10) is inside


def test_adding_skips_days_off_and_keeps_the_local_time() -> None:
    assert DUTCH.add(at("2026-11-20T09:00"), 1) == at("2026-11-23T09:00")
    assert DUTCH.add(at("2026-11-21T09:00"), 1) == at("2026-11-23T09:00")
    assert DUTCH.add(at("2026-12-24T09:00"), 1) == at("2026-12-28T09:00")
    assert DUTCH.subtract(at("2026-12-28T09:00"), 1) == at("2026-12-24T09:00")
    assert DUTCH.subtract(at("2026-11-22T09:00"), 1) == at("2026-11-20T09:00")
    friday_before_summer_time = parse_instant("2026-03-27T09:00:00+01:00")
    assert DUTCH.add(friday_before_summer_time, 1) == parse_instant("2026-03-30T09:00:00+02:00")


@given(INSTANTS, COUNTS)
def test_subtracting_undoes_adding_from_a_working_day(instant: Instant, days: int) -> None:
    start = DUTCH.add(instant, 1)
    assert abs(DUTCH.subtract(DUTCH.add(start, days), days) - start) <= DAY // 24  # an hour shown twice


@given(INSTANTS, COUNTS)
def test_adding_raises_the_index_by_as_many_days(instant: Instant, days: int) -> None:
    later = DUTCH.add(instant, days)
    assert DUTCH.working_day_index(later) - DUTCH.working_day_index(instant) == days
    assert DUTCH.within(instant, later, days)
    assert not DUTCH.within(instant, DUTCH.add(later, 1), days)


@given(INSTANTS, st.integers(0, 1000 * DAY))
def test_the_index_never_goes_down(instant: Instant, length: int) -> None:
    assert DUTCH.working_day_index(instant + length) >= DUTCH.working_day_index(instant)


@given(st.dates(date(1980, 1, 1), date(2090, 1, 1)))
def test_the_index_counts_working_days_one_by_one(day: date) -> None:
    ordinal = day.toordinal()
    step = DUTCH.index_of_day(ordinal) - DUTCH.index_of_day(ordinal - 1)
    assert step == int(DUTCH.is_working(ordinal))


@given(st.dates(date(1980, 1, 1), date(2090, 1, 1)))
def test_the_working_day_before_and_after_are_the_nearest(day: date) -> None:
    ordinal = day.toordinal()
    nearest = DUTCH.previous_working_day(ordinal)
    assert DUTCH.is_working(nearest)
    assert not any(DUTCH.is_working(between) for between in range(nearest + 1, ordinal + 1))
    following = DUTCH.next_working_day(ordinal)
    assert DUTCH.is_working(following)
    assert not any(DUTCH.is_working(between) for between in range(ordinal, following))


def test_a_promised_date_means_five_o_clock_that_day() -> None:
    assert DUTCH.promise_due(date(2026, 11, 20)) == at("2026-11-20T17:00")


def test_a_promise_due_on_a_day_off_moves_to_the_working_day_before() -> None:
    assert DUTCH.promise_due(date(2026, 12, 25)) == at("2026-12-24T17:00")
    assert DUTCH.promise_due(at("2026-12-27T10:30")) == at("2026-12-24T10:30")
    assert DUTCH.promise_due(at("2026-11-20T10:30")) == at("2026-11-20T10:30")
    assert DUTCH.promise_due(date(2026, 11, 22) - timedelta(days=1)) == at("2026-11-20T17:00")
