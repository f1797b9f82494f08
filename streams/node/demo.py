"""The demonstration: a realistic year of an invented population and its advisers, played in about a minute."""

import time
from datetime import date, timedelta
from itertools import groupby

from signals.calendar.instant import HOUR
from signals.simulation.play import Simulation
from streams.node.advisers import Advisers
from streams.node.node import EmbeddedNode

DAYS = 400
"""A year and five weeks: within a season the same day of the one before is in it."""
_STEP = 6 * HOUR


def year_until(today: date, customers: int, seed: int) -> Simulation:
    """A year and some weeks that end on the eve of ``today``."""
    return Simulation(customers, DAYS, seed, today - timedelta(days=DAYS))


def play(node: EmbeddedNode, simulation: Simulation, seconds: float, advisers: Advisers | None = None) -> None:
    """Play the events at an even pace, ``seconds`` for the whole (0: as fast as it goes)."""
    begin = simulation.horizon.begin
    whole = simulation.horizon.end - begin
    started = time.monotonic()
    moment = begin
    for step, events in groupby(simulation.events(), key=lambda event: (event.time - begin) // _STEP):
        moment = begin + (step + 1) * _STEP
        node.play(list(events), moment)
        if advisers is not None:
            advisers.work(moment)
        ahead = seconds * (moment - begin) / whole - (time.monotonic() - started)
        if ahead > 0:
            time.sleep(ahead)
    node.play([], max(moment, simulation.horizon.end))
