"""What the cluster asks of an engine."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from signals.batch import Failed
from signals.calendar.instant import Instant
from signals.decision.controls import Control
from signals.decision.learning import Overrule, Precision
from signals.events.event import Event
from signals.moments import ALL


class Batch(Protocol):
    """What a batch of work changed and made known."""

    recommendations: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    forwards: list[tuple[str, Event]]
    rows: dict[str, bytes | None]
    """Of the rows that changed, those that the engine could not hold any longer."""
    erased: list[str]
    failed: list[Failed]
    news: list[Event]
    old_news: list[Event]
    left: Event | None
    """The event that wasn't worked on yet, as more is due before it than was to fire at once."""


class Engine(Protocol):
    """The customers of one shard, in one writer's hands."""

    clock: Instant
    """How far event time has come."""

    @property
    def has_changed(self) -> bool:
        """Whether there are rows to take."""

    def take_rows(self) -> dict[str, bytes | None]:
        """The rows that changed since they last came out, encoded."""

    def keep_at_hand(self, rows: int) -> None:
        """Keep so many decoded rows from now on."""

    @property
    def timers_due(self) -> int:
        """Timers that came due since the engine was made."""

    @property
    def timers_fired(self) -> int:
        """Those of them that were worked on."""

    @property
    def late(self) -> int:
        """Events that came too late to fire anything."""

    @property
    def duplicates(self) -> int:
        """Events that had come before."""

    @property
    def row_hits(self) -> int:
        """How often a row was wanted that was at hand."""

    def free_slots(self, now: Instant) -> Mapping[str, int]:
        """How many slots each desk has now, of those with a limit whose slots are in this shard's hands."""

    def process(self, events: Iterable[Event], at_once: int = ALL, in_turns: bool = False) -> Batch:
        """Work on events in their order of arrival, up to one before which more than ``at_once`` timers are due; with
        ``in_turns`` these are left to ``go_on``, as is news for more customers than that."""

    def advance(self, now: Instant, at_once: int = ALL) -> Batch:
        """Time moves on without an event: what is due by ``now`` fires; what is more than ``at_once`` is left to
        ``go_on``."""

    def controls(self, now: Instant) -> Sequence[Control]:
        """What people steer with, as far as it counts now."""

    def precisions(self) -> Sequence[Precision]:
        """How often recommendations turned out right."""

    def overrules(self) -> Sequence[Overrule]:
        """How often people overruled what was decided here."""

    @property
    def is_behind(self) -> bool:
        """Whether timers, or customers whom news concerns, were left."""

    def go_on(self, at_once: int) -> Batch:
        """Fire so many of these timers, or tell so many of these customers."""

    def restore(self, rows: Iterable[tuple[str, bytes]], news: Iterable[Event], clock: Instant) -> None:
        """Rebuild what is kept beside the rows, after a start; of a row its head is enough."""

    def rearm(self, keys: Iterable[str]) -> Batch:
        """Give rows that another pack left their moments by this one's calendars."""

    def next_due(self) -> Instant:
        """The earliest moment that something waits for; ``NEVER`` when nothing does."""


Load = Callable[[str], bytes | None]
"""Gives the row of a key."""

Owns = Callable[[str], bool]
"""Says whether a key's row lives in the shard."""


class Engines(Protocol):
    """Makes the engines of all shards, by one pack."""

    @property
    def pack(self) -> Mapping[str, str]:
        """The pack: its ``name``, ``version`` and ``digest``."""

    def make(self, load: Load, owns: Owns) -> Engine:
        """The engine of one shard."""


ReadEngines = Callable[[str | None], Engines]
"""Reads the configuration and the pack as their files are now, or that pack in the folder that is given; raises
``PackError``."""


def is_empty(batch: Batch) -> bool:
    """Whether there is nothing to write down, besides rows to take."""
    parts: Sequence[object] = (batch.rows, batch.recommendations, batch.decisions, batch.forwards, batch.failed)
    return not any(parts)
