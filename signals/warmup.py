"""Warm-up: history builds state and fires nothing, neither when it is read nor at the due moments it passes."""

import msgspec

from signals.calendar.instant import Instant
from signals.events.event import Event

WARMUP = "\x00warmup"
"""The key under which a shard remembers how far its history reaches; no subject begins so."""

_Kept = tuple[Instant, bool]


class WarmUp(msgspec.Struct):
    """How far the history reaches that was read before anything live: moments up to then have passed.

    A shard sees but a part of the history. A ``clock.ticked`` marked as history says how far all of it reaches.
    """

    until: Instant = 0
    over: bool = False
    changed_since_encoded: bool = False

    def note(self, event: Event) -> None:
        """Take an event into account, in the order of arrival."""
        if self.over:
            return
        if event.warmup:
            self.until = max(self.until, event.time)
            self.changed_since_encoded = True
        elif event.subject:
            self.over = True
            self.changed_since_encoded = self.until > 0

    def encode(self) -> bytes:
        """What is to be known after a start."""
        self.changed_since_encoded = False
        return msgspec.msgpack.encode((self.until, self.over))

    def restore(self, row: bytes) -> None:
        """Take up what was known."""
        self.until, self.over = msgspec.msgpack.decode(row, type=_Kept)
