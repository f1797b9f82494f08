"""Counterfactuals: what would have led to another decision. Each is verified before it is stated, never guessed.

Of the past: without these events the trigger would not have fired, by the trigger's own rule. Of the decision: with
this changed the case would not have been refused (or held), or would have lost to the runner-up; the change is applied
and the case decided again, with all others of its moment. Where a great many are decided at one moment (a fleet whose
contracts are renewed on one day), each again with all others would take minutes: then only the past is told.
"""

from collections import Counter

from signals.calendar.instant import format_instant
from signals.customer.underway import Evidence
from signals.decision.arbitration import second_to
from signals.decision.decide import part_all
from signals.decision.verdict import Case
from signals.pack.environment import Environment
from signals.pack.model import BeliefRule
from signals.recommendation.remedies import Changed, decided_with, remedy
from signals.scene import Candidate
from signals.triggers.belief import probability

Counterfactual = dict[str, str]
_MOST_CHANGES = 8
_MOST_TOGETHER = 16


def counterfactuals(case: Case) -> list[Counterfactual]:
    """What would have flipped the decision: what would have released it or put another first, then the evidence."""
    return [*_of_decision(case), *_of_firing(case.candidate, case.environment)]


def _of_decision(case: Case) -> list[Counterfactual]:
    if case.moment is not None and len(case.moment.cases) > _MOST_TOGETHER:
        return []
    return _reversed(case) if case.verdict is not None and case.verdict.verdict == "pass" else _released(case)


def _released(case: Case) -> list[Counterfactual]:
    """The changes after which it would not have been refused or held, one for each gate in its way."""
    said: list[str] = []
    found: list[Counterfactual] = []
    worlds: list[Case] = []
    while not found and len(said) < _MOST_CHANGES and (change := remedy(case)) is not None:
        said.append(change.text)
        case = decided_with(case, change)
        worlds.append(case)
        if case.verdict is not None and case.verdict.verdict == "pass":
            found = [{"change": " and ".join(said), "then": f"it would have been released, {case.verdict.detail()}"}]
    for world in worlds:
        part_all(world)
    return found


def _reversed(case: Case) -> list[Counterfactual]:
    """How much the runner-up would have had to be worth to go first."""
    second = second_to(case)
    if second is None or case.moment is None or not case.is_sales or not second.is_sales:
        return []
    name = second.candidate.name
    change = Changed(
        f"with a priority of {name} above {case.priority:.2f} (it has {second.priority:.2f})",
        priorities={name: case.priority + _A_LITTLE},
    )
    again = decided_with(case, change)
    part_all(again)
    if again.verdict is None or again.verdict.reason != "SUPERSEDED":
        return []
    return [{"change": change.text, "then": f"{name} would have gone first"}]


_A_LITTLE = 0.01


def _of_firing(candidate: Candidate, environment: Environment) -> list[Counterfactual]:
    definition = candidate.trigger.definition
    if definition.belief is not None:
        return _of_belief(definition.belief, candidate, _replaceable(definition.belief, candidate, environment))
    if definition.absence is not None:
        due = format_instant(candidate.anchor)
        return [{"change": f"ended by {due}", "then": "it would not have fired"}]
    needed = definition.count.at_least if definition.count is not None else len(candidate.evidence)
    if len(candidate.evidence) == needed:
        counted = f"{needed - 1} of {needed}: " if needed > 1 else ""
        return [_without([piece], f"{counted}it would not have fired") for piece in candidate.evidence]
    return []


def _of_belief(rule: BeliefRule, candidate: Candidate, replaceable: list[Evidence]) -> list[Counterfactual]:
    evidence = candidate.evidence
    found = []
    for piece in evidence:
        left = probability((other for other in evidence if other is not piece), candidate.fired, rule)
        if left < rule.threshold and piece not in replaceable:
            found.append(_without([piece], _below(left, rule)))
    return found or _fewest(rule, candidate, replaceable)


def _fewest(rule: BeliefRule, candidate: Candidate, replaceable: list[Evidence]) -> list[Counterfactual]:
    """No single piece decides: take the strongest away one after another until the belief would have been too low."""
    decisive = [piece for piece in candidate.evidence if piece not in replaceable]
    decisive.sort(key=lambda piece: (piece.weight, piece.time, piece.event))
    taken: list[Evidence] = []
    while (belief := probability([*replaceable, *decisive], candidate.fired, rule)) >= rule.threshold:
        if not decisive:
            return []
        taken.append(decisive.pop())
    return [_without(taken, _below(belief, rule))]


def _replaceable(rule: BeliefRule, candidate: Candidate, environment: Environment) -> list[Evidence]:
    """What others of its kind may stand in for: of a day over by then, as many count as may, and more may have come."""
    today, days = environment.day_of(candidate.fired), [environment.day_of(piece.time) for piece in candidate.evidence]
    most = {kind: pattern.per_day for kind, pattern in enumerate(rule.evidence) if pattern.per_day is not None}
    counted = Counter(zip((piece.kind for piece in candidate.evidence), days, strict=True))
    return [
        piece
        for piece, day in zip(candidate.evidence, days, strict=True)
        if day < today and piece.kind in most and counted[piece.kind, day] >= most[piece.kind]
    ]


def _below(belief: float, rule: BeliefRule) -> str:
    return f"belief {belief:.2f}, below {rule.threshold:.2f}: it would not have fired"


def _without(pieces: list[Evidence], then: str) -> Counterfactual:
    return {"change": f"without event {' and '.join([piece.event for piece in pieces])}", "then": then}
