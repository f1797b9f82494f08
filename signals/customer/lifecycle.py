"""Where a customer stands with us at a moment, and why we say so."""

import msgspec

from signals.calendar.instant import DAY, LATEST, Instant
from signals.customer.experience import experience_index, experiences
from signals.customer.facts import Policy
from signals.customer.state import Customer

NEW_FOR = 90 * DAY
_LEAVING_FOR = 30 * DAY
_AT_RISK_FOR = 60 * DAY
_LAPSED_AFTER = 365 * DAY
"""Without a contract, who ordered nothing for a year has lapsed."""
_POOR_EXPERIENCE = 0.75
_BREAKUP = "guard.breakup"
_LEAVING = ("relationship.cancel_intent", _BREAKUP)
_AT_RISK = (
    "relationship.switch_intent",
    "relationship.growing_apart",
    "relationship.detractor",
    "relationship.silence",
)


class Stage(msgspec.Struct, frozen=True):
    """One of prospect, new, active, at_risk, leaving and lapsed, with the condition that made it so."""

    name: str
    because: str


def lifecycle_stage(customer: Customer, now: Instant) -> Stage:
    """The first of these that holds: prospect, lapsed, leaving, at_risk, new, active."""
    if not customer.policies and not customer.orders:
        return Stage("prospect", "has no contract and never ordered")
    gone = _lapsed(customer, now)
    if gone:
        return Stage("lapsed", gone)
    leaving = _said_lately(customer, _LEAVING, now - _LEAVING_FOR)
    if leaving == _BREAKUP and _came_back(customer, customer.episodes[_BREAKUP].started):
        leaving = ""
    leaving = leaving or _cancelled_lately(customer, now)
    if leaving:
        return Stage("leaving", leaving)
    risk = _said_lately(customer, _AT_RISK, now - _AT_RISK_FOR) or _at_risk(customer, now)
    if risk:
        return Stage("at_risk", risk)
    began = _began(customer)
    if now < began:
        return Stage("new", f"becomes a customer in {-((now - began) // DAY)} days")
    if now - began < NEW_FOR:
        return Stage("new", f"became a customer {(now - began) // DAY} days ago")
    return Stage("active", "has a contract" if customer.policies else "orders")


def _lapsed(customer: Customer, now: Instant) -> str:
    if any(policy.active for policy in customer.policies.values()):
        return ""
    ended = max(map(_gone_since, customer.policies.values()), default=0)
    ordered = customer.buying.last if customer.buying is not None else 0
    if now - ordered <= _LAPSED_AFTER:
        return ""
    if ended:
        return "" if now - ended <= _LEAVING_FOR else f"the last contract ended {(now - ended) // DAY} days ago"
    return f"last ordered {(now - ordered) // DAY} days ago" if ordered else "no contract is active"


def _said_lately(customer: Customer, triggers: tuple[str, ...], since: Instant) -> str:
    for trigger in triggers:
        episode = customer.episodes.get(trigger)
        if episode is not None and episode.started >= since:
            return trigger
    return ""


def _came_back(customer: Customer, since: Instant) -> bool:
    """Whether what they cancelled then began anew, under whatever number."""
    policies = customer.policies.values()
    left = {policy.product for policy in policies if policy.ended is not None and policy.ended >= since}
    return left <= {policy.product for policy in policies if policy.active and (policy.settled or 0) >= since}


def _cancelled_lately(customer: Customer, now: Instant) -> str:
    lately = [key for key, policy in sorted(customer.policies.items()) if now - _gone_since(policy) <= _LEAVING_FOR]
    active = any(policy.active for policy in customer.policies.values())
    return "" if active or not lately else f"ended {lately[0]}"


def _gone_since(policy: Policy) -> Instant:
    """When a contract was given up, or the later day to which it still runs; never ending is no day."""
    ended, runs_until = policy.ended or 0, policy.runs_until or 0
    return max(ended, runs_until) if runs_until < LATEST else ended


def _at_risk(customer: Customer, now: Instant) -> str:
    if any(case.status in ("opened", "answered") for case in customer.complaints.values()):
        return "an open complaint"
    index = experience_index(experiences(customer, now), now)
    return f"an experience of {index:.2f}" if index < _POOR_EXPERIENCE else ""


def _began(customer: Customer) -> Instant:
    starts = [policy.started for policy in customer.policies.values() if policy.started is not None]
    if customer.buying is not None:
        starts.append(customer.buying.first)
    return min(starts, default=customer.created)
