"""One customer, all around: who they are to us, what we believe, promised and may do, and the journey so far.

Shows what ``Node.customer()`` tells, as ``signals/customer/view.py`` makes it.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from signals.calendar.instant import Instant, parse_instant
from streams.api.access import Worker
from streams.api.customers import canonical
from streams.api.node import Node
from streams.api.problem import Problem
from streams.page.view import View
from streams.queue import Filter

_SHOWN = 200


def routes(node: Node, view: View) -> APIRouter:
    """Finding and showing customers."""
    router = APIRouter(prefix="/customers")

    @router.get("")
    def find(request: Request, caller: Worker, subject: str = "") -> Response:
        if subject.strip():
            name = subject.strip() if ":" in subject else f"customer:{subject.strip()}"
            return RedirectResponse(f"/customers/{quote(name, safe='')}", 303)
        return view.page(request, "customers.html", {"subject": "", "trouble": None})

    @router.get("/{subject:path}")
    def show(request: Request, caller: Worker, subject: str) -> Response:
        try:
            found = node.customer(canonical(subject))
        except Problem:
            return view.page(request, "customers.html", {"subject": subject, "trouble": "customer.bad"}, 400)
        if found is None:
            return view.page(request, "customers.html", {"subject": subject, "trouble": "customer.unknown"}, 404)
        values = {
            "customer": found,
            "now": node.now(),
            "dots": dots(found.get("journey", [])),
            "journey": list(found.get("journey", []))[:_SHOWN],
            "recommendations": node.queue.list(Filter(customer=found["customer"]), node.now(), 50).items,
        }
        return view.page(request, "customer.html", values)

    return router


def dots(journey: Sequence[Mapping[str, Any]]) -> list[tuple[Instant, str, bool]]:
    """The touches that went over a channel: when, which, and whether it was us."""
    return [
        (parse_instant(touch["time"]), touch["channel"], bool(touch.get("by_us")))
        for touch in journey
        if touch.get("channel")
    ]
