"""One decision: what we saw, how it was decided, what would have changed it, and a person's last word on it."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from signals.calendar.instant import Instant, parse_instant
from streams.api.access import Operator, Worker
from streams.api.node import Node
from streams.api.problem import Problem
from streams.api.work import Overruled, have_last_word, may_be_released
from streams.page.told import Told
from streams.page.view import View, read_form
from streams.queue import Unknown


def routes(node: Node, view: View) -> APIRouter:
    """Decisions, one and many."""
    router = APIRouter()

    @router.get("/decisions")
    def decisions(request: Request, caller: Operator, reason: str = "") -> Response:
        latest = node.queue.latest(100, reason or None).items
        return view.page(request, "decisions.html", {"reason": reason, "latest": latest, "now": node.now()})

    @router.get("/recommendations/{id}")
    @router.get("/decisions/{id}")
    def decision(request: Request, caller: Worker, id: str) -> Response:
        found = node.explain(id)
        if found is None:
            return view.page(request, "error.html", {"text": "failed.UNKNOWN"}, 404)
        item = node.queue.get(id)
        evidence = {piece["event"]: piece["saw"] for piece in found.get("evidence", ())}
        values = {
            "record": found,
            "told": Told(view.words(request), node.sayings(), evidence),
            "work": item.work if item else None,
            "now": node.now(),
            "moments": moments(found),
            "overrule": _overrule(found),
        }
        return view.page(request, "decision.html", values)

    @router.post("/recommendations/{id}/overrule")
    @router.post("/decisions/{id}/overrule")
    async def overrule(request: Request, caller: Operator, id: str) -> Response:
        form = await read_form(request)
        given = {"by": form.get("by") or None, "note": form.get("note", "").strip(), "direction": form.get("direction")}
        try:
            answer = Overruled.model_validate(given).answer(caller)
            await run_in_threadpool(have_last_word, node, id, answer, caller)
        except ValidationError:
            return _back(request, "failed=INVALID")
        except Unknown:
            return _back(request, "failed=UNKNOWN")
        except Problem as problem:
            return _back(request, f"failed={problem.code}")
        return _back(request, "done=overruled")

    return router


def moments(record: Mapping[str, Any]) -> list[tuple[str, Instant]]:
    """The moments of a recommendation's life, in order; none for a mere decision."""
    names = {"created": "created", "not_before": "from", "best_before": "best", "expires": "expires"}
    found = [(name, parse_instant(record[field])) for field, name in names.items() if record.get(field)]
    return sorted(found, key=lambda pair: pair[1]) if len(found) > 1 else []


def _overrule(record: Mapping[str, Any]) -> str | None:
    """Which way a person could still decide: ``stop``, ``release`` or neither."""
    if record["status"] == "released":
        return "stop"
    return "release" if may_be_released(record) else None


def _back(request: Request, query: str) -> Response:
    return RedirectResponse(f"{request.url.path.removesuffix('/overrule')}?{query}", 303)
