"""The wall clock of a zone as plain integers, fast enough for the hot loop.

*Local milliseconds* are what a clock on the wall shows, counted as if it never changed: 1970-01-01 00:00 is 0, a day is
always 86,400,000. Ordinals are those of ``date.toordinal``. Only this module knows about daylight saving time.
"""

from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from signals.calendar.instant import DAY, Instant, to_datetime

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class LocalClock:
    """Converts between instants and the local milliseconds of one zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._offsets: dict[int, int | None] = {}
        self._steady: dict[int, int | None] = {}

    def local(self, instant: Instant) -> int:
        """What the wall clock shows at ``instant``, in local milliseconds."""
        day = instant // DAY
        offset = self._offsets[day] if day in self._offsets else self._offset_of_day(day)
        return instant + (self._offset(instant) if offset is None else offset)

    def ordinal(self, instant: Instant) -> int:
        """The local calendar day of ``instant``, as in ``date.toordinal``."""
        return self.local(instant) // DAY + EPOCH_ORDINAL

    def instant(self, local: int) -> Instant:
        """The first moment at which the clock shows ``local``, or later where it jumps over that in spring."""
        offset = self._steady_offset(local // DAY)
        return self._instant_near_change(local) if offset is None else local - offset

    def days_later(self, instant: Instant, days: int) -> Instant:
        """The moment so many days later (earlier when negative) at which the clock shows the same time of day."""
        day, steady = instant // DAY, self._steady
        try:
            offset, then = steady[day], steady[day + days]
        except KeyError:
            offset, then = self._steady_offset(day), self._steady_offset(day + days)
        if offset is None or offset != then:
            return self.instant(self.local(instant) + days * DAY)
        return instant + days * DAY

    def midnight(self, ordinal: int) -> Instant:
        """The first moment of the local day ``ordinal``."""
        return self.instant((ordinal - EPOCH_ORDINAL) * DAY)

    def _instant_near_change(self, local: int) -> Instant:
        offsets = {self._offset(local - DAY), self._offset(local), self._offset(local + DAY)}
        shown = [local - offset for offset in offsets if self.local(local - offset) == local]
        if shown:
            return min(shown)
        low, high = local - max(offsets), local - min(offsets)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.local(middle) >= local else (middle, high)
        return high

    def _steady_offset(self, day: int) -> int | None:
        """The offset that holds during a UTC day, the one before and the one after; None around a change."""
        try:
            return self._steady[day]
        except KeyError:
            offset = self._offset_of_day(day)
            steady = self._offset_of_day(day - 1) == offset == self._offset_of_day(day + 1)
            self._steady[day] = offset if steady else None
            return self._steady[day]

    def _offset_of_day(self, day: int) -> int | None:
        """The offset that holds during the whole UTC day, in milliseconds; None on a day the clock is changed."""
        if day not in self._offsets:
            first, last = self._offset(day * DAY), self._offset(day * DAY + DAY)
            self._offsets[day] = first if first == last else None
        return self._offsets[day]

    def _offset(self, instant: Instant) -> int:
        offset = self.zone.utcoffset(to_datetime(instant, self.zone))
        assert offset is not None
        return round(offset.total_seconds() * 1000)


@lru_cache
def local_clock(zone: ZoneInfo) -> LocalClock:
    """The clock of a zone; one per zone, so that its table is filled once."""
    return LocalClock(zone)


def zone_named(name: str) -> ZoneInfo:
    """The zone with this IANA name; raises ``ValueError`` when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}; write an IANA name such as Europe/Amsterdam") from error
