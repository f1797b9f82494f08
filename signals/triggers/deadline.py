"""Deadlines: instants moved by spans of calendar time or working days."""

from collections.abc import Callable

from signals.calendar.duration import Duration, WorkingDaySpan
from signals.calendar.instant import Instant
from signals.pack.environment import Environment

Span = Duration | WorkingDaySpan
Mover = Callable[[Instant], Instant]


def shifted(instant: Instant, span: Span, environment: Environment, direction: int) -> Instant:
    """An instant moved by a span: later for a direction of 1, earlier for −1."""
    if isinstance(span, WorkingDaySpan):
        move = environment.working_days.add if direction > 0 else environment.working_days.subtract
        return move(instant, span.days)
    return span.after(instant, environment.zone) if direction > 0 else span.before(instant, environment.zone)


def mover(span: Span, environment: Environment) -> Mover:
    """What moves instants later by a span, time and again."""
    if isinstance(span, WorkingDaySpan):
        calendar, days = environment.working_days, span.days
        return lambda instant: calendar.add(instant, days)
    if not span.months and not span.days:
        clock = span.clock
        return lambda instant: instant + clock
    zone = environment.zone
    return lambda instant: span.after(instant, zone)
