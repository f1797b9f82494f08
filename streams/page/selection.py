"""What drives selection: how many winners would be others if one factor did not count.

Looked at are recommendations that came before another occasion of the same customer. Class decides first, then
probability × value × urgency × owner fit, as ``signals/decision/arbitration.py`` tells.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

FACTORS = ("class", "probability", "value", "urgency")
_RANK = {"care": 0, "service": 1, "sales": 2}


class Drive(msgspec.Struct, frozen=True):
    """One factor, and how many of so many contests another would win without it."""

    factor: str
    others: int
    contests: int


def drives(recommendations: Iterable[Mapping[str, Any]]) -> list[Drive]:
    """Every factor, the one that decides most first; none when nothing was contested."""
    contests = [(one, one["runner_up"]) for one in recommendations if _comparable(one.get("runner_up"))]
    if not contests:
        return []
    found = [Drive(factor, sum(_turns(*one, factor) for one in contests), len(contests)) for factor in FACTORS]
    return sorted(found, key=lambda drive: (-drive.others, FACTORS.index(drive.factor)))


def _comparable(second: Mapping[str, Any] | None) -> bool:
    return second is not None and {*FACTORS, "priority"} <= second.keys()


def _turns(winner: Mapping[str, Any], second: Mapping[str, Any], without: str) -> bool:
    return _place(second, without) < _place(winner, without)


def _place(one: Mapping[str, Any], without: str) -> tuple[int, float]:
    if without == "class":
        return 0, -one["priority"]
    value = one[without]
    factor = value["total"] if isinstance(value, Mapping) else value
    return _RANK[one["class"]], -one["priority"] / factor if factor else 0.0
