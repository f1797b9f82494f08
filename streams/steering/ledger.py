"""The ledger: the audit log, every control ever set, and proposals that wait for a second person."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from signals.calendar.instant import Instant
from signals.decision.controls import Control

State = Literal["open", "approved", "refused", "expired"]
Asked = Literal["restart", "pack"]


class Entry(msgspec.Struct, frozen=True):
    """One line of the audit log: who did what, to what, and why; never personal data of customers."""

    time: Instant
    by: str
    key: str
    """The name of the API key it was done with."""
    did: str
    about: str
    why: str = ""


class Proposal(msgspec.Struct, frozen=True):
    """Something that takes two: to start again after a stop of everything, or to decide by another pack."""

    id: str
    asked: Asked
    by: str
    author: str
    """The identity that counts for "another person": the API key's name, or without keys the name given."""
    why: str
    made: Instant
    expires: Instant
    state: State = "open"
    pack: dict[str, Any] | None = None
    """``name``, ``version``, ``digest``, ``place``, and the ``difference`` to the pack that decided then."""
    decided: Instant | None = None
    decided_by: str | None = None
    said: str = ""

    def at(self, now: Instant) -> "Proposal":
        """As it stands now: what nobody decided in time has expired."""
        late = self.state == "open" and now >= self.expires
        return msgspec.structs.replace(self, state="expired") if late else self


class Ledger(Protocol):
    """Keeps it; called from many threads."""

    def note(self, entry: Entry) -> None:
        """Write a line of the audit log."""

    def entries(self, limit: int = 50, before: int | None = None) -> Sequence[tuple[int, Entry]]:
        """The last lines with their numbers, newest first; those before a number."""

    def keep(self, control: Control) -> None:
        """Keep a control that was set."""

    def controls(self) -> Sequence[Control]:
        """Every control ever set, oldest first."""

    def write(self, proposal: Proposal, instead: State | None = None) -> bool:
        """Keep a proposal; with ``instead`` only when that is its state so far. Returns whether it was kept."""

    def proposal(self, id: str) -> Proposal | None:
        """One proposal."""

    def proposals(self, limit: int = 20) -> Sequence[Proposal]:
        """The last proposals, newest first."""

    def close(self) -> None:
        """Let go of the store."""
