"""How each trigger does: right or wrong by people's answers, how long before the moment, and whether it fell silent."""

from collections.abc import Iterable, Mapping
from datetime import date
from statistics import median
from typing import Any

import msgspec

from signals.calendar.instant import HOUR, Instant, parse_instant, to_datetime
from streams.page.funnel import Precision

LOOKED_BACK = 90
"""Days over which firing is looked at."""

_REGULAR, _LONG, _LEAST_DAYS = 3, 3, 7
"""A trigger that fired on three days or more is silent too long after thrice its usual gap, and never within a week."""

_ONCE_A_YEAR = "season."


class Quality(msgspec.Struct, frozen=True):
    """One trigger's figures; ``ahead`` is the median hours from the recommendation to the end of its best time."""

    trigger: str
    last: str
    """The last day (UTC) on which it fired."""
    silent: int | None
    """Days of silence, when those are too many."""
    ahead: float | None
    precision: Precision | None


def qualities(
    fired: Mapping[str, Mapping[str, int]],
    recommendations: Iterable[Mapping[str, Any]],
    precision: Mapping[str, Precision],
    now: Instant,
) -> list[Quality]:
    """One for each trigger that fired; those that fell silent first."""
    ahead: dict[str, list[float]] = {}
    for one in recommendations:
        if one.get("best_before"):
            span = parse_instant(one["best_before"]) - parse_instant(one["created"])
            ahead.setdefault(one["trigger"], []).append(span / HOUR)
    found = [
        Quality(
            trigger=trigger,
            last=max(days),
            silent=silent_days(trigger, days, to_datetime(now).date()),
            ahead=median(ahead[trigger]) if trigger in ahead else None,
            precision=precision.get(trigger),
        )
        for trigger, days in fired.items()
    ]
    return sorted(found, key=lambda one: (-(one.silent or 0), one.trigger))


def silent_days(trigger: str, days: Mapping[str, int], today: date) -> int | None:
    """How many days it has been silent, when that is too long; a season's triggers are silent most of the year."""
    if len(days) < _REGULAR or trigger.startswith(_ONCE_A_YEAR):
        return None
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    gap = (last - first).days / (len(days) - 1)
    silent = (today - last).days
    return silent if silent > max(_LEAST_DAYS, _LONG * gap) else None
