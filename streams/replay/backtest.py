"""What a run would have meant for people: what fired, contacts per customer, and what each desk would have got."""

from collections import Counter, defaultdict
from hashlib import blake2b

import msgspec

from streams.replay.run import Summary, sorted_lines

_SLOTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


class Fired(msgspec.Struct):
    """What became of one trigger's candidates."""

    candidates: int = 0
    released: int = 0
    held: int = 0
    ghosts: int = 0
    """Of the holdout and in shadow."""
    refused: int = 0


class Load(msgspec.Struct, frozen=True):
    """What a desk would have got: in all, on its median and busiest day, and the curve of capacity: the share of it
    that so many slots a day would have released on the day itself."""

    released: int
    days: int
    median: int
    busiest: int
    curve: list[tuple[int, float]]


class Backtest(msgspec.Struct, frozen=True):
    """One run in figures. ``digest`` is over every decision's bytes: the same run has the same one."""

    events: int
    customers: int
    digest: str
    triggers: dict[str, Fired]
    contacts: dict[int, int]
    """How many customers would have got so many recommendations; the rest got none."""
    desks: dict[str, Load]


class _Decision(msgspec.Struct):
    trigger: str
    status: str
    reason: str


class _Released(msgspec.Struct):
    customer: str
    created: str
    desk: str


def backtest(summary: Summary) -> Backtest:
    """The figures of a run; the same run gives the same figures in the same order."""
    released = [msgspec.json.decode(line, type=_Released) for line in summary.recommendations.values()]
    per_customer = Counter(record.customer for record in released)
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for record in released:
        days[record.desk][record.created[:10]] += 1
    digest = blake2b(digest_size=16)
    for line in sorted_lines(summary.decisions):
        digest.update(line + b"\n")
    return Backtest(
        events=summary.events,
        customers=summary.customers,
        digest=digest.hexdigest(),
        triggers=_triggers(summary),
        contacts=dict(sorted(Counter(per_customer.values()).items())),
        desks={desk: _load(sorted(counts.values())) for desk, counts in sorted(days.items())},
    )


def _triggers(summary: Summary) -> dict[str, Fired]:
    found: dict[str, Fired] = defaultdict(Fired)
    for line in summary.decisions.values():
        decision = msgspec.json.decode(line, type=_Decision)
        fired = found[decision.trigger]
        fired.candidates += 1
        if decision.reason == "RELEASED":
            fired.released += 1
        elif decision.status == "held":
            fired.held += 1
        elif decision.status == "ghost":
            fired.ghosts += 1
        else:
            fired.refused += 1
    return dict(sorted(found.items()))


def _load(counts: list[int]) -> Load:
    whole = sum(counts)
    curve = []
    for slots in _SLOTS:
        curve.append((slots, round(sum(min(count, slots) for count in counts) / whole, 4)))
        if slots >= counts[-1]:
            break
    return Load(whole, len(counts), counts[(len(counts) - 1) // 2], counts[-1], curve)
