"""What a batch of work changed and made known, and what is on its way to other shards while it goes on."""

from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from signals.calendar.instant import Instant
from signals.events.event import Event

EVERYBODY = ""
"""In place of a subject: what is forwarded is for all other shards."""


class Failed(msgspec.Struct, frozen=True):
    """A due moment, or news, on which the engine failed for a customer: it is off their list, and time goes on."""

    customer: str
    owner: str
    key: str
    due: Instant
    error: str
    """The kind of error."""


class Batch(msgspec.Struct):
    """What a batch of work changed and made known."""

    recommendations: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    forwards: list[tuple[str, Event]]
    rows: dict[str, bytes | None]
    erased: list[str] = []
    """Subjects to be forgotten everywhere, once the rest is known."""
    failed: list[Failed] = []
    news: list[Event] = []
    """Market news to be kept for customers who come later."""
    old_news: list[Event] = []
    """Of what was kept before: it concerns nobody any more."""
    left: Event | None = None
    """The event that wasn't worked on yet, as more is due before it than was to fire at once."""


class Outbox:
    """What other shards are to hear (none when this one is ``alone``), and who is to be forgotten everywhere."""

    def __init__(self, alone: bool) -> None:
        self._alone = alone
        self._forwards: list[tuple[str, Event]] = []
        self._erased: list[str] = []

    def forward(self, subject: str, event: Event) -> None:
        """Send an event about this subject to the shard that owns it."""
        self.send(subject, replace(event, subject=subject))

    def send(self, key: str, event: Event) -> None:
        """Send an event, whoever it is about, to the shard that owns ``key``."""
        self._forwards.append((key, event))

    def tell_everybody(self, event: Event) -> None:
        """Send an event to all other shards."""
        if not self._alone:
            self._forwards.append((EVERYBODY, event))

    def erase(self, subject: str) -> None:
        """Have a subject forgotten everywhere."""
        self._erased.append(subject)

    def take(self) -> tuple[list[tuple[str, Event]], list[str]]:
        """The events on their way and the erased subjects since the last time."""
        taken = self._forwards, self._erased
        self._forwards, self._erased = [], []
        return taken


class Kept(Protocol):
    """State of a shard that is kept beside its customers, as one row."""

    changed_since_encoded: bool

    def encode(self) -> bytes:
        """The state as bytes."""

    def restore(self, row: bytes) -> None:
        """Take up an encoded state."""
