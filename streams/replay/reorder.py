"""Events in event-time order: what arrives out of order, within the lateness, is put in its place.

Arrival is the running maximum of event times, unless an event says when it was recorded. Events wait until event time
has moved on by the lateness, so every order of arrival within it gives the same run. What arrives later than that has
its place where it arrived, however many events wait: what had been due before was done by then. A ``clock.ticked`` says
that time has come: what waits up to it goes first, and what still comes from before it is worked on as it arrives.
"""

from bisect import bisect_right
from collections.abc import Iterator
from operator import attrgetter, itemgetter

from msgspec.structs import replace

from signals.calendar.instant import Instant
from signals.events.event import Event

_ROUNDS = 8
_FEWEST = 10_000


class Reorder:
    """A buffer of one lateness of events."""

    def __init__(self, lateness: int) -> None:
        self.watermark: Instant = 0
        self._lateness = lateness
        self._step = max(lateness // _ROUNDS, 1)
        self._released: Instant = 0
        self._waiting: list[Event] = []
        self._late: list[Event] = []

    def add(self, event: Event) -> Iterator[list[Event]]:
        """Take an event in; yields the events, in order, whose turn has come."""
        if event.arrival == event.time < self.watermark:
            event = replace(event, arrival=self.watermark)
        self.watermark = max(self.watermark, event.time)
        if event.type == "clock.ticked":
            yield [*self._release(event.time), event]
            return
        (self._waiting if event.arrival - event.time <= self._lateness else self._late).append(event)
        ready = self.watermark - self._lateness
        if ready - self._released >= self._step and len(self._waiting) >= _FEWEST:
            yield self._release(ready)

    def rest(self) -> list[Event]:
        """What still waits, at the end of the input."""
        late, self._late = self._late, []
        return _with_late(self._release(self.watermark), late)

    def _release(self, until: Instant) -> list[Event]:
        self._released = until
        self._waiting.sort(key=_PLACE)
        cut = bisect_right(self._waiting, until, key=lambda event: event.time)
        ready, self._waiting = self._waiting[:cut], self._waiting[cut:]
        late = [event for event in self._late if event.arrival <= until]
        if late:
            self._late = [event for event in self._late if event.arrival > until]
        return _with_late(ready, late)


_PLACE = attrgetter("time", "source", "id")
"""Where an event belongs among the others."""

_PLACE_OF_LATE = attrgetter("arrival", "time", "source", "id")


def _with_late(ready: list[Event], late: list[Event]) -> list[Event]:
    """Events in order; what came too late to be among its own follows those of the moment at which it arrived."""
    if not late:
        return ready
    placed = [(event.time, 0, event) for event in ready]
    placed += [(event.arrival, 1, event) for event in sorted(late, key=_PLACE_OF_LATE)]
    return [event for _, _, event in sorted(placed, key=itemgetter(0, 1))]
