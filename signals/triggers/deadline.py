"""Deadlines: instants moved by spans of calendar time or working days."""

from signals.calendar.duration import Duration, WorkingDaySpan
from signals.calendar.instant import Instant
from signals.pack.environment import Environment

Span = Duration | WorkingDaySpan


def shifted(instant: Instant, span: Span, environment: Environment, direction: int) -> Instant:
    """An instant moved by a span: later for a direction of 1, earlier for −1."""
    if isinstance(span, WorkingDaySpan):
        move = environment.working_days.add if direction > 0 else environment.working_days.subtract
        return move(instant, span.days)
    return span.after(instant, environment.zone) if direction > 0 else span.before(instant, environment.zone)
