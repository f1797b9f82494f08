"""Working days: Monday to Friday less public holidays, in one zone."""

import re
from calendar import isleap
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from signals.calendar.instant import DAY, HOUR, Instant
from signals.calendar.local_clock import EPOCH_ORDINAL, local_clock

_YEARS = range(1990, 2071)
_FIRST = date(_YEARS.start, 1, 1).toordinal()
_LAST = date(_YEARS.stop, 1, 1).toordinal()
_RECURRING = re.compile(r"\d\d-\d\d")
_END_OF_BUSINESS = 17 * HOUR


class HolidayRules(BaseModel):
    """Which days are public holidays, as configuration writes it.

    ``country`` is the ISO code the ``holidays`` library knows, of a country or a part of one, as NL or GB-ENG (None: no
    public holidays), ``drop`` names of that list on which people do work, ``add`` further days as 2026-05-05 or, every
    year, 05-05.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    country: str | None = None
    drop: tuple[str, ...] = ()
    add: tuple[str, ...] = ()

    @field_validator("add")
    @classmethod
    def _days_exist(cls, add: tuple[str, ...]) -> tuple[str, ...]:
        for day in add:
            try:
                date.fromisoformat(f"2024-{day}" if _RECURRING.fullmatch(day) else day)
            except ValueError:
                raise ValueError(f"{day!r} is no day; write 2026-05-05, or 05-05 for every year") from None
        return add

    @model_validator(mode="after")
    def _names_exist(self) -> "HolidayRules":
        known = {name for names in _public_holidays(self.country).values() for name in names}
        for name in self.drop:
            if name not in known:
                known_are = ", ".join(sorted(known))
                raise ValueError(f"{name!r} is no public holiday of {self.country}; known are {known_are}")
        return self


class WorkingDays:
    """The working days of one zone and country; answers in about half a microsecond once warm.

    Days are ordinals as in ``date.toordinal``. Holidays are known for 1990 to 2070; outside, every Monday to Friday
    counts as a working day.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        country: str | None = None,
        extra: Iterable[str] = (),
        dropped: Iterable[str] = (),
    ) -> None:
        self.zone = zone
        self._clock = local_clock(zone)
        self._holidays = _free_days(HolidayRules(country=country, drop=tuple(dropped), add=tuple(extra)))
        self._days = [day for day in range(_FIRST, _LAST) if _is_weekday(day) and day not in self._holidays]
        working = set(self._days)
        self._index = list(accumulate(int(day in working) for day in range(_FIRST, _LAST)))

    def is_working(self, ordinal: int) -> bool:
        """Whether people work on that day."""
        return _is_weekday(ordinal) and ordinal not in self._holidays

    def is_holiday(self, ordinal: int) -> bool:
        """Whether that day is a public holiday (weekends are none)."""
        return ordinal in self._holidays

    def working_day_index(self, instant: Instant) -> int:
        """How many working days have begun since 1990, that of ``instant`` included: a count that never goes down."""
        return self.index_of_day(self._clock.ordinal(instant))

    def index_of_day(self, ordinal: int) -> int:
        """The same count for a day; see ``working_day_index``."""
        if _FIRST <= ordinal < _LAST:
            return self._index[ordinal - _FIRST]
        if ordinal < _FIRST:
            return _weekdays_before(ordinal + 1) - _weekdays_before(_FIRST)
        return len(self._days) + _weekdays_before(ordinal + 1) - _weekdays_before(_LAST)

    def within(self, first: Instant, last: Instant, days: int) -> bool:
        """Whether ``last`` falls within ``days`` working days of ``first``.

        Counted as laws and service promises count: the day of ``first`` is day zero, and the whole of the last day
        belongs to it. Within 10 working days of a Monday runs to the end of the Monday two weeks later; of a Saturday,
        to the end of the Friday two weeks later. So it is a difference of indices, whatever the hour.
        """
        return self.working_day_index(last) - self.working_day_index(first) <= days

    def add(self, instant: Instant, days: int) -> Instant:
        """``days`` working days later at the same local time; from a day off, the first working day counts as one."""
        if days == 0:
            return instant
        return self._move(instant, lambda day: self._day_with_index(self.index_of_day(day) + days))

    def subtract(self, instant: Instant, days: int) -> Instant:
        """``days`` working days earlier at the same local time; from a day off, the last working day counts as one."""
        if days == 0:
            return instant
        return self._move(instant, lambda day: self._day_with_index(self.index_of_day(day - 1) + 1 - days))

    def previous_working_day(self, ordinal: int) -> int:
        """That day when people work on it, else the last working day before it."""
        return ordinal if self.is_working(ordinal) else self._day_with_index(self.index_of_day(ordinal))

    def next_working_day(self, ordinal: int) -> int:
        """That day when people work on it, else the first working day after it."""
        return ordinal if self.is_working(ordinal) else self._day_with_index(self.index_of_day(ordinal) + 1)

    def promise_due(self, due: date | Instant) -> Instant:
        """When a promise falls due: a date means 17:00 local, a day off moves to the working day before."""
        if isinstance(due, date):
            return self._clock.instant(self._local_day(self.previous_working_day(due.toordinal())) + _END_OF_BUSINESS)
        return self._move(due, self.previous_working_day)

    def _move(self, instant: Instant, target: Callable[[int], int]) -> Instant:
        local = self._clock.local(instant)
        ordinal = local // DAY + EPOCH_ORDINAL
        moved = target(ordinal)
        return instant if moved == ordinal else self._clock.instant(self._local_day(moved) + local % DAY)

    def _local_day(self, ordinal: int) -> int:
        return (ordinal - EPOCH_ORDINAL) * DAY

    def _day_with_index(self, index: int) -> int:
        """The working day that makes the count reach ``index``."""
        if 0 < index <= len(self._days):
            return self._days[index - 1]
        if index <= 0:
            return _weekday_with_number(_weekdays_before(_FIRST) + index)
        return _weekday_with_number(_weekdays_before(_LAST) + index - len(self._days))


