"""The queue's promises: its records, its errors and the ``Queue`` protocol.

Order of work, everywhere: priority, highest first; then what expires soonest; then id. A claim hands out the
claimer's own customers before all others.

A recommendation can be worked while its status is ``released``, its ``not_before`` has come, its ``expires`` has not,
nobody holds a lease on it, it is not snoozed, and no closing outcome has been told. The wall clock is always passed in.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import msgspec

from signals.calendar.instant import DAY, MINUTE, Instant

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


class Filter(msgspec.Struct, frozen=True):
    """What to list; fields left out match everything. ``available``: only what could be claimed now."""

    status: str | None = None
    desk: str | None = None
    owner: str | None = None
    trigger: str | None = None
    class_: str | None = None
    channel: str | None = None
    customer: str | None = None
    claimed_by: str | None = None
    available: bool = False


class Page(msgspec.Struct, frozen=True):
    """A page of items in order of work, and the cursor of the next page (``None``: this was the last)."""

    items: list[Item]
    cursor: str | None


class Claim(msgspec.Struct, frozen=True):
    """A wish for work: who asks, for how long, how many; limited to one desk, owner or single recommendation."""

    by: str
    lease: int
    """Seconds the claimer may keep what is handed out without renewing."""
    count: int = 1
    desk: str | None = None
    owner: str | None = None
    id: str | None = None


class Tally(msgspec.Struct, frozen=True):
    """How many decisions of one trigger ended (or wait) with one reason and status."""

    trigger: str
    reason: str
    status: str
    count: int


class Funnel(msgspec.Struct, frozen=True):
    """All decisions counted, with the candidates counted apart so that conservation can be checked."""

    candidates: dict[str, int]
    """Candidates per trigger, counted once when each was first seen."""
    tallies: list[Tally]

    @property
    def conserved(self) -> bool:
        """Whether, for every trigger, candidates equal the sum of their reasons (held ones included)."""
        sums: dict[str, int] = {}
        for tally in self.tallies:
            sums[tally.trigger] = sums.get(tally.trigger, 0) + tally.count
        return all(tally.count >= 0 for tally in self.tallies) and sums == self.candidates


class Desk(msgspec.Struct, frozen=True):
    """The state of one desk's queue."""

    desk: str
    available: int
    claimed: int
    waiting: int
    """Released, but not yet due or snoozed."""
    value: float
    """Total value of what is available."""
    oldest: Instant | None
    """When the oldest available recommendation was created."""
    expiring: int
    """How many of the available expire within a day."""


class Change(msgspec.Struct, frozen=True):
    """A changed recommendation and its place in the stream of changes."""

    sequence: int
    item: Item


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


class Recommendations(Protocol):
    """The newest revision of each recommendation."""

    near: bool
    """Whether ``get`` is answered sooner than another thread could be asked to."""

    def apply(self, revisions: Sequence[Mapping[str, Any]]) -> int:
        """Keep each revision that is newer than what is kept; returns how many were. Safe to repeat."""

    def get(self, id: str) -> Item | None:
        """One recommendation, or ``None``."""

    def list(self, filter: Filter, now: Instant, limit: int = 50, cursor: str | None = None) -> Page:
        """A page in order of work; raises ``ValueError`` when ``cursor`` is not one that an earlier page gave."""

    def changes(self, after: int, limit: int = 100) -> Sequence[Change]:
        """What changed after a place in the stream of changes (-1: only the last change); each at its newest."""

    def desks(self, now: Instant) -> Sequence[Desk]:
        """The state of every desk's queue."""


class WorkQueue(Protocol):
    """Handing out work. Every method raises ``Unknown`` or ``Conflict``."""

    def claim(self, claim: Claim, now: Instant) -> Sequence[Item]:
        """Hand out the next ``count`` recommendations under a lease; never one to two claimers at a time."""

    def renew(self, id: str, by: str, lease: int, now: Instant) -> Item:
        """Keep a claimed recommendation for ``lease`` more seconds from now."""

    def give_back(self, id: str, by: str, now: Instant) -> Item:
        """End a claim without an outcome."""

    def snooze(self, id: str, by: str, until: Instant, now: Instant) -> Item:
        """Put aside until a moment; ends the claim. Also for what nobody claimed."""

    def tell(self, id: str, outcome: str, again: Instant | None, now: Instant) -> Item:
        """Record an outcome. It is a fact, so it is taken whoever holds the lease; ``again``: offer it again then,
        ``None``: it is closed and never handed out again."""

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        """How many recommendations of each trigger have each outcome, by the last one told of each; never purged."""


class Latest(msgspec.Struct, frozen=True):
    """A page of decisions, and the cursor of the next page (``None``: this was the last)."""

    items: list[Record]
    cursor: str | None


class Decisions(Protocol):
    """The newest state of each decision, counted per day, trigger, reason and status."""

    def apply_decisions(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        """Count each decision once, moving it between counts when it changes. Safe to repeat."""

    def decision(self, id: str) -> Record | None:
        """One decision, or ``None`` when it is unknown or older than what is kept for look-up."""

    def decisions_of(self, customer: str) -> Sequence[Record]:
        """All that is kept of the decisions about one customer, oldest first."""

    def latest(self, limit: int = 50, reason: str | None = None, cursor: str | None = None) -> "Latest":
        """The decisions that changed last, newest first; one that changes later stands before the first page.

        Raises ``ValueError`` when ``cursor`` is not one that an earlier page gave.
        """

    def fired(self, days: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """Candidates created on these days (``YYYY-MM-DD``, UTC), per trigger and day."""

    def funnel(self, days: Sequence[str] | None = None) -> Funnel:
        """All counts, or those of candidates created on ``days`` (``YYYY-MM-DD``, UTC)."""


class Repeat(msgspec.Struct, frozen=True):
    """A request that was made before: a digest of what it ``said``, and the recommendations it led to (``None``: it is
    still under way)."""

    said: str
    ids: list[str] | None


UNDER_WAY = MINUTE
"""How long a request that never ended keeps its repeats waiting."""

REMEMBERED = DAY
"""How long repeats are known as such."""


class Repeats(Protocol):
    """Requests under a name (an idempotency key): made again, they lead to what they led to before."""

    def begin(self, name: str, said: str, now: Instant) -> Repeat | None:
        """Take the name; what it was taken for before, or ``None``: it is new, so do it and ``finish``."""

    def finish(self, name: str, said: str, ids: list[str], now: Instant) -> None:
        """Remember what the request led to."""

    def give_up(self, name: str) -> None:
        """It led to nothing: forget the name."""


class Queue(Recommendations, WorkQueue, Decisions, Repeats, Protocol):
    """The whole of it, with what privacy and upkeep need."""

    def erase(self, customer: str) -> int:
        """Forget everything of a customer and refuse it from now on; counts stay. Returns how many records went."""

    def erased(self, after: int) -> Sequence[str]:
        """The one-way marks of some erased customers, in the order of their erasure, without the first ``after``."""

    def purge(self, before: Instant) -> int:
        """Drop recommendations that expired before a moment and can't be worked any more; returns how many."""

    def check(self) -> None:
        """Raise the store's error when it can't be reached."""

    def close(self) -> None:
        """Let go of the store."""
