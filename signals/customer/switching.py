"""Until when one customer may switch: with everybody in the season, or alone, by an exception or after cancelling."""

from collections.abc import Iterator
from typing import NamedTuple

from signals.calendar.instant import Instant
from signals.calendar.season import SeasonCalendar
from signals.customer.state import Customer

SEASON, CANCELLED = "season", "cancelled"


class Freedom(NamedTuple):
    """The customer may switch until just before this moment; ``because`` is the season, or what gave the right."""

    until: Instant
    because: str


def freedom_to_switch(customer: Customer, season: SeasonCalendar, now: Instant) -> Freedom | None:
    """The longest freedom this customer has by a season's calendar; None when bound.

    Who cancelled in time and did not come back may choose until the calendar's ``choose_until``. An exception counts by
    the day of what happened, where that was told to the trigger it is ``opened_by``, and by the rules of that day.
    """
    freedoms = [freedom for freedom in _freedoms(customer, season, now) if freedom.until > now]
    return max(freedoms, default=None)


def _freedoms(customer: Customer, season: SeasonCalendar, now: Instant) -> Iterator[Freedom]:
    if season.is_switching(now):
        yield Freedom(season.switching_bounds(season.season_year(now)).end, SEASON)
    cancelled = customer.episodes.get(f"season.{season.name}.cancelled_elsewhere")
    returned = customer.episodes.get(f"season.{season.name}.won_back")
    if cancelled is not None and (returned is None or returned.started < cancelled.started):
        yield Freedom(season.choose_until(season.season_year(cancelled.started)), CANCELLED)
    for opened_by in season.openers:
        opened = customer.episodes.get(opened_by)
        if opened is not None:
            day = _day_of(customer, opened_by, opened.started)
            for exception in season.version(season.season_year(day)).exceptions:
                if exception.opened_by == opened_by:
                    yield Freedom(season.exception_bounds(exception.name, day).end, exception.name)


def _day_of(customer: Customer, trigger: str, since: Instant) -> Instant:
    """The day that the evidence since then last stated; else that moment itself."""
    days = [piece.date for piece in customer.beliefs.get(trigger, ()) if piece.date is not None and piece.time >= since]
    return days[-1] if days else since
