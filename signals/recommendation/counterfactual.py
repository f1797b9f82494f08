"""Counterfactuals: what would have kept a trigger from firing, computed by the trigger's own rule, never guessed."""

from signals.calendar.instant import format_instant
from signals.customer.state import Evidence
from signals.pack.model import BeliefRule
from signals.scene import Candidate
from signals.triggers.belief import probability

Counterfactual = dict[str, str]


def counterfactuals(candidate: Candidate) -> list[Counterfactual]:
    """Changes to the past that flip the firing, with what would have been instead."""
    definition = candidate.trigger.definition
    if definition.belief is not None:
        return _of_belief(definition.belief, candidate)
    if definition.absence is not None:
        due = format_instant(candidate.anchor)
        return [{"change": f"had it been ended by {due}", "then": "it would not have fired"}]
    needed = definition.count.at_least if definition.count is not None else len(candidate.evidence)
    if len(candidate.evidence) == needed:
        counted = f"{needed - 1} of {needed}: " if needed > 1 else ""
        return [_without([piece], f"{counted}it would not have fired") for piece in candidate.evidence]
    return []


def _of_belief(rule: BeliefRule, candidate: Candidate) -> list[Counterfactual]:
    evidence = candidate.evidence
    found = []
    for piece in evidence:
        left = probability((other for other in evidence if other is not piece), candidate.fired, rule)
        if left < rule.threshold:
            found.append(_without([piece], _below(left, rule)))
    return found or [_fewest(rule, candidate)]


def _fewest(rule: BeliefRule, candidate: Candidate) -> Counterfactual:
    """No single piece decides: take the strongest away one after another until the belief would have been too low."""
    left = sorted(candidate.evidence, key=lambda piece: (piece.weight, piece.time, piece.event))
    taken: list[Evidence] = []
    while (belief := probability(left, candidate.fired, rule)) >= rule.threshold:
        taken.append(left.pop())
    return _without(taken, _below(belief, rule))


def _below(belief: float, rule: BeliefRule) -> str:
    return f"belief {belief:.2f}, below {rule.threshold:.2f}: it would not have fired"


def _without(pieces: list[Evidence], then: str) -> Counterfactual:
    return {"change": f"without event {' and '.join(piece.event for piece in pieces)}", "then": then}
