from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.calendar.instant import DAY, HOUR, MINUTE, parse_instant, to_datetime
from signals.calendar.local_clock import EPOCH_ORDINAL, LocalClock, zone_named

ZONES = ("Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Havana", "UTC")
INSTANTS = st.integers(parse_instant("1990-01-01T00:00:00Z"), parse_instant("2060-01-01T00:00:00Z"))


@given(INSTANTS, st.sampled_from(ZONES))
def test_the_clock_shows_what_the_standard_library_says(instant: int, name: str) -> None:
    zone = ZoneInfo(name)
    shown = to_datetime(instant, zone)
    day, time = divmod(LocalClock(zone).local(instant), DAY)
    assert day + EPOCH_ORDINAL == shown.toordinal()
    assert time == shown.hour * HOUR + shown.minute * MINUTE + shown.second * 1000 + shown.microsecond // 1000


@given(INSTANTS, st.sampled_from(ZONES))
def test_the_first_moment_a_time_is_shown_comes_back(instant: int, name: str) -> None:
    clock = LocalClock(ZoneInfo(name))
    first = clock.instant(clock.local(instant))
    assert first <= instant
    assert clock.local(first) == clock.local(instant)


def test_a_skipped_time_is_the_moment_of_the_jump() -> None:
    clock = LocalClock(ZoneInfo("Europe/Amsterdam"))
    skipped = clock.local(parse_instant("2026-03-29T00:59:00Z")) + 31 * MINUTE  # 02:30 does not exist that night
    assert clock.instant(skipped) == parse_instant("2026-03-29T01:00:00Z")


def test_a_time_shown_twice_is_its_first_moment() -> None:
    clock = LocalClock(ZoneInfo("Europe/Amsterdam"))
    twice = clock.local(parse_instant("2026-10-25T00:30:00Z"))
    assert clock.instant(twice) == parse_instant("2026-10-25T00:30:00Z")


def test_an_unknown_zone_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match="Europe/Amsterdam"):
        zone_named("Europe/Amsterdm")
