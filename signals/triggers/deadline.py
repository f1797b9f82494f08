"""Deadlines: instants moved by spans of calendar time or working days."""

from signals.calendar.duration import Span, WorkingDaySpan
from signals.calendar.instant import EARLIEST, LATEST, Instant
from signals.pack.environment import Environment


def as_moment(value: object) -> Instant | None:
    """What an expression of a pack gave, where that is a moment that can be."""
    return value if isinstance(value, int) and EARLIEST <= value <= LATEST else None


def shifted(instant: Instant, span: Span, environment: Environment, direction: int) -> Instant:
    """An instant moved by a span: later for a direction of 1, earlier for −1."""
    if isinstance(span, WorkingDaySpan):
        move = environment.working_days.add if direction > 0 else environment.working_days.subtract
        return move(instant, span.days)
    return span.after(instant, environment.zone) if direction > 0 else span.before(instant, environment.zone)
