"""The decision funnel as people read it: reasons gathered into steps, what each stopped, and what is left."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from signals.evaluation.interval import Share, wilson
from streams.queue import Funnel, Tally

STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("valid", ("KILL_SWITCH", "ERASED", "DUPLICATE", "LATE", "WARMUP")),
    ("consented", ("NO_CONSENT", "CONSENT_EXPIRED", "OBJECTED")),
    ("guarded", ("CARE_GUARD", "PROMISE_FIRST")),
    ("sure", ("LOW_CONFIDENCE", "NO_ADDRESS")),
    ("capped", ("FREQ_CAP",)),
    ("chosen", ("SUPERSEDED", "LOW_VALUE")),
    ("held_out", ("HOLDOUT",)),
    ("timed", ("QUIET_HOURS", "CAPACITY", "EXPIRED", "WITHDRAWN", "OVERRULED")),
)
"""The steps in the order in which the gates decide, each with the reasons that end or hold a candidate there."""


_KINDS = ("released", "held", "ghosts", "shadows", "refused")


class Step(msgspec.Struct, frozen=True):
    """One step of the funnel: what came through it, and what it stopped."""

    name: str
    left: int
    stopped: int


class Row(msgspec.Struct, frozen=True):
    """What became of the candidates of one trigger."""

    trigger: str
    candidates: int
    released: int
    held: int
    ghosts: int
    shadows: int
    refused: int
    most: str | None
    """The commonest reason for not releasing."""


class Totals(msgspec.Struct, frozen=True):
    """All candidates, and what became of them."""

    candidates: int
    released: int
    held: int
    ghosts: int
    """Kept apart to prove the effect."""
    shadows: int
    """Decided in shadow, and so not released."""
    refused: int


def only(funnel: Funnel, trigger: str) -> Funnel:
    """The counts of one trigger."""
    tallies = [tally for tally in funnel.tallies if tally.trigger == trigger]
    return Funnel({trigger: funnel.candidates.get(trigger, 0)}, tallies)


def answers(outcomes: Mapping[str, Mapping[str, int]], trigger: str) -> dict[str, int]:
    """What people told of one trigger's recommendations, or of all (an empty name): counts, commonest first."""
    counts: Counter[str] = Counter()
    for name, told in outcomes.items():
        if trigger in ("", name):
            counts.update(told)
    return dict(counts.most_common())


def total(funnel: Funnel) -> Totals:
    """The figures above everything."""
    count = _kinds(funnel.tallies)
    return Totals(sum(funnel.candidates.values()), **{kind: count[kind] for kind in _KINDS})


def steps(funnel: Funnel) -> list[Step]:
    """The steps from all candidates to the released; reasons unknown to this list are counted at the last step."""
    reasons = by_reason(tally for tally in funnel.tallies if _kind(tally) != "shadows")
    shadows = sum(tally.count for tally in funnel.tallies if _kind(tally) == "shadows")
    left = sum(funnel.candidates.values())
    found = [Step("candidates", left, 0)]
    known = {reason for _, names in STAGES for reason in names} | {"RELEASED"}
    for name, names in STAGES:
        stopped = sum(reasons[reason] for reason in names)
        if name == "timed":
            stopped += sum(count for reason, count in reasons.items() if reason not in known)
        left -= stopped
        found.append(Step(name, left, stopped))
    if shadows:
        found.append(Step("shadow", left - shadows, shadows))
    return [*found, Step("released", reasons["RELEASED"], 0)]


def refusals(funnel: Funnel) -> list[tuple[str, int]]:
    """Reasons other than release with their counts, commonest first."""
    reasons = by_reason(funnel.tallies)
    del reasons["RELEASED"]
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))


def rows(funnel: Funnel) -> list[Row]:
    """One row for each trigger, most candidates first."""
    found = []
    for trigger, candidates in funnel.candidates.items():
        tallies = [tally for tally in funnel.tallies if tally.trigger == trigger]
        kinds = _kinds(tallies)
        reasons = by_reason(tally for tally in tallies if tally.reason != "RELEASED")
        most = max(reasons, key=lambda reason: (reasons[reason], reason), default=None)
        found.append(Row(trigger=trigger, candidates=candidates, most=most, **{kind: kinds[kind] for kind in _KINDS}))
    return sorted(found, key=lambda row: (-row.candidates, row.trigger))


class Precision(msgspec.Struct, frozen=True):
    """How often people found a trigger right, with Wilson's interval."""

    right: int
    answered: int
    share: Share


RIGHT, WRONG = frozenset({"accepted", "converted"}), frozenset({"wrong"})
"""Outcomes that say whether the occasion was there. Who declines, or is not reached, says nothing of that."""


def precision(outcomes: Mapping[str, Mapping[str, int]]) -> dict[str, Precision]:
    """Per trigger that got an answer."""
    found = {}
    for trigger, counts in outcomes.items():
        right = sum(count for outcome, count in counts.items() if outcome in RIGHT)
        wrong = sum(count for outcome, count in counts.items() if outcome in WRONG)
        if right + wrong:
            found[trigger] = Precision(right, right + wrong, wilson(right, right + wrong))
    return found


def by_reason(tallies: Iterable[Tally]) -> Counter[str]:
    """Counts by reason alone."""
    counts: Counter[str] = Counter()
    for tally in tallies:
        counts[tally.reason] += tally.count
    return counts


def _kinds(tallies: Sequence[Tally]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for tally in tallies:
        counts[_kind(tally)] += tally.count
    return counts


def _kind(tally: Tally) -> str:
    if tally.reason == "RELEASED":
        return "released"
    if tally.status == "held":
        return "held"
    if tally.status == "ghost":
        return "ghosts" if tally.reason == "HOLDOUT" else "shadows"
    return "refused"
