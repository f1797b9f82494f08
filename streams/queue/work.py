"""Work on recommendations: what stands beside each, the steps that people take, and why one can't be taken.

The wall clock is always passed in.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import msgspec

from signals.calendar.instant import Instant

Record = dict[str, Any]
"""A recommendation or a decision as JSON object, in the shape of the published contract."""


class Work(msgspec.Struct, frozen=True):
    """What people did with a recommendation; kept beside the engine's record, never overwritten by a revision."""

    claimed_by: str | None = None
    lease_until: Instant | None = None
    snoozed_until: Instant | None = None
    outcome: str | None = None
    closed: bool = False


class Item(msgspec.Struct, frozen=True, dict=True):
    """One recommendation, as the JSON it is kept in, and the work on it."""

    body: bytes
    work: Work

    @cached_property
    def recommendation(self) -> Record:
        """The recommendation; who only passes it on has no need to read it."""
        record: Record = msgspec.json.decode(self.body)
        return record

    def told(self) -> Record:
        """All of it as one record."""
        return {"recommendation": self.recommendation, "work": msgspec.to_builtins(self.work)}


class Claim(msgspec.Struct, frozen=True):
    """A wish for work: who asks, for how long, how many; limited to one desk, owner or single recommendation."""

    by: str
    lease: int
    """Seconds the claimer may keep what is handed out without renewing."""
    count: int = 1
    desk: str | None = None
    owner: str | None = None
    id: str | None = None


class Get(msgspec.Struct, frozen=True):
    """Read one."""

    id: str


class Renew(msgspec.Struct, frozen=True):
    """Keep what is claimed for ``lease`` more seconds from now."""

    id: str
    by: str
    lease: int


class GiveBack(msgspec.Struct, frozen=True):
    """End a claim without an outcome."""

    id: str
    by: str


class Snooze(msgspec.Struct, frozen=True):
    """Put aside until a moment; ends the claim. Also for what nobody claimed."""

    id: str
    by: str
    until: Instant


class Tell(msgspec.Struct, frozen=True):
    """Record an outcome. It is a fact, so it is taken whoever holds the lease; ``again``: offer it again then,
    ``None``: it is closed and never handed out again."""

    id: str
    outcome: str
    again: Instant | None


Step = Get | Claim | Renew | GiveBack | Snooze | Tell


class Unknown(LookupError):
    """No recommendation has this id."""


CONFLICTS = {
    "NOT_HELD": "the claim has ended or is somebody else's; claim it again",
    "HELD_BY_ANOTHER": "somebody else has claimed the recommendation; take another or wait until their lease ends",
    "NOT_OPEN": "the recommendation is no longer open; read it again to see why",
    "OUTSIDE_WINDOW": "now is outside the recommendation's window, from not_before until expires",
}


class Conflict(Exception):
    """The recommendation can't be changed so now; ``code`` (of ``CONFLICTS``) and the message say why."""

    def __init__(self, code: str) -> None:
        super().__init__(CONFLICTS[code])
        self.code = code


Done = list[Item] | Unknown | Conflict
"""What a step led to: the recommendations as they are after it, or why it can't be taken."""


class WorkQueue(Protocol):
    """Handing out work. A claim never gives one recommendation to two claimers at a time."""

    def take(self, steps: Sequence[Step], now: Instant) -> Sequence[Done]:
        """Take each step, all in one go; one that can't be taken does not hold up the others."""

    def claim(self, claim: Claim, now: Instant) -> Sequence[Item]:
        """Take this step alone; raises ``Unknown`` or ``Conflict``."""
        return self._alone(claim, now)

    def renew(self, id: str, by: str, lease: int, now: Instant) -> Item:
        """The same."""
        return self._alone(Renew(id, by, lease), now)[0]

    def give_back(self, id: str, by: str, now: Instant) -> Item:
        """The same."""
        return self._alone(GiveBack(id, by), now)[0]

    def snooze(self, id: str, by: str, until: Instant, now: Instant) -> Item:
        """The same."""
        return self._alone(Snooze(id, by, until), now)[0]

    def tell(self, id: str, outcome: str, again: Instant | None, now: Instant) -> Item:
        """The same."""
        return self._alone(Tell(id, outcome, again), now)[0]

    def _alone(self, step: Step, now: Instant) -> list[Item]:
        [done] = self.take([step], now)
        if isinstance(done, Exception):
            raise done
        return done

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        """How many recommendations of each trigger have each outcome, by the last one told of each; never purged."""
