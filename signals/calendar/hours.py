"""Opening hours and quiet hours: a week of local times, with holidays and special dates."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator, model_validator

from signals.calendar.instant import DAY, HOUR, MINUTE, Instant
from signals.calendar.local_clock import EPOCH_ORDINAL, local_clock
from signals.calendar.working_days import WorkingDays

Intervals = tuple[tuple[int, int], ...]
"""Open times of one day, in milliseconds since local midnight, in order; the end is the first closed moment."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))?")
_TIME = re.compile(r"(\d\d):(\d\d)")
_UNTIL = "until "
_CLOSED = "closed"
_HORIZON = 3660


class HoursRules(BaseModel):
    """Opening hours as configuration writes them.

    Weekdays or ranges of them with their local times (several separated by commas, "24:00" is the end of the day), and
    beside them ``holidays`` (the times on public holidays) and ``special`` (times per date, 12-24 every year or
    2026-12-31 once; "until 18:00" cuts the day short). Days not named are closed::

        {mon-fri: "09:00-21:00", sat: "10:00-16:00", holidays: closed, special: {12-24: "until 18:00"}}
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    week: tuple[Intervals, ...]
    holidays: str = _CLOSED
    special: Mapping[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _gather_week(cls, rules: Any) -> Any:
        if isinstance(rules, str | list):
            raise ValueError('write the open times of weekdays, as in {mon-fri: "09:00-21:00"}')
        if not isinstance(rules, Mapping) or "week" in rules:
            return rules
        rest = {key: value for key, value in rules.items() if not _DAYS.fullmatch(str(key))}
        if strange := [key for key in rest if key not in ("holidays", "special")]:
            raise ValueError(f"{strange[0]!r} is no weekday; write mon-fri, sat …, holidays or special")
        week: list[Intervals] = [()] * len(_WEEKDAYS)
        for key, text in rules.items():
            for weekday in _weekdays(str(key)) if key not in rest else ():
                if week[weekday]:
                    raise ValueError(f"{_WEEKDAYS[weekday]} is given twice, the second time in {key!r}")
                week[weekday] = parse_intervals(text)
        if not any(week):
            raise ValueError('no weekday is open; write for example {mon-fri: "09:00-21:00"}')
        return {**rest, "week": tuple(week)}

    @field_validator("holidays")
    @classmethod
    def _holidays_readable(cls, text: str) -> str:
        _cut((), text)
        return text

    @field_validator("special")
    @classmethod
    def _special_readable(cls, special: Mapping[str, str]) -> Mapping[str, str]:
        for day, text in special.items():
            if not _is_date(f"2024-{day}" if len(day) == len("12-24") else day):
                raise ValueError(f"{day!r} is no date; write 12-24 for every year or 2026-12-24")
            _cut((), text)
        return special


class Hours:
    """When something is open; the inverse of quiet hours.

    An opening lasts from the first moment the clock shows its start (or has jumped over it) until the first moment it
    shows its end, so daylight saving time neither closes it in between nor opens it twice.
    """

    def __init__(self, rules: HoursRules, zone: ZoneInfo, working_days: WorkingDays | None = None) -> None:
        self._rules = rules
        self._clock = local_clock(zone)
        self._working_days = working_days
        self._days: dict[int, tuple[tuple[Instant, Instant], ...]] = {}
        self._last: tuple[Instant, Instant] = (0, 0)
        """The opening that was asked for last; the next question is mostly about the same."""

    def next_open(self, instant: Instant) -> Instant:
        """The first open moment from ``instant`` on; raises ``ValueError`` when all of the next ten years is closed."""
        start, end = self._last
        if start <= instant < end:
            return instant
        today = self._clock.ordinal(instant)
        for ordinal in range(today, today + _HORIZON):
            for start, end in self.openings(ordinal):
                if instant < end:
                    self._last = start, end
                    return max(start, instant)
        raise ValueError(f"never open in the ten years after {instant}; look at the opening hours' special dates")

    def openings(self, ordinal: int) -> tuple[tuple[Instant, Instant], ...]:
        """The openings of that local day (an ordinal as in ``date.toordinal``): first moment, first closed moment."""
        found = self._days.get(ordinal)
        if found is None:
            midnight = (ordinal - EPOCH_ORDINAL) * DAY
            times = self._times_of(date.fromordinal(ordinal))
            moments = (
                (self._clock.instant(midnight + start), self._clock.instant(midnight + end)) for start, end in times
            )
            found = self._days[ordinal] = tuple((start, end) for start, end in moments if start < end)
        return found

    def _times_of(self, day: date) -> Intervals:
        times = self._rules.week[day.weekday()]
        if self._working_days is not None and self._working_days.is_holiday(day.toordinal()):
            times = _cut(times, self._rules.holidays)
        special = self._rules.special
        text = special.get(day.isoformat()) or special.get(day.isoformat()[5:])
        return times if text is None else _cut(times, text)


def parse_intervals(text: object) -> Intervals:
    """Read "09:00-12:00, 13:00-17:00" or "closed"; raises ``ValueError`` when times are malformed or out of order."""
    if text == _CLOSED:
        return ()
    if not isinstance(text, str):
        raise ValueError(f'{text!r} is no open time; write "09:00-12:00, 13:00-17:00" or closed')
    intervals = tuple(_interval(part.strip()) for part in text.split(","))
    bounds = [bound for interval in intervals for bound in interval]
    if any(later <= earlier for earlier, later in pairwise(bounds)):
        raise ValueError(f"times {text!r} overlap or end before they start; over midnight, write them on both days")
    return intervals


def _cut(times: Intervals, text: str) -> Intervals:
    if not text.startswith(_UNTIL):
        return parse_intervals(text)
    end = _time(text.removeprefix(_UNTIL))
    return tuple((start, min(stop, end)) for start, stop in times if start < end)


def _interval(text: str) -> tuple[int, int]:
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(f'{text!r} is no open time; write "09:00-17:00", "until 18:00" or closed')
    return _time(start.strip()), _time(end.strip())


def _time(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None or int(match[2]) > 59 or int(match[1]) * HOUR + int(match[2]) * MINUTE > DAY:
        raise ValueError(f"{text!r} is no time of day; write 09:00, up to 24:00")
    return int(match[1]) * HOUR + int(match[2]) * MINUTE


def _readable(text: str) -> str:
    _time(text)
    return text


TimeOfDay = Annotated[str, AfterValidator(_readable)]
"""A local time such as 09:00, up to 24:00."""


def _is_date(text: str) -> bool:
    """Whether this is how days are looked up; 20261224 and 2026-W52-4 are dates as well, and no day would be found."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _weekdays(text: str) -> list[int]:
    match = _DAYS.fullmatch(text)
    assert match is not None
    first = _WEEKDAYS.index(match[1])
    last = _WEEKDAYS.index(match[2] or match[1])
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]
