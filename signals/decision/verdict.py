"""What a gate says, and the case it says it about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.decision.controls import Controls
from signals.decision.learning import Learning, segment_of
from signals.decision.skills import desk_for
from signals.decision.value import Value, engagement_value
from signals.pack.environment import Environment
from signals.recommendation.window import ContactWindow, closes_of, window_of
from signals.scene import Candidate

REASONS = (
    "KILL_SWITCH",
    "ERASED",
    "DUPLICATE",
    "LATE",
    "WARMUP",
    "NO_CONSENT",
    "CONSENT_EXPIRED",
    "OBJECTED",
    "CARE_GUARD",
    "PROMISE_FIRST",
    "LOW_CONFIDENCE",
    "NO_ADDRESS",
    "FREQ_CAP",
    "SUPERSEDED",
    "LOW_VALUE",
    "HOLDOUT",
    "RELEASED",
    "QUIET_HOURS",
    "CAPACITY",
    "EXPIRED",
    "WITHDRAWN",
    "OVERRULED",
)
"""The closed list of reasons: those of the gates in order, the two that hold, and how what was held may end."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """A gate's word: pass, reject with a reason, or hold until a moment."""

    verdict: Literal["pass", "reject", "hold"]
    words: str
    """Why, with a place (``%s``, ``%.2f``) for each of the facts."""
    facts: tuple[object, ...] = ()
    reason: str = ""
    """Why it goes no further; a gate that lets it pass has none."""
    until: Instant = 0
    ghost: bool = False
    """Decided to the end, and then not released: to prove the effect, or in shadow."""

    def detail(self) -> str:
        """Why, in full; put together only for who asks."""
        return self.words % self.facts if self.facts else self.words


class Case(msgspec.Struct, eq=False):
    """One candidate before the gates; gates narrow ``channels`` to those that may be used.

    Value, window and desk are worked out when they are first asked for: most cases end before.
    """

    candidate: Candidate
    customer: Customer
    environment: Environment
    now: Instant
    channels: list[str]
    controls: Controls
    learning: Learning
    is_sales: bool
    """Whether the play is of the sales class."""
    shadow: bool
    """Whether the trigger is in shadow: decided, never released, unless a person wants it all the same."""
    rivals: list[Case] = []
    """All of its moment that came to arbitration, best first."""
    asked: Gates = ()
    """The gates it came to, in order; it may have been stopped before the last of them."""
    said: list[Verdict] = []
    """What each of them said."""
    verdict: Verdict | None = None
    moment: Moment | None = None
    known_value: Value | None = None
    known_window: ContactWindow | None = None
    known_closes: Instant | None = None
    known_priority: float | None = None
    """What it is supposed to be, in a counterfactual; else what was worked out, where no channel changes it."""
    known_desk: str | None = None

    @property
    def value(self) -> Value:
        """The customer's engagement value at this moment."""
        if self.known_value is None:
            self.known_value = engagement_value(self.customer, self.environment, self.now)
        return self.known_value

    @property
    def window(self) -> ContactWindow:
        """When contact makes sense."""
        if self.known_window is None:
            self.known_window = window_of(self.candidate, self.environment, self.closes)
        return self.known_window

    @property
    def closes(self) -> Instant:
        """The moment from which on contact makes no sense."""
        if self.known_closes is None:
            self.known_closes = closes_of(self.candidate, self.environment)
        return self.known_closes

    @property
    def desk(self) -> str:
        """The desk that would work on it."""
        if self.known_desk is None:
            self.known_desk = desk_for(self.candidate, self.environment)
        return self.known_desk

    @property
    def probability(self) -> float:
        """How probable it is that the need is there, after what was learnt of its like on the channel to be used."""
        candidate = self.candidate
        if self.learning.is_empty:
            return candidate.probability
        channel = self.channels[0] if self.channels else candidate.trigger.play.channels[0]
        return self.learning.calibrated(candidate.probability, candidate.name, channel, self.segment, self.now)

    @property
    def segment(self) -> str:
        """The part of all people that the customer belongs to."""
        return segment_of(self.customer)

    @property
    def priority(self) -> float:
        """probability × value × urgency × owner fit."""
        if self.known_priority is not None:
            return self.known_priority
        urgency = self.candidate.trigger.play.urgency
        priority = round(self.probability * self.value.total * urgency * self.owner_fit, 6)
        if self.learning.is_empty:
            self.known_priority = priority
        return priority

    @property
    def owner_fit(self) -> float:
        """How well the desk fits: a customer with an adviser of their own is best helped by that person."""
        return OWN_ADVISER if self.customer.profile.get("owner") else 1.0


Gate = Callable[[Case], Verdict]
"""One step of the decision."""

Gates = tuple[tuple[str, Gate], ...]
"""Gates by their names, in order."""


class Moment(msgspec.Struct, eq=False):
    """What is decided together: the cases of one customer's moment, and the gate of capacity."""

    cases: list[Case]
    has_slot: Callable[[Case], Verdict]


OWN_ADVISER = 1.2


def saying(verdict: Verdict) -> Gate:
    """A gate that says the same of every case."""
    return lambda case: verdict


def passed(words: str, *facts: object) -> Verdict:
    """The candidate may go on."""
    return Verdict("pass", words, facts)


def rejected(reason: str, words: str, *facts: object) -> Verdict:
    """The candidate ends here, for this reason."""
    return Verdict("reject", words, facts, reason)


def ghost(reason: str, words: str, *facts: object) -> Verdict:
    """The candidate would have been released, but for this reason."""
    return Verdict("reject", words, facts, reason, ghost=True)


def held(reason: str, until: Instant, words: str, *facts: object) -> Verdict:
    """The candidate waits until that moment."""
    return Verdict("hold", words, facts, reason, until)
