"""An uninformed campaign ("hail") of equal volume: as many contacts, at random customers and moments.

What it would reach is computed, not drawn: a random contact is right with the probability that a random customer is, at
a random moment of the time covered, within a match window of a true event of that trigger.
"""

from collections.abc import Iterable, Sequence

from signals.calendar.instant import Instant

Stretch = tuple[Instant, Instant]


def chance_of_a_hit(stretches: Iterable[tuple[str, Stretch]], customers: int, covered: Stretch) -> float:
    """How likely a random contact falls into one of these stretches (customer, first and last moment)."""
    by_customer: dict[str, list[Stretch]] = {}
    for customer, (first, last) in stretches:
        by_customer.setdefault(customer, []).append((max(first, covered[0]), min(last, covered[1])))
    length = covered[1] - covered[0]
    if not length or not customers:
        return 0.0
    return sum(_union(own) for own in by_customer.values()) / (customers * length)


def chance_of_finding(stretches: Sequence[Stretch], customers: int, covered: Stretch, contacts: int) -> float:
    """How likely at least one of so many random contacts falls into one of these stretches, one per customer."""
    length = covered[1] - covered[0]
    if not length or not customers:
        return 0.0
    inside = sum(max(0, min(last, covered[1]) - max(first, covered[0])) for first, last in stretches)
    return 1 - (1 - min(1.0, inside / (customers * length))) ** contacts


def _union(stretches: list[Stretch]) -> int:
    """The total length, overlaps counted once."""
    total, reached = 0, None
    for first, last in sorted(stretches):
        start = first if reached is None else max(first, reached)
        if last > start:
            total += last - start
            reached = last
    return total
