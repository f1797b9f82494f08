from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from signals.calendar.hours import Hours, HoursRules
from signals.calendar.instant import DAY, MINUTE, Instant, parse_instant, to_datetime
from signals.calendar.working_days import HolidayRules, working_days

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DUTCH = working_days(AMSTERDAM, HolidayRules(country="NL", drop=("Good Friday",)))
PHONE = {
    "mon-fri": "09:00-21:00",
    "sat": "10:00-16:00",
    "holidays": "closed",
    "special": {"12-05": "until 18:00", "12-24": "until 18:00", "05-04": "until 18:00"},
}


def hours(rules: dict[str, object]) -> Hours:
    return Hours(HoursRules.model_validate(rules), AMSTERDAM, DUTCH)


def is_open_at(opening: Hours, instant: Instant) -> bool:
    day = to_datetime(instant, AMSTERDAM).toordinal()
    return any(start <= instant < end for start, end in opening.openings(day))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-20T08:59:59+01:00", False),
        ("2026-11-20T09:00:00+01:00", True),
        ("2026-11-20T20:59:59+01:00", True),
        ("2026-11-20T21:00:00+01:00", False),
        ("2026-11-21T15:59:00+01:00", True),
        ("2026-11-21T16:00:00+01:00", False),
        ("2026-11-22T12:00:00+01:00", False),  # Sunday
        ("2026-12-25T12:00:00+01:00", False),  # a Friday, Christmas
        ("2026-12-24T17:59:00+01:00", True),
        ("2026-12-24T18:00:00+01:00", False),
        ("2026-12-05T15:59:00+01:00", True),  # a Saturday: "until 18:00" does not lengthen it
        ("2026-12-05T16:30:00+01:00", False),
        ("2026-07-01T09:00:00+02:00", True),
        ("2026-07-01T08:30:00+02:00", False),
    ],
)
def test_phone_hours_follow_week_holidays_and_special_dates(moment: str, is_open: bool) -> None:
    assert is_open_at(hours(PHONE), parse_instant(moment)) is is_open


def test_the_next_open_moment_skips_days_off() -> None:
    phone = hours(PHONE)
    christmas_eve = parse_instant("2026-12-24T18:00:00+01:00")
    assert phone.next_open(christmas_eve) == parse_instant("2026-12-28T09:00:00+01:00")  # the Saturday is Boxing Day
    opened = parse_instant("2026-11-20T10:00:00+01:00")
    assert phone.next_open(opened) == opened


def test_pauses_and_the_end_of_the_day_can_be_written() -> None:
    desk = hours({"mon": "08:00-12:00, 13:00-24:00", "tue": "00:00-02:00"})
    assert not is_open_at(desk, parse_instant("2026-11-23T12:30:00+01:00"))
    assert is_open_at(desk, parse_instant("2026-11-23T23:59:59+01:00"))
    assert is_open_at(desk, parse_instant("2026-11-24T00:00:00+01:00"))


def test_a_week_range_may_pass_sunday() -> None:
    weekend = hours({"fri-mon": "10:00-12:00"})
    assert [is_open_at(weekend, parse_instant(f"2026-11-{day}T11:00:00+01:00")) for day in range(20, 26)] == [
        True, True, True, True, False, False,
    ]  # fmt: skip


def test_opening_times_the_clock_jumps_over_begin_at_the_jump() -> None:
    night = hours({"sun": "02:30-05:00"})
    assert night.next_open(parse_instant("2026-03-29T00:00:00Z")) == parse_instant("2026-03-29T01:00:00Z")
    skipped = hours({"sun": "02:10-02:40"})
    assert skipped.next_open(parse_instant("2026-03-29T00:00:00Z")) == parse_instant(
        "2026-04-12T02:10:00+02:00"
    )  # after Easter


def test_an_opening_stays_open_while_the_clock_is_set_back() -> None:
    night = hours({"sun": "02:30-05:00"})
    first, second = parse_instant("2026-10-25T00:30:00Z"), parse_instant("2026-10-25T01:15:00Z")
    assert is_open_at(night, first)
    assert is_open_at(night, second)  # 02:15 for the second time: it has been open since 02:30
    assert not is_open_at(night, first - 1)


WEEKS = st.dictionaries(
    st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    st.sampled_from(["00:00-24:00", "09:00-21:00", "01:30-02:30", "02:15-02:45, 03:00-03:30", "22:00-24:00"]),
    min_size=1,
)
NOONS = st.sampled_from([f"{day}T12:00:00Z" for day in ("2026-03-28", "2026-10-24", "2026-12-23", "2026-06-10")])


@given(WEEKS, NOONS, st.integers(0, 2 * DAY))
def test_next_open_is_open_and_the_first_such_moment(week: dict[str, object], noon: str, ahead: int) -> None:
    opening = hours(week)
    instant: Instant = parse_instant(noon) + ahead
    found = opening.next_open(instant)
    assert found >= instant
    assert is_open_at(opening, found)
    for moment in {found - 1, *range(instant, min(found, instant + DAY), 5 * MINUTE)}:
        assert not (instant <= moment < found and is_open_at(opening, moment))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({}, "no weekday is open"),
        ({"mon": "9-17"}, "09:00"),
        ({"mon": "09:00-25:00"}, "24:00"),
        ({"mon": "17:00-09:00"}, "over midnight"),
        ({"mon-fri": "09:00-17:00", "fri": "09:00-16:00"}, "fri is given twice"),
        ({"mon": "09:00-17:00", "special": {"24-12": "closed"}}, "12-24"),
        ({"mon": "09:00-17:00", "special": {"20261224": "closed"}}, "12-24"),
        ({"mon": "09:00-17:00", "special": {"2026-W52-4": "closed"}}, "12-24"),
        ({"mon": "09:00-17:00", "holydays": "closed"}, "holydays"),
    ],
)
def test_wrong_hours_are_refused_with_what_to_write(rules: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HoursRules.model_validate(rules)


def test_hours_that_never_come_are_an_error_not_an_endless_search() -> None:
    weekdays_off = {f"{month:02d}-{day:02d}": "closed" for month in range(1, 13) for day in range(1, 32)
                    if not (month == 2 and day > 29) and not (month in (4, 6, 9, 11) and day > 30)}  # fmt: skip
    with pytest.raises(ValueError, match="special dates"):
        hours({"mon": "09:00-17:00", "special": weekdays_off}).next_open(parse_instant("2026-11-20T09:00:00Z"))
