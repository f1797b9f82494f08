"""The operations page: what was decided, why not, the season, the desks, and whether all of it still runs.

Beside the queue it shows what ``Node.operations()`` tells: any of the parts below; a part that is absent has no tile.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypedDict, TypeVar

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from signals.calendar.instant import to_datetime
from signals.decision.controls import Control
from signals.decision.learning import Overrule
from streams.api.access import Operator
from streams.api.decisions import last_days
from streams.api.node import Node
from streams.page import funnel as funnels
from streams.page.pictures import Phase
from streams.page.quality import LOOKED_BACK, qualities
from streams.page.selection import drives
from streams.page.view import View
from streams.queue import Desk, Filter, Funnel, Item
from streams.steering import stop_of_everything
from streams.steering.ledger import Entry

T = TypeVar("T")

_SELDOM = 20.0
"""Seconds for which what changes slowly and costs more is kept."""

_LOOKED_AT = 500

_PERIODS = {"1": 1, "7": 7, "30": 30, "all": None}


class PhasePart(TypedDict):
    """A phase of a season; ``start`` and ``end`` are dates, ``end`` the first day after it."""

    name: str
    start: str
    end: str


class SeasonPart(TypedDict, total=False):
    """Where the switching season stands."""

    calendar: str
    phases: Sequence[PhasePart]
    deadline: str
    """The last day on which customers can switch."""
    comparing: int
    undecided: int
    cancelled: int
    cancelled_last_year: int
    news: Sequence[Mapping[str, str]]
    """Premium news, newest first: ``time`` and ``headline``."""


class PromisesPart(TypedDict, total=False):
    """How we keep our word."""

    open: int
    due_today: int
    at_risk: int
    broken: int
    owners: Sequence[Mapping[str, Any]]
    """Per ``owner``: ``open``, ``at_risk``, ``broken``."""


class ClockPart(TypedDict, total=False):
    """Whether time and events move."""

    events: int
    customers: int
    late: int
    duplicates: int
    quarantined: int
    lag_seconds: float
    timers: int
    fired: int
    overdue: int
    idle: Sequence[int]
    """Partitions that stand still."""


class OperationsParts(TypedDict, total=False):
    """What ``Node.operations()`` may tell."""

    season: SeasonPart
    promises: PromisesPart
    guards: Mapping[str, int]
    """Customers under each guard."""
    clock: ClockPart
    reach: Sequence[int]
    """Customers with 0, 1, 2 … contacts in the last 30 days; the last count is "or more"."""
    word_of_mouth: Mapping[str, int]
    """``tellers``, ``referred``, ``accepted``."""
    uplift: Mapping[str, Mapping[str, Any]]
    """Per outcome (``bought``, ``left``), the holdout against the rest: ``signals/evaluation/uplift.py``."""
    delivery: Sequence[Mapping[str, Any]]
    """Per ``endpoint``: ``delivered``, ``failed`` attempts, ``waiting``, ``dead``, ``disabled``."""
    controls: Mapping[str, Any]
    """``kill`` (names), ``holdout`` (``share``, ``epoch``), ``pack`` (``name``, ``version``)."""


class Glance:
    """Remembers what a page needs for a second, so that many readers cost as much as one."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._kept: dict[str, tuple[float, Any]] = {}

    def funnel(self, period: str) -> Funnel:
        """Decisions counted over one of the periods."""
        days = _PERIODS[period]
        chosen = None if days is None else last_days(self._node.now(), days)
        return self._fresh(f"funnel {period}", lambda: self._node.queue.funnel(chosen))

    def desks(self) -> Sequence[Desk]:
        """The desks' queues."""
        return self._fresh("desks", lambda: self._node.queue.desks(self._node.now()))

    def next(self) -> Sequence[Item]:
        """What would be handed out next."""
        return self._fresh("next", lambda: self._node.queue.list(Filter(available=True), self._node.now(), 8).items)

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        """What became of recommendations, per trigger."""
        return self._fresh("outcomes", self._node.queue.outcomes)

    def overrules(self) -> Mapping[str, Mapping[str, int]]:
        """How often each reason was overruled, to release and to stop."""
        return self._fresh("overrules", lambda: overruled(self._node.overrules()))

    def fired(self) -> Mapping[str, Mapping[str, int]]:
        """On which days each trigger fired."""
        days = last_days(self._node.now(), LOOKED_BACK)
        return self._fresh("fired", lambda: self._node.queue.fired(days), _SELDOM)

    def open(self) -> Sequence[Mapping[str, Any]]:
        """Recommendations that are out, the first in order of work."""
        return self._fresh("open", self._released, _SELDOM)

    def _released(self) -> Sequence[Mapping[str, Any]]:
        page = self._node.queue.list(Filter(status="released"), self._node.now(), _LOOKED_AT)
        return [item.recommendation for item in page.items]

    def controls(self) -> Sequence[Control]:
        """The controls that count now."""
        return self._fresh("controls", self._node.controls)

    def parts(self) -> Mapping[str, Any]:
        """What the node tells of itself."""
        return self._fresh("parts", self._node.operations)

    def _fresh(self, name: str, look: Callable[[], T], seconds: float = 1.0) -> T:
        now = time.monotonic()
        kept = self._kept.get(name)
        if kept is None or now - kept[0] > seconds:
            self._kept[name] = kept = (now, look())
        found: T = kept[1]
        return found


