"""Instants: the one representation of time inside the engine.

An ``Instant`` is the number of milliseconds since 1970-01-01T00:00:00Z: unambiguous UTC, and cheap to compare,
subtract, hash and store in the hot loop. Aware datetimes appear only at the edges and in calendars.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

Instant = int

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def parse_instant(text: str) -> Instant:
    """Read an RFC 3339 time with offset; raises ``ValueError`` when it is malformed or has no offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write for example 2026-11-20T09:00:00+01:00") from None
    if moment.tzinfo is None:
        raise ValueError(f"time {text!r} has no offset; write for example 2026-11-20T09:00:00+01:00")
    return from_datetime(moment)


def from_datetime(moment: datetime) -> Instant:
    """Turn an aware datetime into an instant (fractions of a millisecond are cut off)."""
    return (moment - _EPOCH) // _MILLISECOND


def to_datetime(instant: Instant, zone: tzinfo = UTC) -> datetime:
    """Turn an instant into an aware datetime in ``zone`` (UTC unless told)."""
    moment = _EPOCH + timedelta(milliseconds=instant)
    return moment if zone is UTC else moment.astimezone(zone)


EARLIEST, LATEST = parse_instant("1900-01-01T00:00:00Z"), parse_instant("2200-01-01T00:00:00Z")
"""Between these lies all that can happen."""


@lru_cache(maxsize=10_000)  # the records of one moment repeat it
def format_instant(instant: Instant) -> str:
    """Write an instant as RFC 3339 UTC: ``2026-11-20T08:00:00Z``, with milliseconds only where there are any."""
    seconds, milliseconds = divmod(instant, SECOND)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    fraction = f".{milliseconds:03d}" if milliseconds else ""
    return f"{_format_day(day)}T{hour:02d}:{minute:02d}:{second:02d}{fraction}Z"


@lru_cache(maxsize=10_000)
def _format_day(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).strftime("%Y-%m-%d")
