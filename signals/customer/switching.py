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

    Who cancelled in time may choose until the calendar's ``choose_until``; an exception counts from the episode of the
    trigger it is ``opened_by``, by the rules of that day.
    """
    freedoms = [freedom for freedom in _freedoms(customer, season, now) if freedom.until > now]
    return max(freedoms, default=None)


def _freedoms(customer: Customer, season: SeasonCalendar, now: Instant) -> Iterator[Freedom]:
    if season.is_switching(now):
        yield Freedom(season.switching_bounds(season.season_year(now)).end, SEASON)
    cancelled = customer.episodes.get(f"season.{season.name}.cancelled_elsewhere")
    if cancelled is not None:
        yield Freedom(season.choose_until(season.season_year(cancelled.started)), CANCELLED)
    for opened_by in season.openers:
        opened = customer.episodes.get(opened_by)
        if opened is not None:
            for exception in season.version(season.season_year(opened.started)).exceptions:
                if exception.opened_by == opened_by:
                    yield Freedom(season.exception_bounds(exception.name, opened.started).end, exception.name)
