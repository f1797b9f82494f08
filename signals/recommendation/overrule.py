"""The person's last word: what was refused may be released, what was released be stopped, by name and with a reason.

Not over ERASED and OBJECTED. Only the gate that refused (or holds) is overruled; every other gate still speaks, so no
guard and no objection is got round by overruling something else.
"""

from typing import Any

from signals.customer.bounds import REFUSED_KEPT
from signals.customer.state import Customer
from signals.customer.underway import Live, Refused
from signals.decision.verdict import Case
from signals.pack.environment import CompiledTrigger
from signals.recommendation.naming import decision_id, recommendation_id
from signals.scene import Candidate

FINAL = frozenset({"ERASED", "OBJECTED", "DUPLICATE", "WARMUP", "EXPIRED"})
"""Reasons that nobody overrules: the two of the law, and those for which there is nothing to release."""


def remember_refusal(case: Case) -> None:
    """Keep a refused candidate at hand, unless its reason is final."""
    verdict, candidate, customer = case.verdict, case.candidate, case.customer
    assert verdict is not None
    if verdict.reason in FINAL:
        return
    refused = Refused(
        decision=decision_id(customer.key, candidate),
        recommendation=recommendation_id(customer.key, candidate.name, candidate.episode),
        episode=candidate.episode,
        reason=verdict.reason,
        trigger=candidate.trigger.name,
        name=candidate.name,
        key=candidate.key,
        fired=candidate.fired,
        anchor=candidate.anchor,
        probability=candidate.probability,
        evidence=candidate.evidence,
        words=candidate.words,
        not_before=candidate.not_before,
        overruled=" ".join(sorted(candidate.overruled)) or None,
    )
    customer.refused = [*customer.refused, refused][-REFUSED_KEPT:]


def live_named(customer: Customer, data: dict[str, Any]) -> Live | None:
    """The live recommendation an outcome is about, named by its own id or that of its decision."""
    name = str(data["recommendation"])
    named = (live for live in customer.live.values() if live.decision["id"] == name)
    return customer.live.get(name) or next(named, None)


def released_all_the_same(customer: Customer, data: dict[str, Any]) -> Live | None:
    """The held recommendation a person wants released now: what holds it counts no more."""
    live = live_named(customer, data)
    if live is None or live.record["status"] != "held" or data.get("direction") != "release" or not _is_word(data):
        return None
    live.overruled = " ".join(sorted({*(live.overruled or "").split(), live.record["reason"]}))
    return live


def wanted_all_the_same(customer: Customer, data: dict[str, Any]) -> Refused | None:
    """The refused candidate a person wants released; it is taken from the customer's list.

    Named by its decision or by the recommendation it would have been; without the person's name nothing is overruled.
    The contact that was reserved for a ghost is not to stand in its own way.
    """
    if data.get("direction") == "stop" or not _is_word(data):
        return None
    for refused in customer.refused:
        if data["recommendation"] in (refused.decision, refused.recommendation):
            customer.refused = [other for other in customer.refused if other is not refused]
            own = refused.recommendation
            customer.contacts = [contact for contact in customer.contacts if contact.recommendation != own]
            return refused
    return None


def said_of(data: dict[str, Any]) -> str:
    """Who stopped it and why, as the recommendation's history tells it."""
    why = f": {data['note']}" if data.get("note") else ""
    return f"overruled by {data.get('by') or 'somebody unnamed'}{why}"


def _is_word(data: dict[str, Any]) -> bool:
    return data["outcome"] == "overruled" and bool(data.get("by"))


def candidate_again(refused: Refused, trigger: CompiledTrigger) -> Candidate:
    """The refused candidate, to be decided with its refusal overruled."""
    overruled = frozenset((refused.overruled or "").split()) | {refused.reason}
    return Candidate(
        trigger=trigger,
        name=refused.name,
        key=refused.key,
        fired=refused.fired,
        probability=refused.probability,
        evidence=refused.evidence,
        anchor=refused.anchor,
        words=refused.words,
        late="LATE" in overruled,
        not_before=refused.not_before,
        episode=f"{refused.episode}/overruled",
        cause=refused.decision,
        overruled=overruled,
    )
