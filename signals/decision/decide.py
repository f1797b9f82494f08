"""Deciding: the candidates of one moment of one customer, through all gates, to a verdict each."""

from collections.abc import Iterator

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.decision.arbitration import order, wins, worth_it
from signals.decision.controls import Controls
from signals.decision.gates import gates_of, within_caps
from signals.decision.holdout import held_out
from signals.decision.learning import Learning
from signals.decision.quiet_hours import not_quiet
from signals.decision.verdict import Case, Gate, Gates, Moment, Verdict, ghost, passed, saying
from signals.pack.environment import Environment
from signals.scene import Candidate

_RELEASED = "RELEASED"


_UNLIMITED = passed("no limit")


def unlimited(case: Case) -> Verdict:
    """Without desks capacity is unlimited."""
    return _UNLIMITED


def case_of(
    candidate: Candidate,
    customer: Customer,
    environment: Environment,
    now: Instant,
    controls: Controls,
    learning: Learning,
) -> Case:
    """A candidate as a case that has seen no gate yet."""
    trigger = candidate.trigger
    is_sales, shadow = trigger.class_ == "sales", not controls.untouched and _is_shadow(candidate, controls, now)
    return Case(candidate, customer, environment, now, trigger.play.channels, controls, learning, is_sales, shadow)


def decide(cases: list[Case], has_slot: Gate = unlimited) -> Iterator[Case]:
    """Decide the cases of one moment, new ones or held ones anew, and give each back with its verdict.

    First those that end before arbitration, then the others, best first. Make each known before asking for the next:
    what was released uses up caps and slots, and takes others along in its conversation. What is in shadow competes
    with all, and nothing competes with it. ``has_slot`` is the last gate: whether the desk has capacity.
    """
    rivals, moment = [], Moment(cases, has_slot)
    for case in cases:
        case.moment = moment
        if _passes(case, gates_of(case)):
            rivals.append(case)
        else:
            yield case
    if len(rivals) > 1:
        rivals.sort(key=order)
    live = [case for case in rivals if not case.shadow]
    last: Gates = (*_LAST_GATES, ("capacity", has_slot))
    for case in rivals:
        case.rivals = rivals if case.shadow else live
        if _passes(case, last if case is rivals[0] else (last[0], _AGAIN, *last[1:])):
            case.verdict = _in_shadow(case) if case.shadow else Verdict("pass", "by %s", (case.channels[0],), _RELEASED)
        yield case


def part(cases: list[Case]) -> None:
    """Let cases that are made known forget each other: rings of them would wait for the collector of cycles."""
    for case in cases:
        case.moment = None
        case.rivals.clear()


def part_all(case: Case) -> None:
    """The same for all that were decided together with a case."""
    part(case.moment.cases if case.moment is not None else [case])


def _passes(case: Case, gates: Gates) -> bool:
    """Let a case through gates one after another, until one has a reason to stop it."""
    case.asked += gates
    say = case.said.append
    for _, gate in gates:
        verdict = gate(case)
        if verdict.reason:
            if verdict.reason not in case.candidate.overruled - _OWN_SAY:
                say(verdict)
                case.verdict = verdict
                return False
            verdict = passed("overruled by a person; was: %s", verdict.detail())
        say(verdict)
    return True


def _in_shadow(case: Case) -> Verdict:
    verdict = ghost("KILL_SWITCH", "in shadow: would have been released by %s", case.channels[0])
    case.asked += (("shadow", saying(verdict)),)
    case.said.append(verdict)
    return verdict


def _is_shadow(candidate: Candidate, controls: Controls, now: Instant) -> bool:
    names = (candidate.name, candidate.trigger.name)
    steered = any(controls.value("shadow", name, now) is not None for name in names)
    return steered and "KILL_SWITCH" not in candidate.overruled


_OWN_SAY = frozenset({"CARE_GUARD"})
"""Reasons of which the gate itself knows how far a person overruled them."""

_LAST_GATES: Gates = (
    ("arbitration", wins),
    ("value", worth_it),
    ("holdout", held_out),
    ("quiet_hours", not_quiet),
)
_AGAIN: tuple[str, Gate] = ("frequency", within_caps)
"""The best of its moment may have used up what a cap allowed."""