def routes(node: Node, view: View) -> APIRouter:
    """The operations page."""
    router = APIRouter()
    glance = Glance(node)

    @router.get("/")
    def operations(request: Request, caller: Operator, period: str = "all", trigger: str = "") -> Response:
        period = period if period in _PERIODS else "all"
        funnel = glance.funnel(period)
        shown = funnels.only(funnel, trigger) if trigger else funnel
        parts = glance.parts()
        rows = funnels.rows(funnel)
        controls = glance.controls()
        today = to_datetime(node.now(), view.zone).date()
        outcomes = glance.outcomes()
        precision = funnels.precision(outcomes)
        values = {
            "controls": controls,
            "stop": stop_of_everything(controls),
            "now": node.now(),
            "period": period,
            "periods": list(_PERIODS),
            "conserved": funnel.conserved,
            "total": funnels.total(funnel),
            "trigger": trigger,
            "steps": funnels.steps(shown),
            "refusals": funnels.refusals(shown),
            "answers": funnels.answers(outcomes, trigger),
            "overrules": glance.overrules(),
            "rows": rows,
            "most": max((row.candidates for row in rows), default=0),
            "desks": glance.desks(),
            "next": glance.next(),
            "latest": node.queue.latest(12).items,
            "parts": parts,
            "precision": precision,
            "quality": qualities(glance.fired(), glance.open(), precision, node.now()),
            "drives": drives(glance.open()),
            "season": season_view(parts["season"], today) if "season" in parts else None,
        }
        return view.page(request, "operations.html", values)

    @router.post("/deliveries/{sink}/again")
    def try_again(caller: Operator, sink: str) -> Response:
        node.try_again(sink)
        node.ledger.note(Entry(node.now(), caller.name, caller.key.name, "tried again", sink))
        return RedirectResponse("/#delivery", 303)

    return router


def overruled(counts: Iterable[Overrule]) -> dict[str, dict[str, int]]:
    """Per reason how often people released and stopped, commonest first."""
    found: dict[str, dict[str, int]] = {}
    for row in counts:
        found.setdefault(row.reason, {"release": 0, "stop": 0})[row.direction] += row.count
    return dict(sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0])))


def season_view(part: SeasonPart, today: date) -> dict[str, Any]:
    """The season with its days counted from today."""
    phases = [
        Phase(phase["name"], date.fromisoformat(phase["start"]), date.fromisoformat(phase["end"]))
        for phase in part["phases"]
    ]
    current = next((phase.name for phase in phases if phase.start <= today < phase.end), "closed")
    days_left = (date.fromisoformat(part["deadline"]) - today).days
    opens_in = (phases[0].start - today).days
    counted = {"today": today, "phase": current, "days_left": days_left, "opens_in": opens_in, "phases": phases}
    return {**part, **counted}
