"""Warm-up: history builds state and fires nothing, neither when it is read nor at the due moments it passes."""

import msgspec

from signals.calendar.instant import Instant
from signals.events.event import Event


class WarmUp(msgspec.Struct):
    """How far the history reaches that was read before anything live: moments up to then have passed."""

    until: Instant = 0
    over: bool = False

    def note(self, event: Event) -> None:
        """Take an event into account, in the order of arrival."""
        if not self.over and event.subject:
            if event.warmup:
                self.until = max(self.until, event.time)
            else:
                self.over = True
