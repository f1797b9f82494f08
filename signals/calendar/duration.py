"""Lengths of time as packs write them: ISO 8601 durations and "10 working days"."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from signals.calendar.instant import DAY, HOUR, MINUTE, SECOND, Instant
from signals.calendar.local_clock import EPOCH_ORDINAL, local_clock

_ISO = re.compile(
    r"(?P<sign>-)?P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_WORKING = re.compile(r"(?P<days>\d+)\s+working\s+days?", re.IGNORECASE)
_CENTURY = 36_525
"""The most days that a length of time may have: no calendar goes on for ever."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: calendar months, calendar days and clock time; all negative for "before"."""

    months: int = 0
    days: int = 0
    clock: int = 0

    @property
    def milliseconds(self) -> int:
        """The fixed length, a day being 24 hours; raises ``ValueError`` for months and years, which have none."""
        if self.months:
            raise ValueError(f"{self} has no fixed length, because months differ; write it in days, such as P30D")
        return self.days * DAY + self.clock

    def sooner_than(self, other: "Duration") -> bool:
        """Whether it is surely shorter, however long the months are."""
        months = self.months - other.months
        rest = (self.days - other.days) * DAY + self.clock - other.clock
        return rest + max(28 * months, 31 * months) * DAY < 0

    def after(self, instant: Instant, zone: ZoneInfo) -> Instant:
        """The moment this much later on the calendar of ``zone``.

        Months and days keep the local time of day (a month later than 31 January is the last day of February); the
        clock part is added as elapsed time.
        """
        if self.months:
            return self._months_moved(instant, zone, 1)
        return (local_clock(zone).days_later(instant, self.days) if self.days else instant) + self.clock

    def later(self, zone: ZoneInfo) -> Callable[[Instant], Instant]:
        """``after`` in one zone, for what is asked often."""
        if self.months or not self.days:
            return lambda instant: self.after(instant, zone)
        days_later, days, clock = local_clock(zone).days_later, self.days, self.clock
        return lambda instant: days_later(instant, days) + clock

    def before(self, instant: Instant, zone: ZoneInfo) -> Instant:
        """The moment this much earlier on the calendar of ``zone``; see ``after``."""
        if self.months:
            return self._months_moved(instant, zone, -1)
        return (local_clock(zone).days_later(instant, -self.days) if self.days else instant) - self.clock

    def _months_moved(self, instant: Instant, zone: ZoneInfo, direction: int) -> Instant:
        clock = local_clock(zone)
        ordinal, time_of_day = divmod(clock.local(instant), DAY)
        ordinal = _months_later(ordinal, direction * self.months)
        return clock.instant((ordinal + direction * self.days) * DAY + time_of_day) + direction * self.clock

    def __str__(self) -> str:
        return _written(self)


@dataclass(frozen=True, slots=True)
class WorkingDaySpan:
    """A number of working days; ``WorkingDays`` knows when they are."""

    days: int

    def __str__(self) -> str:
        return f"{self.days} working day{'' if self.days == 1 else 's'}"


Span = Duration | WorkingDaySpan
"""A length of calendar time or of working days."""


def parse_duration(text: str) -> Duration:
    """Read an ISO 8601 duration such as P30D, PT24H, P1Y6M, P2W or -P21D; raises ``ValueError`` otherwise."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration; write for example P30D (days), PT24H (hours), P12M (months)")
    sign = -1 if match["sign"] else 1
    years, months, weeks, days, hours, minutes, seconds = (
        sign * int(match[unit] or 0) for unit in ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
    )
    duration = Duration(years * 12 + months, weeks * 7 + days, hours * HOUR + minutes * MINUTE + seconds * SECOND)
    if abs(duration.months * 30 + duration.days) + abs(duration.clock) // DAY > _CENTURY:
        raise ValueError(f"{text!r} is longer than a century")
    return duration


def parse_span(text: str) -> Span:
    """Read a duration or a phrase such as "10 working days"; raises ``ValueError`` otherwise."""
    if match := _WORKING.fullmatch(text.strip()):
        if len(match["days"]) > len(str(_CENTURY)) or int(match["days"]) > _CENTURY:
            raise ValueError(f"{text!r} is longer than a century")
        return WorkingDaySpan(int(match["days"]))
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ValueError(f"{error}, or 10 working days") from None


def _duration_field(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else _length(value)


def _span_field(value: object) -> object:
    return parse_span(value) if isinstance(value, str) else _length(value)


def _length(value: object) -> object:
    if not isinstance(value, Duration | WorkingDaySpan):
        raise ValueError(f"{value!r} is not a duration; write for example P30D (days), PT24H (hours), P12M (months)")
    return value


def _more_than_nothing(span: Span) -> Span:
    parts = (span.months, span.days, span.clock) if isinstance(span, Duration) else (span.days,)
    if max(parts) <= 0:
        raise ValueError("write a length of time that is more than nothing, such as P1D")
    return span


def _fixed(span: Span) -> Span:
    if isinstance(span, Duration):
        _ = span.milliseconds  # raises where it has none
    return span


DurationField = Annotated[Duration, BeforeValidator(_duration_field), PlainSerializer(str)]
"""A pydantic field that is written as an ISO 8601 duration, "before" as a negative one."""

LengthField = Annotated[DurationField, AfterValidator(_more_than_nothing)]
"""A duration that is more than nothing."""

FixedLengthField = Annotated[LengthField, AfterValidator(_fixed)]
"""And one without months, which differ in length."""

SpanField = Annotated[Span, BeforeValidator(_span_field), AfterValidator(_more_than_nothing), PlainSerializer(str)]
"""A pydantic field that is written as an ISO 8601 duration or as "10 working days", and is more than nothing."""

FixedSpanField = Annotated[SpanField, AfterValidator(_fixed)]
"""And one without months."""


@lru_cache(maxsize=10_000)
def _months_later(day: int, months: int) -> int:
    """``day`` counts from 1970-01-01; a day the month does not have becomes its last."""
    start = date.fromordinal(day + EPOCH_ORDINAL)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)).toordinal() - EPOCH_ORDINAL


@lru_cache(maxsize=1_000)  # decisions name the same few caps
def _written(duration: Duration) -> str:
    sign = "-" if min(duration.months, duration.days, duration.clock) < 0 else ""
    years, months = divmod(abs(duration.months), 12)
    hours, rest = divmod(abs(duration.clock), HOUR)
    minutes, rest = divmod(rest, MINUTE)
    day_part = _parts((years, "Y"), (months, "M"), (abs(duration.days), "D"))
    clock_part = _parts((hours, "H"), (minutes, "M"), (rest // SECOND, "S"))
    if not day_part and not clock_part:
        return "PT0S"
    return f"{sign}P{day_part}{'T' if clock_part else ''}{clock_part}"


def _parts(*counted: tuple[int, str]) -> str:
    return "".join(f"{count}{unit}" for count, unit in counted if count)
