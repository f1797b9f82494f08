"""What people did in a CRM system with the rows we wrote there, as a sink reads it back."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import msgspec

from streams.sinks.delivery import Verdict


class Reported(msgspec.Struct, frozen=True):
    """One row whose state says what became of a recommendation; ``state`` is the CRM's own word for it."""

    recommendation: str
    state: str
    changed: str
    """When the row was last changed, as the CRM writes times."""


class Reading(msgspec.Struct, frozen=True):
    """One look: what was reported, oldest change first, or in ``verdict`` why nothing could be read."""

    verdict: Verdict
    reported: Sequence[Reported] = ()
    next: str = ""
    """Where the CRM says that the next page lies; empty: there is none."""


@runtime_checkable
class Reporting(Protocol):
    """A sink whose receiver tells outcomes."""

    @property
    def name(self) -> str:
        """The name it is configured under."""

    async def read(self, since: str, page: str = "") -> Reading:
        """Rows that were changed at or after a moment as the CRM writes it (empty: all), a page of them: the first, or
        that to which the one before pointed."""
