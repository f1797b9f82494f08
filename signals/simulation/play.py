"""Plays a population: everything that happens to every household, as one stream in the order of time."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from heapq import heapify, heappop, heappush, heapreplace
from random import Random

from signals.calendar.instant import EARLIEST, LATEST, Instant, to_datetime
from signals.calendar.local_clock import local_clock, zone_named
from signals.events.event import Event
from signals.simulation.contracts import read_news
from signals.simulation.population import Horizon, Household, draw_households
from signals.simulation.scene import Happening, Scene, Truth
from signals.simulation.stories import Episode, stories_of

_ZONE = zone_named("Europe/Amsterdam")
_MARKET = 0
_EARLIEST, _LATEST = to_datetime(EARLIEST).date(), to_datetime(LATEST).date()


class Simulation:
    """A population of ``customers`` over ``days`` days from ``start`` (local midnight in Amsterdam).

    The same arguments give the same events, byte for byte. Memory grows with the customers, not with the days.
    """

    def __init__(self, customers: int, days: int, seed: int, start: date) -> None:
        """Raises ``ValueError`` for days on which nothing can happen."""
        clock = local_clock(_ZONE)
        first = start.toordinal()
        if first < _EARLIEST.toordinal() or first + days > _LATEST.toordinal():
            raise ValueError(f"{days} days from {start} on: they have to lie between {_EARLIEST} and {_LATEST}")
        self.horizon = Horizon(clock.midnight(first), clock.midnight(first + days), clock)
        self._scene = Scene(self.horizon)
        self._seed = seed
        self._customers = customers

    def events(self) -> Iterator[Event]:
        """All events in the order of their times; to be run through once."""
        households = draw_households(self._customers, self._seed, self.horizon)
        owners = [_MARKET] + [owner for owner, one in enumerate(households, 1) for _ in range(len(one.people) + 2)]
        stories = [self._news(), *(story for one in households for story in stories_of(self._scene, one))]
        told = [0] * (len(households) + 1)
        for story, happening in _merge(stories, self.horizon.end):
            if happening.time >= self.horizon.begin:
                owner = owners[story]
                told[owner] += 1
                yield _event(happening, f"{owner}-{told[owner]}")

    def truth(self) -> list[Truth]:
        """What was really going on, in the order of time; complete when all events have been taken."""
        return sorted(self._scene.truths, key=lambda truth: (truth.time, truth.customer, truth.event))

    def _news(self) -> Iterator[Episode]:
        market = Household(_MARKET, Random(f"{self._seed}/market"), [])  # noqa: S311 (a simulation, not a secret)
        for happening in read_news(self._scene, market):
            yield happening.time, partial(list, (happening,))


def _merge(stories: list[Iterator[Episode]], end: Instant) -> Iterator[tuple[int, Happening]]:
    """Every story's happenings in one order of time. An episode unfolds when its time has come, so few are kept."""
    heap: list[tuple[Instant, int, int, Happening | Callable[[], list[Happening]]]] = []
    for number, story in enumerate(stories):
        if (episode := next(story, None)) is not None:
            heap.append((episode[0], number, number, episode[1]))
    heapify(heap)
    serial = len(stories)
    while heap and heap[0][0] < end:
        _, _, number, item = heap[0]
        if isinstance(item, Happening):
            heappop(heap)
            yield number, item
            continue
        if (following := next(stories[number], None)) is None:
            heappop(heap)
        else:
            heapreplace(heap, (following[0], serial, number, following[1]))
        for place, happening in enumerate(item(), serial + 1):
            heappush(heap, (happening.time, place, number, happening))
            serial = place
        serial += 1


def _event(happening: Happening, identity: str) -> Event:
    time, subject, kind, source, data, warmup = happening
    return Event(f"sim-{identity}", source, kind, time, time, subject, data, warmup)
