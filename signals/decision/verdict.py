"""What a gate says, and the case it says it about."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.decision.controls import Controls
from signals.decision.value import Value, engagement_value
from signals.pack.environment import Environment
from signals.recommendation.window import ContactWindow, window_of
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
    detail: str
    reason: str = ""
    until: Instant = 0
    ghost: bool = False
    """Decided to the end, and then not released: to prove the effect, or in shadow."""


class Case(msgspec.Struct):
    """One candidate before the gates; gates narrow ``channels`` to those that may be used.

    Value and window are worked out when they are first asked for: most cases end before.
    """

    candidate: Candidate
    customer: Customer
    environment: Environment
    now: Instant
    channels: list[str]
    controls: Controls
    rivals: list[Case] = []
    gates: list[tuple[str, Verdict]] = []
    """What each gate said, by its name."""
    verdict: Verdict | None = None
    known_value: Value | None = None
    known_window: ContactWindow | None = None

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
            self.known_window = window_of(self.candidate, self.environment)
        return self.known_window

    @property
    def shadow(self) -> bool:
        """Whether the trigger is in shadow: decided, never released, unless a person wants it all the same."""
        if self.controls.untouched:
            return False
        candidate = self.candidate
        names = (candidate.name, candidate.trigger.name)
        steered = any(self.controls.value("shadow", name, self.now) is not None for name in names)
        return steered and candidate.overruled != "KILL_SWITCH"

    @property
    def is_sales(self) -> bool:
        """Whether the play is of the sales class."""
        return self.candidate.trigger.class_ == "sales"

    @property
    def priority(self) -> float:
        """probability × value × urgency × owner fit."""
        candidate = self.candidate
        urgency = candidate.trigger.play.urgency
        return round(candidate.probability * self.value.total * urgency * self.owner_fit, 6)

    @property
    def owner_fit(self) -> float:
        """How well the desk fits: a customer with an adviser of their own is best helped by that person."""
        return OWN_ADVISER if self.customer.profile.get("owner") else 1.0


OWN_ADVISER = 1.2


@lru_cache(maxsize=1_000)  # gates mostly say the same few things
def passed(detail: str) -> Verdict:
    """The candidate may go on."""
    return Verdict("pass", detail)


def rejected(reason: str, detail: str) -> Verdict:
    """The candidate ends here, for this reason."""
    return Verdict("reject", detail, reason)


def ghost(reason: str, detail: str) -> Verdict:
    """The candidate would have been released, but for this reason."""
    return Verdict("reject", detail, reason, ghost=True)


def held(reason: str, detail: str, until: Instant) -> Verdict:
    """The candidate waits until that moment."""
    return Verdict("hold", detail, reason, until)
