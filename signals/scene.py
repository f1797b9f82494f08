"""The scene: what a condition or a rule sees while one event, or one due moment, is worked on."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import msgspec

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.customer.underway import Evidence
from signals.events.event import Event

if TYPE_CHECKING:
    from signals.pack.environment import CompiledTrigger, Environment
    from signals.text import Mention


class Candidate(msgspec.Struct):
    """A fired trigger on its way through the gates."""

    trigger: CompiledTrigger
    name: str
    key: str
    fired: Instant
    probability: float
    evidence: list[Evidence]
    anchor: Instant
    words: dict[str, str]
    late: bool = False
    warmup: bool = False
    duplicate: bool = False
    not_before: Instant | None = None
    episode: str = ""
    cause: str = ""
    """The event behind it, or what became due: tells candidates of one episode apart."""
    overruled: frozenset[str] = frozenset()
    """The reasons that a person overruled: refused or held for them before, it is wanted all the same."""
    denied: Evidence | None = None
    """What came in before it, out of order, and had ended the need later than it arose."""


class Withdrawal(msgspec.Struct, frozen=True):
    """The need behind a trigger vanished: its live recommendations about ``key`` (None: all) end.

    With ``only_before`` those stay whose anchor (the moment something was due) lies before that moment; with
    ``ended`` (when it did) those that rest on nothing from before that, or with ``fired`` those that fired after it;
    and where it is ``late`` those that fired before it. Where the need may turn out to have been there all the same,
    ``over`` tells since when it isn't.
    """

    trigger: str
    key: str | None
    only_before: Instant | None = None
    ended: Instant | None = None
    fired: bool = False
    late: bool = False
    over: Instant | None = None


class Correction(msgspec.Struct, frozen=True):
    """What a trigger's evidence is, since the last denial: what rests on none of it may not go on as it is.

    Where it is about a ``key``, what speaks of that says what is ``told``: why, what to say and the evidence.
    """

    trigger: CompiledTrigger
    standing: list[Evidence]
    key: str | None = None
    told: dict[str, Any] | None = None


class Return(msgspec.Struct, frozen=True):
    """A recommendation that was withdrawn is needed all the same, as came in late."""

    recommendation: str


class Scene:
    """One moment of one customer: the event (or None at a due moment), its parts, and what fired."""

    __slots__ = (
        "about",
        "candidates",
        "customer",
        "data",
        "environment",
        "event",
        "evidence",
        "history",
        "item",
        "late",
        "mention",
        "now",
        "spoken",
        "warmup",
        "withdrawals",
    )

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.candidates: list[Candidate] = []
        self.withdrawals: list[Withdrawal | Correction | Return] = []
        self.event: Event | None = None
        self.data: dict[str, Any] = {}
        self.item: Any = None
        self.about = ""
        """What a moment that is asked for is about."""
        self.mention: Mention | None = None
        self.evidence: Evidence | None = None
        self.spoken: Collection[str] | None = None
        self.now: Instant = 0
        self.late = False
        self.warmup = False
        self.history: Instant = 0
        """Until when all moments are history."""
        self.customer: Customer

    def at_event(self, customer: Customer, event: Event, late: bool) -> None:
        """Move on to an event of this customer."""
        self.customer = customer
        self.event = event
        self.data = event.data
        self.now = event.time
        self.late = late
        self.warmup = event.warmup or event.time < self.environment.warmup_until
        self.item = self.mention = self.evidence = self.spoken = None

    def at_mention(self, mention: Mention | None) -> None:
        """Move on to a mention in the event's text; None after the last."""
        self.mention = mention
        self.evidence = None

    def spoken_of(self) -> Collection[str]:
        """The triggers of what is live or refused when rules look at this moment; withdrawals concern only those."""
        if self.spoken is None:
            self.spoken = self.customer.spoken_of()
        return self.spoken

    def withdraw(self, withdrawal: Withdrawal) -> None:
        """The need behind a trigger vanished; of no consequence where nothing is live or refused because of it."""
        if withdrawal.trigger in self.spoken_of():
            self.withdrawals.append(withdrawal)

    def correct(self, trigger: CompiledTrigger, standing: list[Evidence]) -> None:
        """Something was denied, and what was told since suffices; of no consequence where nothing speaks of it."""
        if trigger.name in self.spoken_of():
            self.withdrawals.append(Correction(trigger, standing))

    def at_moment(self, customer: Customer, now: Instant) -> None:
        """Move on to a due moment of this customer."""
        self.customer = customer
        self.event = None
        self.data = {}
        self.now = now
        self.late = False
        self.warmup = now < self.environment.warmup_until or now <= customer.warmed or now <= self.history
        self.item = self.mention = self.evidence = self.spoken = None
