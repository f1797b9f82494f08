"""Fairness: whether people of one segment are contacted, refused or kept waiting more often than others.

Of every person and class with a need that was decided on, the best that became of it counts: contacted, else waiting,
else held out, else refused. A segment ``differs`` when the share of all who were contacted lies outside its interval:
a reason to look why, not yet a verdict, for customers differ in what they need and in what they agreed to.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.decision.learning import segment_of
from signals.evaluation.interval import Share, wilson
from signals.pack.environment import Environment

_AGES = ((18, "under 18"), (30, "18–29"), (50, "30–49"), (67, "50–66"))
_OLDEST, _UNKNOWN = "67 and over", "unknown"
_UNDECIDED = frozenset({"ERASED", "DUPLICATE", "LATE", "WARMUP"})
"""Reasons that say nothing of how a person is treated."""
_OUTCOMES = ("contacted", "waiting", "held_out", "refused")


class Person(msgspec.Struct, frozen=True):
    """Whom a subject stands for, and the segments they belong to, by dimension."""

    name: str
    segments: dict[str, str]


class Decided(msgspec.Struct, frozen=True):
    """What is needed of a decision."""

    customer: str
    class_: str = msgspec.field(name="class")
    reason: str
    status: str


class Treatment(msgspec.Struct, frozen=True):
    """What became of the people of one segment, for one class; shares are of those with a need that was decided on."""

    dimension: str
    segment: str
    class_: str = msgspec.field(name="class")
    people: int
    decided: int
    contacted: Share
    waiting: Share
    held_out: Share
    refused: Share
    reasons: dict[str, int]
    """The candidates, by reason."""
    differs: bool


def segments_of(customer: Customer, environment: Environment, now: Instant) -> dict[str, str]:
    """The segments of a customer, by dimension: contracts, language and age."""
    return {
        "contracts": segment_of(customer),
        "language": customer.profile.get("language") or _UNKNOWN,
        "age": _age(customer.profile.get("birth_date", ""), environment, now),
    }


def treatments(people: Mapping[str, Person], decisions: Iterable[Decided]) -> list[Treatment]:
    """How every segment was treated, per dimension and class; ``people`` by every subject they are known by."""
    best: dict[tuple[str, str], int] = {}
    reasons: dict[tuple[str, str], Counter[str]] = {}
    for decision in decisions:
        person = people.get(decision.customer)
        if person is not None and decision.reason not in _UNDECIDED:
            slot = (person.name, decision.class_)
            best[slot] = min(best.get(slot, len(_OUTCOMES)), _rank(decision))
            reasons.setdefault(slot, Counter())[decision.reason] += 1
    known = {person.name: person for person in people.values()}
    classes = sorted({class_ for _, class_ in best})
    rows = []
    for dimension in ("contracts", "language", "age"):
        groups: dict[str, list[str]] = {}
        for name, person in known.items():
            groups.setdefault(person.segments[dimension], []).append(name)
        for class_ in classes:
            overall = _count(known, class_, best)
            for segment, names in sorted(groups.items()):
                rows.append(_treatment((dimension, segment, class_), names, best, reasons, overall))
    return rows


def _treatment(
    slot: tuple[str, str, str],
    names: list[str],
    best: Mapping[tuple[str, str], int],
    reasons: Mapping[tuple[str, str], Counter[str]],
    overall: Counter[int],
) -> Treatment:
    dimension, segment, class_ = slot
    counts = _count(names, class_, best)
    decided = counts.total()
    contacted, waiting, held_out, refused = (wilson(counts[rank], decided) for rank in range(len(_OUTCOMES)))
    told = sum((reasons.get((name, class_), Counter()) for name in names), Counter[str]())
    everybody, low, high = overall[0] / overall.total(), contacted.low, contacted.high
    differs = low is not None and high is not None and not low <= everybody <= high
    return Treatment(
        dimension, segment, class_, len(names), decided, contacted, waiting, held_out, refused,
        dict(sorted(told.items())), differs,
    )  # fmt: skip


def _count(names: Iterable[str], class_: str, best: Mapping[tuple[str, str], int]) -> Counter[int]:
    return Counter(best[name, class_] for name in names if (name, class_) in best)


def _rank(decision: Decided) -> int:
    if decision.reason == "RELEASED":
        return 0
    if decision.status == "held":
        return 1
    return 2 if decision.reason == "HOLDOUT" else 3


def _age(born: str, environment: Environment, now: Instant) -> str:
    day = environment.moment_of(born) if born else None
    if day is None:
        return _UNKNOWN
    return next((name for limit, name in _AGES if now < environment.years_later(day, limit)), _OLDEST)