@lru_cache
def working_days(zone: ZoneInfo, rules: HolidayRules) -> WorkingDays:
    """The working days under these rules; made once per zone and rules."""
    return WorkingDays(zone, rules.country, rules.add, rules.drop)


@lru_cache
def _public_holidays(country: str | None) -> Mapping[int, tuple[str, ...]]:
    """Per day the English names of the country's public holidays; raises ``ValueError`` for an unknown country."""
    if country is None:
        return {}
    state, _, part = country.partition("-")
    try:
        supported = getattr(holidays, state).supported_languages
        language = "en_US" if "en_US" in supported else None
        days = holidays.country_holidays(state, subdiv=part or None, years=_YEARS, language=language)
    except (NotImplementedError, AttributeError):
        raise ValueError(f"no holidays known for country {country!r}; write an ISO code such as NL or GB-ENG") from None
    return {day.toordinal(): tuple(names.split("; ")) for day, names in days.items()}


def _free_days(rules: HolidayRules) -> frozenset[int]:
    public = _public_holidays(rules.country).items()
    listed = {day for day, names in public if not set(names) <= set(rules.drop)}
    return frozenset(listed.union(*(_added_days(day) for day in rules.add)))


def _added_days(day: str) -> set[int]:
    if not _RECURRING.fullmatch(day):
        return {date.fromisoformat(day).toordinal()}
    month, number = int(day[:2]), int(day[3:])
    years = (year for year in _YEARS if (month, number) != (2, 29) or isleap(year))
    return {date(year, month, number).toordinal() for year in years}


def _is_weekday(ordinal: int) -> bool:
    return (ordinal - 1) % 7 < 5


def _weekdays_before(ordinal: int) -> int:
    """How many Mondays to Fridays lie before that day, counted from Monday 1 January of year 1 (ordinal 1)."""
    weeks, rest = divmod(ordinal - 1, 7)
    return weeks * 5 + min(rest, 5)


def _weekday_with_number(number: int) -> int:
    weeks, rest = divmod(number - 1, 5)
    return weeks * 7 + rest + 1
