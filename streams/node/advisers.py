"""The demonstration's advisers: each desk works on the first of its queue, twice a day, and tells what came of it.

Whether a life event is going on they tell by the simulation's truth, so the page's precision is that of the triggers.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from signals.calendar.instant import HOUR, Instant, parse_instant, to_datetime
from signals.evaluation.windows import WINDOWS
from signals.simulation.play import Simulation
from streams.api.outcome import Answer
from streams.api.together import work_on
from streams.api.work import telling
from streams.node.node import EmbeddedNode
from streams.queue import Filter

_NOON, _EVENING, _FRIDAY = 12 * HOUR, 18 * HOUR, 4
_NOT_REACHED, _GLAD, _BOUGHT, _SPOKEN_TO = 0.15, 0.55, 0.65, 0.85
"""Of a hundred calls as many as these end so, one after the other; the rest declines."""


class Advisers:
    """They know ``simulation``'s truth, as people do once they have spoken to a customer."""

    def __init__(self, node: EmbeddedNode, simulation: Simulation, customers: int) -> None:
        self._node = node
        self._simulation = simulation
        self._each = max(customers // 150, 1)

    def work(self, moment: Instant) -> None:
        """What is done by ``moment``: something at noon and in the evening of a working day."""
        zone = self._simulation.horizon.clock.zone
        local = to_datetime(moment, zone)
        if local.weekday() > _FRIDAY or local.hour * HOUR not in (_NOON, _EVENING):
            return
        true = self._truth()
        queue = self._node.queue
        for desk in queue.desks(moment):
            items = queue.list(Filter(available=True, desk=desk.desk), moment, self._each).items
            answers = [(item.recommendation, _answer(item.recommendation, moment, true)) for item in items]
            told = [telling(self._node, record["id"], Answer(answer, desk.desk)) for record, answer in answers]
            work_on(self._node, told)

    def _truth(self) -> Mapping[tuple[str, str], list[Instant]]:
        found: dict[tuple[str, str], list[Instant]] = defaultdict(list)
        for truth in self._simulation.truth():
            for person in truth.household:
                found[person, truth.event].append(truth.time)
        return found


def _answer(record: Mapping[str, Any], moment: Instant, true: Mapping[tuple[str, str], list[Instant]]) -> str:
    drawn = crc32(f"{record['id']}/{moment}".encode()) / 2**32
    if drawn < _NOT_REACHED:
        return "not_reached"
    trigger, seen = record["trigger"], parse_instant(record["created"])
    if trigger.startswith("life_event."):  # what only talking can tell; the others rest on facts
        spans = map(WINDOWS[trigger].around, true.get((record["customer"], trigger), ()))
        if not any(first <= seen <= last for first, last in spans):
            return "wrong"
    if drawn < _GLAD:
        return "accepted"
    if drawn < _BOUGHT and record["class"] == "sales":
        return "converted"
    return "contacted" if drawn < _SPOKEN_TO else "declined"
