"""A desk as it is kept: which of its slots are taken, who waits for one, and what was last said of it."""

from typing import NamedTuple

import msgspec

from signals.calendar.instant import HOUR, Instant
from signals.customer.underway import NEVER
from signals.events.event import Event

Word = tuple[Instant, str, str]
"""When something was said, and by which event: its source and id."""


class Place(NamedTuple):
    """Where a held candidate stands: the order of arbitration first; from ``closes`` on it isn't wanted any more."""

    rank: int
    priority: float
    fired: Instant
    name: str
    key: str
    customer: str
    recommendation: str
    closes: Instant = NEVER


class Desk(msgspec.Struct, array_like=True):
    """One desk: when its slots of the last hour were taken, who waits, and what ``desk.changed`` said last."""

    taken: list[Instant] = []
    waiting: list[Place] = []
    """In order. Kept as a row for each: as one, thousands would be written anew whenever one of them comes or goes."""
    capacity: float | None = None
    closed_until: Instant = 0
    capacity_until: Instant = NEVER
    open_until: Instant = 0
    """Until when it is open whatever its hours say."""
    calls: Instant = NEVER
    """When it next calls those who wait; kept, as what comes in late may have had it call at a moment long passed."""
    capacity_word: Word = (0, "", "")
    """The last word on its capacity: one from before it that comes later, or again, changes nothing."""
    open_word: Word = (0, "", "")
    """The last word on whether it is open."""

    def taken_lately(self, now: Instant) -> list[Instant]:
        """When the slots were taken that are not free again by ``now``."""
        return [taken for taken in self.taken if taken + HOUR > now]

    def hear(self, event: Event, until: Instant | None) -> None:
        """Take note of ``desk.changed``, until a later one or the moment it names.

        Another capacity; closed, or open again; open ``until`` a moment means also outside its hours.
        """
        data, word = event.data, (event.time, event.source, event.id)
        if data.get("capacity") is not None and word > self.capacity_word:
            self.capacity_word = word
            self.capacity, self.capacity_until = float(data["capacity"]), NEVER if until is None else until
        if data.get("open") is not None and word > self.open_word:
            self.open_word = word
            self.closed_until = 0 if data["open"] else (NEVER if until is None else until)
            self.open_until = until or 0 if data["open"] else 0
