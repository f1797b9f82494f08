"""One delivery, what can become of it, and what a sink is."""

from enum import StrEnum
from typing import Any, Protocol

import msgspec

Record = dict[str, Any]


class Delivery(msgspec.Struct, frozen=True):
    """One revision of a recommendation for one sink; ``attempts`` counts those that failed."""

    number: int
    sink: str
    record: Record
    attempts: int
    told_there: bool = False
    """Whether people told the outcome in that system."""

    @property
    def erases(self) -> bool:
        """Whether the receiver is to forget what it was told of this recommendation."""
        return bool(self.record.get("erased"))

    @property
    def closed_there(self) -> bool:
        """Whether the receiver itself says how it ended, in people's own words: these stay."""
        return self.told_there and self.record["status"] == "done"

    @property
    def message(self) -> str:
        """The same for every attempt, so that receivers can tell a repetition."""
        return f"{self.record['id']}.{self.record['revision']}"


class Fate(StrEnum):
    """What became of an attempt."""

    DELIVERED = "delivered"
    LATER = "later"
    """It failed; another attempt may succeed."""
    NEVER = "never"
    """The receiver will never take this one; a person has to look at it."""
    GONE = "gone"
    """The receiver wants nothing any more."""


class Verdict(msgspec.Struct, frozen=True):
    """The fate of an attempt, in words, and how many seconds the receiver asked us to wait."""

    fate: Fate
    why: str = ""
    wait: float | None = None


DELIVERED = Verdict(Fate.DELIVERED)


class Sink(Protocol):
    """A receiver of recommendations."""

    @property
    def name(self) -> str:
        """The name it is configured under."""

    async def deliver(self, delivery: Delivery) -> Verdict:
        """Make one attempt. Errors of the connection may be raised: they count as ``LATER``."""
