"""The person's last word: what was refused may be released, what was released be stopped, by name and with a reason.

Not over ERASED and OBJECTED. Only the gate that refused is overruled; every other gate still speaks, so no guard and no
objection is got round by overruling something else.
"""

from typing import Any

from signals.customer.state import Customer, Refused
from signals.decision.verdict import Case
from signals.pack.environment import CompiledTrigger
from signals.recommendation.record import decision_id, recommendation_id
from signals.scene import Candidate

FINAL = frozenset({"ERASED", "OBJECTED", "DUPLICATE", "LATE", "WARMUP", "EXPIRED"})
"""Reasons that nobody overrules: the two of the law, and those for which there is nothing to release."""

KEPT = 4


def remember_refusal(case: Case) -> None:
    """Keep a refused candidate at hand, unless its reason is final."""
    verdict, candidate, customer = case.verdict, case.candidate, case.customer
    assert verdict is not None
    if verdict.reason in FINAL or candidate.overruled is not None:
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
    )
    customer.refused = [*customer.refused, refused][-KEPT:]


def wanted_all_the_same(customer: Customer, data: dict[str, Any]) -> Refused | None:
    """The refused candidate a person wants released; it is taken from the customer's list.

    Named by its decision or by the recommendation it would have been; without the person's name nothing is overruled.
    """
    wanted = data.get("recommendation")
    if data["outcome"] != "overruled" or data.get("direction") == "stop" or not data.get("by"):
        return None
    for refused in customer.refused:
        if wanted in (refused.decision, refused.recommendation):
            customer.refused = [other for other in customer.refused if other is not refused]
            return refused
    return None


def candidate_again(refused: Refused, trigger: CompiledTrigger) -> Candidate:
    """The refused candidate, to be decided with its refusal overruled."""
    return Candidate(
        trigger=trigger,
        name=refused.name,
        key=refused.key,
        fired=refused.fired,
        probability=refused.probability,
        evidence=refused.evidence,
        anchor=refused.anchor,
        words=refused.words,
        not_before=refused.not_before,
        episode=f"{refused.episode}/overruled",
        cause=refused.decision,
        overruled=refused.reason,
    )
