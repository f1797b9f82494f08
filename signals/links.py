"""What the steps of linking share: the shard that they work in, and how one step leads to another."""

from collections.abc import Callable
from typing import Any

import msgspec

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.events.event import Event
from signals.recommendation.live import Published


class Shard(msgspec.Struct, frozen=True):
    """What linking needs of the engine it works in."""

    open: Callable[[str], Customer]
    mark: Callable[[Customer], None]
    forward: Callable[[str, Event], None]
    is_new: Callable[[Customer, Event], bool]
    """Whether a row hears of an event for the first time."""
    consider: Callable[[Customer, Event], None]
    """Decide anew what rows prove together, and take back what may no longer be."""
    published: Published
    index: Callable[[Customer], None]
    arm: Callable[[Customer], None]
    erase: Callable[[Customer, Instant], None]
    lateness: int
    counting: frozenset[str]
    """The triggers that count anew after they fired."""
    shared_guards: frozenset[str]
    """The guards that hold for a whole household."""

    def send(self, step: str, subject: str, cause: Event, data: dict[str, Any]) -> None:
        """Let a step of ours happen where the subject's row lives."""
        id, moments = f"{cause.id}#{step}", (cause.time, cause.arrival)
        self.forward(subject, Event(id, cause.source, step, *moments, subject, data, warmup=cause.warmup))
