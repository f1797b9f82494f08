"""Decisions, their counts, and the desks' queues."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from signals.calendar.instant import Instant, format_instant, to_datetime
from streams.api.access import Operator, Worker
from streams.api.answer import UNCHANGED, answer, tagged
from streams.api.node import Node
from streams.api.parameters import ONCE, Paged, Subject
from streams.api.problem import Problem, documented
from streams.api.shapes import (
    DESKS,
    EXPLAINED,
    FUNNEL,
    OPERATIONS,
    OVERRULES,
    PAGE_OF_DECISIONS,
    PRECISION,
    told,
)
from streams.queue import Funnel
from streams.queue.entry import read_place, write_place
from streams.queue.protocol import Latest

Days = Annotated[int | None, Query(ge=1, le=400, description="Only candidates of the last so many days (UTC).")]


class Asked(Paged):
    """Which decisions."""

    reason: str | None = None
    customer: Subject | None = None


def routes(node: Node) -> APIRouter:
    """Reading decisions."""
    router = APIRouter(prefix="/v1", tags=["decisions"])

    @router.get("/decisions", responses=told(PAGE_OF_DECISIONS) | documented(), dependencies=[ONCE])
    def latest(asked: Annotated[Asked, Query()], caller: Operator) -> Response:
        """A page of decisions: those that changed last come first, one that changes meanwhile is there anew.

        About one customer: all that is kept, the latest candidate first.
        """
        try:
            page = (
                _of_customer(node, asked)
                if asked.customer
                else node.queue.latest(asked.limit, asked.reason, asked.cursor)
            )
        except ValueError as error:
            raise Problem(400, "BAD_CURSOR", str(error)) from error
        return answer({"items": page.items, "next": page.cursor})

    @router.get("/decisions/{id}", responses=told(EXPLAINED) | UNCHANGED | documented(404))
    def explain(id: str, request: Request, caller: Worker) -> Response:
        """One decision or recommendation with all that led to it."""
        found = node.explain(id)
        if found is None:
            raise Problem(404, "UNKNOWN", "no such decision; it may have been erased, or be older than what is kept")
        return tagged(request, found)

    @router.get("/funnel", responses=told(FUNNEL) | documented())
    def funnel(caller: Operator, days: Days = None) -> Response:
        """All decisions counted per trigger, reason and status, with the conservation check."""
        chosen = None if days is None else last_days(node.now(), days)
        return answer(_funnel(node.queue.funnel(chosen)))

    @router.get("/precision", responses=told(PRECISION) | documented())
    def precision(caller: Operator) -> Response:
        """How often recommendations turned out right, per trigger, channel and segment, beside what we stated."""
        return answer([_fields(row) for row in node.precisions()])

    @router.get("/overrules", responses=told(OVERRULES) | documented())
    def overrules(caller: Operator) -> Response:
        """How often people overruled a trigger's reasons, to release or to stop; who and when is in the audit log."""
        return answer({"items": [_fields(row) for row in node.overrules()]})

    @router.get("/desks", responses=told(DESKS) | documented())
    def desks(caller: Worker) -> Response:
        """What waits at each desk."""
        rows = node.queue.desks(node.now())
        return answer([{**_fields(row), "oldest": row.oldest and format_instant(row.oldest)} for row in rows])

    @router.get("/operations", responses=told(OPERATIONS) | documented())
    def operations(caller: Operator) -> Response:
        """Season, promises, guards, clocks: what the operations page shows beside the queue."""
        return answer(node.operations())

    return router


def _of_customer(node: Node, asked: Asked) -> Latest:
    kept = node.queue.decisions_of(str(asked.customer))
    found = [one for one in reversed(kept) if asked.reason in (None, one["reason"])]
    begin = read_place(asked.cursor) if asked.cursor else 0
    end = begin + asked.limit
    return Latest(found[begin:end], write_place(end) if end < len(found) else None)


def last_days(now: Instant, days: int) -> list[str]:
    """The names of the last ``days`` days, today included, in UTC."""
    today = to_datetime(now).date()
    return [(today - timedelta(days=back)).isoformat() for back in range(days)]


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _funnel(funnel: Funnel) -> dict[str, Any]:
    return {
        "conserved": funnel.conserved,
        "candidates": sum(funnel.candidates.values()),
        "held": sum(tally.count for tally in funnel.tallies if tally.status == "held"),
        "triggers": funnel.candidates,
        "tallies": [_fields(tally) for tally in funnel.tallies],
    }
