"""Deciding: the candidates of one moment of one customer, through all gates, to a verdict each."""

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.decision.arbitration import order, wins, worth_it
from signals.decision.controls import Controls
from signals.decision.gates import GATES, Gate
from signals.decision.holdout import held_out
from signals.decision.quiet_hours import not_quiet
from signals.decision.verdict import Case, Verdict, ghost, passed, rejected
from signals.pack.environment import Environment
from signals.scene import Candidate

_RELEASED = "RELEASED"


def unlimited(case: Case) -> Verdict:
    """Without desks capacity is unlimited."""
    return passed("no limit")


def decide(
    candidates: list[Candidate],
    customer: Customer,
    environment: Environment,
    now: Instant,
    controls: Controls,
    has_slot: Gate = unlimited,
) -> list[Case]:
    """Decide the candidates that fired at ``now``; every case returns with its verdict, in order of firing.

    ``controls`` are what operations set; ``has_slot`` is the last gate: whether the play's desk has capacity.
    """
    cases = [case_of(candidate, customer, environment, now, controls) for candidate in candidates]
    _run(cases, has_slot)
    return cases


def case_of(
    candidate: Candidate, customer: Customer, environment: Environment, now: Instant, controls: Controls
) -> Case:
    """A candidate as a case that has seen no gate yet."""
    return Case(
        candidate=candidate,
        customer=customer,
        environment=environment,
        now=now,
        channels=list(candidate.trigger.play.channels),
        controls=controls,
    )


def redecide(cases: list[Case], has_slot: Gate = unlimited) -> list[Case]:
    """Decide held cases again at their moment, best first: the world may have changed meanwhile."""
    _run(cases, has_slot)
    return sorted(cases, key=order)


def _run(cases: list[Case], has_slot: Gate) -> None:
    """Let cases through the gates; what is in shadow competes with all, and nothing competes with it."""
    passed_cases = [case for case in cases if _passes(case, GATES)]
    live = [case for case in passed_cases if not case.shadow]
    for case in passed_cases:
        case.rivals = passed_cases if case.shadow else live
        _finish(case, has_slot)


def _finish(case: Case, has_slot: Gate) -> None:
    gates = (*_LAST_GATES, ("capacity", has_slot), *(_SHADOW if case.shadow else ()))
    if _passes(case, gates):
        case.verdict = Verdict("pass", f"by {case.channels[0]}", _RELEASED)


def _passes(case: Case, gates: tuple[tuple[str, Gate], ...]) -> bool:
    """Let a case through gates one after another, until one says something else than "pass"."""
    overruled = case.candidate.overruled
    for name, gate in gates:
        channels = case.channels
        verdict = gate(case)
        if verdict.verdict != "pass" and verdict.reason == overruled:
            case.channels = case.channels or channels
            verdict = passed(f"overruled by a person; was: {verdict.detail}")
        case.gates.append((name, verdict))
        if verdict.verdict != "pass":
            case.verdict = verdict
            return False
    return True


def _not_over(case: Case) -> Verdict:
    if case.window.closes <= case.now:
        return rejected("EXPIRED", "the window for contact has closed")
    return passed("the window for contact is open")


def _in_shadow(case: Case) -> Verdict:
    return ghost("KILL_SWITCH", f"in shadow: would have been released by {case.channels[0]}")


_LAST_GATES: tuple[tuple[str, Gate], ...] = (
    ("arbitration", wins),
    ("value", worth_it),
    ("holdout", held_out),
    ("window", _not_over),
    ("quiet_hours", not_quiet),
)
_SHADOW: tuple[tuple[str, Gate], ...] = (("shadow", _in_shadow),)
