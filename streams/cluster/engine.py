"""What the cluster asks of an engine."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from signals.calendar.instant import Instant
from signals.events.event import Event


class Batch(Protocol):
    """What a batch of work changed and made known."""

    recommendations: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    forwards: list[tuple[str, Event]]
    rows: dict[str, bytes | None]


class Engine(Protocol):
    """The customers of one shard, in one writer's hands."""

    clock: Instant
    """How far event time has come."""

    def process(self, events: Iterable[Event]) -> Batch:
        """Work on events in their order of arrival."""

    def advance(self, now: Instant) -> Batch:
        """Time moves on without an event: what is due by ``now`` fires."""

    def restore(self, rows: Iterable[tuple[str, bytes]], news: Iterable[Event], clock: Instant) -> None:
        """Rebuild what is kept beside the rows, after a start."""


Load = Callable[[str], bytes | None]
"""Gives the row of a key."""

Owns = Callable[[str], bool]
"""Says whether a key's row lives in the shard."""

MakeEngine = Callable[[Load, Owns], Engine]
"""Makes the engine of one shard."""


def is_empty(batch: Batch) -> bool:
    """Whether there is nothing to write down."""
    parts: Sequence[object] = (batch.rows, batch.recommendations, batch.decisions, batch.forwards)
    return not any(parts)
