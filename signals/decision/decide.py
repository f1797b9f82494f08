"""Deciding: the candidates of one moment of one customer, through all gates, to a verdict each."""

from collections.abc import Iterator

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.decision.arbitration import order, wins, worth_it
from signals.decision.controls import Controls
from signals.decision.gates import Gate, wave_through, within_caps
from signals.decision.holdout import held_out
from signals.decision.learning import Learning
from signals.decision.quiet_hours import not_quiet
from signals.decision.verdict import Case, Moment, Verdict, ghost, passed
from signals.pack.environment import Environment
from signals.scene import Candidate

_RELEASED = "RELEASED"


def unlimited(case: Case) -> Verdict:
    """Without desks capacity is unlimited."""
    return passed("no limit")


def case_of(
    candidate: Candidate,
    customer: Customer,
    environment: Environment,
    now: Instant,
    controls: Controls,
    learning: Learning,
) -> Case:
    """A candidate as a case that has seen no gate yet."""
    return Case(
        candidate=candidate,
        customer=customer,
        environment=environment,
        now=now,
        learning=learning,
        channels=list(candidate.trigger.play.channels),
        controls=controls,
        is_sales=candidate.trigger.class_ == "sales",
    )


def decide(cases: list[Case], has_slot: Gate = unlimited) -> Iterator[Case]:
    """Decide the cases of one moment, new ones or held ones anew, and give each back with its verdict.

    First those that end before arbitration, then the others, best first. Make each known before asking for the next:
    what was released uses up caps and slots, and takes others along in its conversation. What is in shadow competes
    with all, and nothing competes with it. ``has_slot`` is the last gate: whether the desk has capacity.
    """
    rivals, moment = [], Moment(cases, has_slot)
    for case in cases:
        case.moment = moment
        if _passes(case, wave_through(case)):
            rivals.append(case)
        else:
            yield case
    if len(rivals) > 1:
        rivals.sort(key=order)
    live = [case for case in rivals if not case.shadow]
    for case in rivals:
        case.rivals = rivals if case.shadow else live
        last = _LAST_GATES if case is rivals[0] else _LAST_GATES_OF_OTHERS
        if _passes(case, (*last, ("capacity", has_slot))):
            case.verdict = _in_shadow(case) if case.shadow else Verdict("pass", f"by {case.channels[0]}", _RELEASED)
        yield case


def part(cases: list[Case]) -> None:
    """Let cases that are made known forget each other: rings of them would wait for the collector of cycles."""
    for case in cases:
        case.moment = None
        case.rivals.clear()


def _passes(case: Case, gates: tuple[tuple[str, Gate], ...]) -> bool:
    """Let a case through gates one after another, until one says something else than "pass"."""
    said = case.gates
    for name, gate in gates:
        channels = case.channels
        verdict = gate(case)
        if verdict.verdict != "pass" and verdict.reason in case.candidate.overruled - _OWN_SAY:
            case.channels = case.channels or channels
            verdict = passed(f"overruled by a person; was: {verdict.detail}")
        said.append((name, verdict))
        if verdict.verdict != "pass":
            case.verdict = verdict
            return False
    return True


def _in_shadow(case: Case) -> Verdict:
    verdict = ghost("KILL_SWITCH", f"in shadow: would have been released by {case.channels[0]}")
    case.gates.append(("shadow", verdict))
    return verdict


_OWN_SAY = frozenset({"CARE_GUARD"})
"""Reasons of which the gate itself knows how far a person overruled them."""

_LAST_GATES: tuple[tuple[str, Gate], ...] = (
    ("arbitration", wins),
    ("value", worth_it),
    ("holdout", held_out),
    ("quiet_hours", not_quiet),
)
_LAST_GATES_OF_OTHERS = (_LAST_GATES[0], ("frequency", within_caps), *_LAST_GATES[1:])
"""The best of its moment may have used up what a cap allowed."""
