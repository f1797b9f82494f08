"""What another pack changes: the candidates of two runs over the same events, customer by customer."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import zip_longest

import msgspec

from streams.replay.backtest import Backtest, backtest
from streams.replay.run import Summary

Key = tuple[str, str]


class Change(msgspec.Struct, frozen=True):
    """One candidate that only one run has (``fired`` or ``lost``), or both have at other moments (``moved``)."""

    trigger: str
    customer: str
    change: str
    old: str | None
    new: str | None


class Counts(msgspec.Struct):
    """One trigger's candidates in both runs; ``same`` ones fired at the same moment."""

    same: int = 0
    fired: int = 0
    moved: int = 0
    lost: int = 0
    released_old: int = 0
    released_new: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything is different."""
        return bool(self.fired or self.moved or self.lost) or self.released_old != self.released_new


class Difference(msgspec.Struct, frozen=True):
    """Per trigger in counts, every change, and what each run would have meant for customers and desks."""

    triggers: dict[str, Counts]
    changes: list[Change]
    old: Backtest
    new: Backtest


class _Decision(msgspec.Struct):
    customer: str
    trigger: str
    created: str
    reason: str


def difference(old: Summary, new: Summary) -> Difference:
    """Compare two runs; the same two give the same answer in the same order."""
    before, after = _decisions(old), _decisions(new)
    found = Difference({}, [], backtest(old), backtest(new))
    for trigger, customer in sorted({*before, *after}):
        counts = found.triggers.setdefault(trigger, Counts())
        own, others = before[trigger, customer], after[trigger, customer]
        counts.released_old += _released(own)
        counts.released_new += _released(others)
        _compare((trigger, customer), _moments(own), _moments(others), counts, found.changes)
    return found


def _compare(key: Key, old: list[str], new: list[str], counts: Counts, changes: list[Change]) -> None:
    """Take away what is the same; what is left over moved, in order, as far as both have something left."""
    for moment in list(old):
        if moment in new:
            old.remove(moment)
            new.remove(moment)
            counts.same += 1
    for was, becomes in zip_longest(old, new):
        change = "lost" if becomes is None else "fired" if was is None else "moved"
        setattr(counts, change, getattr(counts, change) + 1)
        changes.append(Change(*key, change, was, becomes))


def _decisions(summary: Summary) -> dict[Key, list[_Decision]]:
    decode = msgspec.json.Decoder(_Decision).decode
    grouped: dict[Key, list[_Decision]] = defaultdict(list)
    for line in summary.decisions.values():
        decision = decode(line)
        grouped[decision.trigger, decision.customer].append(decision)
    return grouped


def _moments(decisions: Iterable[_Decision]) -> list[str]:
    return sorted(decision.created for decision in decisions)


def _released(decisions: Iterable[_Decision]) -> int:
    return sum(decision.reason == "RELEASED" for decision in decisions)
