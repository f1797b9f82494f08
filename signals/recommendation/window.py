"""When to make contact: the play's window around the day of the event."""

from typing import NamedTuple

from signals.calendar.instant import Instant
from signals.pack.environment import Environment
from signals.scene import Candidate


class ContactWindow(NamedTuple):
    """The first moment for contact, the best one to have it by, and the one after which it makes no sense."""

    opens: Instant
    best: Instant
    closes: Instant

    def left_at(self, moment: Instant) -> "ContactWindow":
        """What is left of it from a moment on."""
        opens = max(self.opens, moment)
        return ContactWindow(opens, min(max(self.best, opens), self.closes), self.closes)


def window_of(candidate: Candidate, environment: Environment, closes: Instant) -> ContactWindow:
    """The window of a candidate that ``closes`` then: relative to its anchor, never before it fired."""
    rule, zone, anchor = candidate.trigger.play.window, environment.zone, candidate.anchor
    opens = max(candidate.fired, rule.opens.after(anchor, zone) if rule.opens is not None else candidate.fired)
    if candidate.not_before is not None:
        opens = max(opens, candidate.not_before)
    best = rule.best.after(anchor, zone) if rule.best is not None else closes
    return ContactWindow(opens, min(max(best, opens), closes), closes)


def closes_of(candidate: Candidate, environment: Environment) -> Instant:
    """When the window of a candidate closes.

    Where the day itself isn't known, a window that would close on it stays open as long as it would have been.
    """
    rule, zone, anchor = candidate.trigger.play.window, environment.zone, candidate.anchor
    closes = rule.closes.after(anchor, zone)
    if closes <= anchor and anchor == candidate.fired and rule.opens is not None:
        closes = rule.opens.before(anchor, zone)
    if candidate.not_before is not None:
        closes = max(closes, rule.closes.after(candidate.not_before, zone))
    return closes
