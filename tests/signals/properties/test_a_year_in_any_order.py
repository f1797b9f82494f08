"""A population's year of which a third comes in late, by up to a day: in the end all is known that would be in order.

Set aside is what follows from what was released meanwhile, which can't be made never to have been.
"""

from datetime import date
from random import Random
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from signals.calendar.instant import DAY, MINUTE
from signals.engine import Engine
from signals.events.event import Event
from signals.simulation.play import Simulation
from tests.signals.properties.histories import pack

FOLLOWS_FROM_RELEASES = {"live", "refused", "episodes", "timers", "contacts", "counts", "unjudged", "clock"}
FOLLOWS_FROM_ARRIVAL = {"seen", "aliases", "settled"}
"""What events are known by in the order of arrival, since when a row was an alias, and what is still remembered for
what may come in."""


def known(events: list[Event], by_the_clock: bool) -> dict[str, dict[str, Any]]:
    """What is known of each subject two days after the last event."""
    engine = Engine(pack(), write_through=False)
    for event in events:
        if by_the_clock:
            engine.advance(event.arrival)
        engine.process([event])
    engine.advance(max(event.time for event in events) + 2 * DAY)
    found = {}
    for customer in engine.cached:
        row = msgspec.structs.asdict(customer)
        row["gap_squares"] = round(row["gap_squares"], 6)  # a sum of fractions, in the order of arrival
        found[customer.key] = {
            field: value for field, value in row.items() if field not in FOLLOWS_FROM_RELEASES | FOLLOWS_FROM_ARRIVAL
        }
    return found


@pytest.mark.parametrize("by_the_clock", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_known_of_everybody_is_the_same_whatever_came_in_late(seed: int, by_the_clock: bool) -> None:
    events = list(Simulation(60, 250, seed, date(2025, 6, 1)).events())
    happened = sorted(
        (replace(event, arrival=event.time) for event in events), key=lambda event: (event.time, event.id)
    )
    chance = Random(seed)
    told = [
        replace(event, arrival=event.time + chance.choice([0, 0, chance.randint(1, 24 * 60 - 1)]) * MINUTE)
        for event in happened
    ]
    told.sort(key=lambda event: (event.arrival, event.time, event.id))
    assert known(told, by_the_clock) == known(happened, by_the_clock)
