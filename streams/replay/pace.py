"""How far a history has come, for one that sees but a part of it: a shard, or a process of a replay.

An event out of order, beyond the lateness, is worked on after what was due before it. Who sees all of the history knows
what that is; who sees a part is told by a tick.
"""

from signals.calendar.instant import Instant
from signals.events.event import Event


class Pace:
    """Follows the events of a history as they are worked on."""

    def __init__(self) -> None:
        self._clock: Instant = 0

    def tick_before(self, event: Event) -> Event | None:
        """What to tell before an event that is behind: all that was due until now has passed."""
        if event.time >= self._clock:
            self._clock = event.time
            return None
        passed = self._clock - 1
        return Event(f"pace-{passed}", "/signals/history", "clock.ticked", passed, passed, "", {})
