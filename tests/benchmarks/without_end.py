"""A population without end: simulated customers who come in cohorts, stay for a while, and are silent ever after."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from heapq import heappop, heappush

from msgspec.structs import replace

from signals.events.event import Event
from signals.simulation.play import Simulation

COHORT, STAY_DAYS, EVERY_DAYS = 2_000, 180, 18
"""Customers that come together, for how many days they are heard of, and after how many days the next come."""

_FIRST_DAY = date(2025, 1, 1)
_NUMBER = re.compile(r"\d{6,}")
"""What tells the simulation's customers apart, in all of their subjects."""


class Population:
    """Gives its events in the order of time; ``customers`` is how many have come."""

    def __init__(self) -> None:
        self.customers = 0

    def events(self) -> Iterator[Event]:
        """To be run through once; it never ends."""
        there: list[tuple[int, int, Event, Iterator[Event]]] = []
        while True:
            number = self.customers // COHORT
            coming = _cohort(number)
            first = next(coming)
            while there and there[0][0] < first.time:
                _, place, event, rest = heappop(there)
                yield event
                if (following := next(rest, None)) is not None:
                    heappush(there, (following.time, place, following, rest))
            heappush(there, (first.time, number, first, coming))
            self.customers += COHORT


def _cohort(number: int) -> Iterator[Event]:
    begin = _FIRST_DAY + timedelta(days=number * EVERY_DAYS)

    def ours(subject: str) -> str:
        return _NUMBER.sub(lambda found: str(int(found[0]) + number * COHORT), subject)

    for event in Simulation(COHORT, STAY_DAYS, number, begin).events():
        if event.type == "market.changed":
            if number * EVERY_DAYS % STAY_DAYS:
                continue  # one cohort at a time tells the news
            yield replace(event, id=f"{number}/{event.id}")
            continue
        data = event.data
        if event.type == "identity.linked":
            data = {**data, "from": ours(data["from"]), "to": ours(data["to"])}
        yield replace(event, id=f"{number}/{event.id}", subject=ours(event.subject), data=data)
