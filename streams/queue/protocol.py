"""The queue's promises: its records, its errors and the ``Queue`` protocol.

Order of work, everywhere: priority, highest first; then what expires soonest; then id. A claim hands out the
claimer's own customers before all others.

A recommendation can be worked while its status is ``released``, its ``not_before`` has come, its ``expires`` has not,
nobody holds a lease on it, it is not snoozed, and no closing outcome has been told. The wall clock is always passed in.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from signals.calendar.instant import DAY, MINUTE, Instant
from streams.queue.work import Item, Record, WorkQueue


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
        """Drop some recommendations that expired before a moment and that nobody holds; returns how many.

        0: none is left. From then on ``apply`` takes in nothing new that expired before it: what went stays away.
        """

    def check(self) -> None:
        """Raise the store's error when it can't be reached."""

    def close(self) -> None:
        """Let go of the store."""
