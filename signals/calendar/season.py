"""Seasons: when customers of a market may switch, over the years.

A *season year* is the calendar year in which the season's first phase begins; January 2027 of a season that began in
autumn 2026 belongs to 2026, and so does the quiet time until the next one begins.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from signals.calendar.instant import DAY, Instant
from signals.calendar.local_clock import EPOCH_ORDINAL, local_clock, zone_named
from signals.calendar.season_version import Season, time_of_day
from signals.calendar.working_days import working_days


class Bounds(NamedTuple):
    """A stretch of time: its first moment and the first moment after it."""

    start: Instant
    end: Instant


class SeasonCalendar:
    """A season over the years: its versions, and what they say about moments."""

    def __init__(self, versions: Sequence[Season]) -> None:
        if not versions:
            raise ValueError("a calendar has at least one version")
        self._versions = sorted(versions, key=lambda version: version.valid_from)
        self.latest = self._versions[-1]
        self.name = self.latest.name
        exceptions = [exception for version in versions for exception in version.exceptions]
        self.openers = list(dict.fromkeys(one.opened_by for one in exceptions if one.opened_by is not None))
        """The triggers that tell of an exception, by any version."""
        self._clock = local_clock(zone_named(self.latest.zone))
        self._days: dict[int, tuple[int, str | None]] = {}
        self._ends: dict[int, Instant] = {}
        if any((other.name, other.zone) != (self.name, self.latest.zone) for other in versions):
            raise ValueError(f"versions of calendar {self.name!r} differ in name or zone")

    @property
    def phase_names(self) -> list[str]:
        """The phases of all versions."""
        return list(dict.fromkeys(phase.name for version in self._versions for phase in version.phases))

    def has_moment(self, name: str) -> bool:
        """Whether there is such a moment every year, whichever version is in force."""
        return all(name in version.moments for version in self._versions)

    def version(self, year: int) -> Season:
        """The version in force for that season year: the last one valid when it begins, else the first."""
        begun = [season for season in self._versions if season.valid_from.toordinal() <= _start(season, year)]
        return begun[-1] if begun else self._versions[0]

    def season_year(self, instant: Instant) -> int:
        """The season year ``instant`` belongs to."""
        return self._day(instant)[0]

    def phase_at(self, instant: Instant) -> str | None:
        """The phase at that moment; None between phases."""
        return self._day(instant)[1]

    def is_switching(self, instant: Instant) -> bool:
        """Whether every customer may switch at that moment: in such a phase, and not too late by the deadline."""
        year, phase = self._day(instant)
        if phase not in self.version(year).switching:
            return False
        end = self._ends.get(year)
        if end is None:
            end = self._ends[year] = self.switching_bounds(year).end
        return instant < end

    def bounds(self, phase: str, year: int) -> Bounds:
        """The stretch of that phase in that season year; raises ``ValueError`` for an unknown phase."""
        version = self.version(year)
        for candidate in version.phases:
            if candidate.name == phase:
                first, last = version.day(candidate.first, year), version.last_day(candidate, year)
                return Bounds(self._clock.midnight(first), self._clock.midnight(last + 1))
        names = ", ".join(phase.name for phase in version.phases)
        raise ValueError(f"calendar {self.name!r} has no phase {phase!r}; it has {names}")

    def switching_bounds(self, year: int) -> Bounds:
        """From the first to the last moment of that season year at which every customer may switch."""
        stretches = [self.bounds(phase, year) for phase in self.version(year).switching]
        end = min(max(stretch.end for stretch in stretches), self.deadline(year))
        return Bounds(min(stretch.start for stretch in stretches), end)

    def deadline(self, year: int) -> Instant:
        """The first moment that is too late: the deadline's time, or the end of its day when it has no time."""
        version = self.version(year)
        ordinal, time = version.day(version.deadline.at, year), time_of_day(version.deadline.at)
        days = working_days(self._clock.zone, version.holidays)
        if version.deadline.weekend == "before":
            ordinal = days.previous_working_day(ordinal)
        elif version.deadline.weekend == "after":
            ordinal = days.next_working_day(ordinal)
        return self._moment(ordinal, DAY if time is None else time)

    def moment(self, name: str, year: int) -> Instant:
        """A named moment in that season year; raises ``ValueError`` for an unknown name."""
        version = self.version(year)
        text = version.moments.get(name)
        if text is None:
            known = ", ".join(version.moments) or "none"
            raise ValueError(f"calendar {self.name!r} has no moment {name!r}; it has {known}")
        return self._moment(version.day(text, year), time_of_day(text) or 0)

    def next_moment(self, name: str, after: Instant) -> Instant:
        """The first such moment strictly after ``after``."""
        year = self.season_year(after)
        return next(moment for moment in (self.moment(name, year + ahead) for ahead in range(3)) if moment > after)

    def choose_until(self, year: int) -> Instant:
        """Until just before this moment those who cancelled in that season year may choose: as everybody, or longer."""
        version = self.version(year)
        if version.choose_until is None:
            return self.switching_bounds(year).end
        return self._clock.midnight(version.day(version.choose_until, year) + 1)

    def exception_bounds(self, name: str, event: Instant) -> Bounds:
        """When a customer may switch because of an event at that moment; raises ``ValueError`` for an unknown name."""
        exceptions = self.version(self.season_year(event)).exceptions
        for exception in exceptions:
            if exception.name == name:
                start = event if exception.starts == "event" else self._first_of_next_month(event)
                return Bounds(start, exception.lasts.after(start, self._clock.zone))
        known = ", ".join(exception.name for exception in exceptions) or "none"
        raise ValueError(f"calendar {self.name!r} has no exception {name!r}; it has {known}")

    def _day(self, instant: Instant) -> tuple[int, str | None]:
        ordinal = self._clock.ordinal(instant)
        found = self._days.get(ordinal)
        if found is None:
            found = self._days[ordinal] = self._classify(ordinal)
        return found

    def _classify(self, ordinal: int) -> tuple[int, str | None]:
        year = date.fromordinal(ordinal).year
        if ordinal < _start(self.version(year), year):
            year -= 1
        version = self.version(year)
        for phase in version.phases:
            if version.day(phase.first, year) <= ordinal <= version.last_day(phase, year):
                return year, phase.name
        return year, None

    def _moment(self, ordinal: int, time: int) -> Instant:
        return self._clock.instant((ordinal - EPOCH_ORDINAL) * DAY + time)

    def _first_of_next_month(self, instant: Instant) -> Instant:
        day = date.fromordinal(self._clock.ordinal(instant))
        months = day.year * 12 + day.month
        return self._clock.midnight(date(months // 12, months % 12 + 1, 1).toordinal())


def parse_season(content: Any) -> SeasonCalendar:
    """A calendar from the parsed content of its file: one version, or a list of them.

    Raises pydantic's ``ValidationError`` (a ``ValueError``) that names the field.
    """
    versions = content if isinstance(content, list) else [content]
    return SeasonCalendar(TypeAdapter(tuple[Season, ...]).validate_python(versions))


def _start(season: Season, year: int) -> int:
    return season.day(season.phases[0].first, year)
