"""What the API needs of the thing it fronts: the embedded node, or the cluster's side of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from signals.calendar.instant import Instant
from signals.decision.controls import Control
from signals.decision.learning import Overrule, Precision
from signals.events.decode import Rejected
from signals.recommendation.visit import Visit
from streams.queue import Queue
from streams.sources.quarantine import Quarantined
from streams.steering import Names
from streams.steering.ledger import Ledger

Record = dict[str, Any]


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one event that came in: ``reason``, ``field`` and ``detail`` say why it was quarantined."""

    id: str | None
    status: Literal["accepted", "duplicate", "quarantined"]
    reason: str | None = None
    field: str | None = None
    detail: str | None = None


class _Named(msgspec.Struct):
    id: str | None = None


def refused(why: Rejected, raw: bytes) -> Receipt:
    """The receipt of an event that was quarantined, by the id that it has if that can be read."""
    try:
        named = msgspec.json.decode(raw, type=_Named).id
    except (msgspec.MsgspecError, RecursionError):
        named = None
    return Receipt(named, "quarantined", why.reason, why.field, why.detail)


class Busy(Exception):
    """It can't be done now: too much at once, or a part is away. The caller should try again after ``seconds``."""

    def __init__(self, seconds: int, why: str = "too much at once") -> None:
        super().__init__(f"{why}; try again in {seconds} s")
        self.seconds = seconds


class Node(Protocol):
    """One running engine, seen from outside. Called from many threads at once."""

    @property
    def queue(self) -> Queue:
        """The work queue and read model."""

    def now(self) -> Instant:
        """The present: the wall clock, or in a demonstration the moment its history has reached."""

    def ingest(self, events: Sequence[bytes]) -> Sequence[Receipt]:
        """Keep structured CloudEvents, each as the bytes that came in; once this returns they can't be lost.

        Answers one receipt for each, in order. Raises ``Busy`` when nothing was kept.
        """

    def refuse(self, quarantined: Sequence[Quarantined]) -> None:
        """Keep what could not become an event, with its reason."""

    def quarantined_records(self) -> Iterator[Record]:
        """All that is in quarantine, the oldest of a part first; read while it is taken. Raises ``Busy``."""

    def redrive(self, reason: str | None = None) -> int:
        """Send in again what is in quarantine (only for one ``reason``, if given); returns how many records went in.

        What is still no good is quarantined anew, or stays. Raises ``PackError`` for a wrong tracking file, ``Busy``.
        """

    def customer(self, subject: str) -> Mapping[str, Any] | None:
        """A customer's journey, beliefs, guards and timers, by any of their subjects; ``None`` when unknown."""

    def visit(self, subject: str) -> Visit:
        """What may be shown to somebody who is on the site, by any of their subjects. Never waits for the engine."""

    def explain(self, id: str) -> Mapping[str, Any] | None:
        """One decision or recommendation with all that led to it; ``None`` when unknown."""

    def operations(self) -> Mapping[str, Any]:
        """What the operations page shows beside the queue; see ``streams/page/operations.py`` for its parts."""

    @property
    def ledger(self) -> Ledger:
        """The audit log, the log of controls, and proposals."""

    def names(self) -> Names:
        """What can be steered."""

    def sayings(self) -> Mapping[str, str]:
        """What the pack says of evidence in English, each with its Dutch."""

    def controls(self) -> list[Control]:
        """The controls that count now."""

    def steer(self, control: Control) -> None:
        """Put a control into the stream of events; it holds for the next decision."""

    def compare_pack(self, files: Mapping[str, str]) -> Record:
        """Keep a pack to be proposed, and tell what it changes on recent events; raises ``PackError``, ``Refused``."""

    def compare_earlier(self) -> Record:
        """The pack that decided before this one, and what going back to it changes; raises as ``compare_pack``."""

    def take_over(self, pack: Mapping[str, Any]) -> None:
        """Decide by an approved pack from now on; raises ``PackError``, ``Refused``."""

    def precisions(self) -> Sequence[Precision]:
        """How often recommendations turned out right; nothing where the workers tell it themselves."""

    def overrules(self) -> Sequence[Overrule]:
        """How often people overruled what was decided."""

    def try_again(self, sink: str) -> None:
        """Give the dead letters of a sink another try; those overtaken by a delivered newer change stay."""

    def ailing(self) -> Mapping[str, str]:
        """What doesn't work beside that, by part with the reason; empty when all is well."""

    def check(self) -> None:
        """Raise, with what to do about it, when the node can't take events or give answers now."""
