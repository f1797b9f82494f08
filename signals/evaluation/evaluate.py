"""Precision, recall and lead time per trigger.

A recommendation is *right* when one of its customer's household has a true event of its trigger and the recommendation
was created within the match window around it (``windows.py``). A second one for the same customer and event is wrong:
once is enough. A true event is *found* when any recommendation about it is right. Events of customers who refused to be
contacted are left out of the recall: nothing may be recommended to them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

import msgspec

from signals.calendar.instant import DAY, Instant, parse_instant
from signals.evaluation.hail import Stretch, chance_of_a_hit, chance_of_finding
from signals.evaluation.interval import Share, wilson
from signals.evaluation.windows import WINDOWS

_COUNTED = (None, "RELEASED", "HOLDOUT")


class Recommended(msgspec.Struct, frozen=True):
    """One recommendation, as far as it is judged."""

    customer: str
    trigger: str
    created: Instant


class TrueEvent(msgspec.Struct, frozen=True):
    """One true event."""

    customer: str
    event: str
    time: Instant
    household: tuple[str, ...]
    contactable: bool


class Score(msgspec.Struct):
    """How well a trigger, or a family of them, did."""

    trigger: str
    recommended: int
    right: int
    events: int
    found: int
    refused: int
    precision: Share
    recall: Share
    median_lead_days: float | None
    hail_precision: float | None
    hail_recall: float | None
    lift: float | None


class Evaluation(msgspec.Struct):
    """All scores: per trigger, per family (``life_event.*``), and what could not be judged."""

    triggers: list[Score]
    families: list[Score]
    not_judged: dict[str, int]


class _Tally(msgspec.Struct):
    recommended: int = 0
    right: int = 0
    events: int = 0
    found: int = 0
    refused: int = 0
    leads: list[float] = msgspec.field(default_factory=list)
    hail_right: float = 0.0
    hail_found: float = 0.0


def read_recommendations(lines: Iterable[Mapping[str, Any]]) -> list[Recommended]:
    """Recommendations as ``signals replay`` writes them (``--out``, or ``--decisions`` with the held-out ones).

    Raises ``KeyError`` or ``ValueError`` when a line lacks customer, trigger or created.
    """
    return [
        Recommended(line["customer"], line["trigger"], parse_instant(line["created"]))
        for line in lines
        if line.get("reason") in _COUNTED
    ]


def read_truth(lines: Iterable[Mapping[str, Any]]) -> list[TrueEvent]:
    """The truth as ``signals simulate`` writes it; raises ``KeyError`` or ``ValueError`` for a malformed line."""
    return [
        TrueEvent(
            line["customer"],
            line["event"],
            parse_instant(line["time"]),
            tuple(line.get("household") or (line["customer"],)),
            line.get("contactable", True),
        )
        for line in lines
    ]


def evaluate(recommended: list[Recommended], truth: list[TrueEvent]) -> Evaluation:
    """Judge recommendations by the truth; both complete, in any order."""
    by_trigger: dict[str, list[Recommended]] = defaultdict(list)
    for one in recommended:
        by_trigger[one.trigger].append(one)
    events: dict[str, list[TrueEvent]] = defaultdict(list)
    for event in truth:
        events[event.event].append(event)
    customers = {name for event in truth for name in event.household} | {one.customer for one in recommended}
    moments = [event.time for event in truth]
    covered = (min(moments), max(moments)) if moments else (0, 0)
    judged = [name for name in WINDOWS if name in by_trigger or name in events]
    tallies = {name: _tally(name, by_trigger[name], events[name], (len(customers), covered)) for name in judged}
    families: dict[str, list[_Tally]] = defaultdict(list)
    for name, tally in tallies.items():
        families[name.partition(".")[0] + ".*"].append(tally)
    return Evaluation(
        [_score(name, tally) for name, tally in tallies.items()],
        [_score(name, _sum(parts)) for name, parts in families.items()],
        {name: len(ones) for name, ones in sorted(by_trigger.items()) if name not in WINDOWS},
    )


def _tally(
    trigger: str, recommended: list[Recommended], events: list[TrueEvent], population: tuple[int, Stretch]
) -> _Tally:
    window, (customers, covered) = WINDOWS[trigger], population
    by_customer: dict[str, list[TrueEvent]] = defaultdict(list)
    for event in events:
        for name in event.household:
            by_customer[name].append(event)
    tally = _Tally(recommended=len(recommended))
    first: dict[TrueEvent, Instant] = {}
    told: set[tuple[str, TrueEvent]] = set()
    for one in sorted(recommended, key=lambda one: one.created):
        meant = _meant(one, by_customer[one.customer], told)
        if meant is not None:
            told.add((one.customer, meant))
            tally.right += 1
            first.setdefault(meant, one.created)
    countable = [event for event in events if event.contactable]
    tally.events, tally.refused = len(countable), len(events) - len(countable)
    tally.found = sum(event in first for event in countable)
    tally.leads = [(event.time - created) / DAY for event, created in first.items()]
    stretches = [(name, window.around(event.time)) for event in events for name in event.household]
    tally.hail_right = len(recommended) * chance_of_a_hit(stretches, customers, covered)
    for event in countable:
        own = [window.around(event.time)] * len(event.household)
        tally.hail_found += chance_of_finding(own, customers, covered, len(recommended))
    return tally


def _meant(one: Recommended, events: list[TrueEvent], told: set[tuple[str, TrueEvent]]) -> TrueEvent | None:
    """The nearest event this recommendation is right about and its customer wasn't told of before."""
    right = [
        event
        for event in events
        if (one.customer, event) not in told and _between(one.created, WINDOWS[one.trigger].around(event.time))
    ]
    return min(right, key=lambda event: abs(event.time - one.created), default=None)


def _between(moment: Instant, stretch: Stretch) -> bool:
    return stretch[0] <= moment <= stretch[1]


def _sum(parts: list[_Tally]) -> _Tally:
    total = _Tally()
    for part in parts:
        for field in part.__struct_fields__:
            setattr(total, field, getattr(total, field) + getattr(part, field))
    return total


def _score(trigger: str, tally: _Tally) -> Score:
    precision = wilson(tally.right, tally.recommended)
    hail_precision = tally.hail_right / tally.recommended if tally.recommended else None
    lift = precision.value / hail_precision if precision.value is not None and hail_precision else None
    return Score(
        trigger=trigger,
        recommended=tally.recommended,
        right=tally.right,
        events=tally.events,
        found=tally.found,
        refused=tally.refused,
        precision=precision,
        recall=wilson(tally.found, tally.events),
        median_lead_days=round(median(tally.leads), 2) if tally.leads else None,
        hail_precision=hail_precision,
        hail_recall=tally.hail_found / tally.events if tally.events else None,
        lift=lift,
    )
