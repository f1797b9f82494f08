"""The customer's own page: what we know, why we would make contact, which consents; to switch off, correct, take along.

Whoever holds the link may see it, so it names nothing that was only said in confidence, and health never.
"""

from typing import Any
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from signals.calendar.instant import Instant, format_instant, parse_instant
from streams.api.access import from_elsewhere
from streams.api.links import Links
from streams.api.node import Node
from streams.page.view import View, read_form

PURPOSES = ("marketing", "profiling", "social_listening", "research")
FIELDS = ("name", "address", "email", "phone", "language", "marital_status", "household")
_UNSAID = frozenset({"guard.vulnerable"})
_LIKELY, _MAYBE = 0.5, 0.1
_LONGEST = 300


def routes(node: Node, view: View, links: Links) -> APIRouter:
    """The page and what its buttons do; open to who has the link."""
    router = APIRouter(prefix="/me")

    @router.get("/{token}")
    def show(request: Request, token: str) -> Response:
        customer = _customer(node, links, token)
        if customer is None:
            return _over(request, view)
        return view.page(request, "own.html", {"customer": customer, "token": token, **_told(customer, node.now())})

    @router.get("/{token}/download")
    def download(request: Request, token: str) -> Response:
        customer = _customer(node, links, token)
        if customer is None:
            return _over(request, view)
        headers = {"Content-Disposition": 'attachment; filename="what-we-know.json"', "Cache-Control": "no-store"}
        return Response(msgspec.json.format(msgspec.json.encode(customer), indent=2), 200, headers, "application/json")

    @router.post("/{token}/{deed}")
    async def act(request: Request, token: str, deed: str) -> Response:
        form = await read_form(request)
        customer = None if from_elsewhere(request) else await run_in_threadpool(_customer, node, links, token)
        if customer is None:
            return _over(request, view)
        event = _event(deed, form)
        if event is None:
            return RedirectResponse(f"/me/{token}?failed=INVALID", 303)
        await run_in_threadpool(node.ingest, [_envelope(node, customer["customer"], *event)])
        return RedirectResponse(f"/me/{token}?done=own", 303)

    return router


def _customer(node: Node, links: Links, token: str) -> dict[str, Any] | None:
    subject = links.read(token, node.now())
    found = node.customer(subject) if subject is not None else None
    return dict(found) if found is not None and not found.get("erased") else None


def _over(request: Request, view: View) -> Response:
    return view.page(request, "own.html", {"customer": None}, 404)


def _told(customer: dict[str, Any], now: Instant) -> dict[str, Any]:
    """What the page says of them."""
    given = {one["purpose"]: one for one in customer.get("consents", []) if one["given"] and not _over_by(one, now)}
    return {
        "known": {name: value for name, value in customer.get("profile", {}).items() if value},
        "consents": [(purpose, given.get(purpose)) for purpose in PURPOSES],
        "reasons": [one for one in customer.get("recommendations", []) if one["trigger"] not in _UNSAID],
        "thoughts": [
            (belief["trigger"], "likely" if belief["probability"] >= _LIKELY else "maybe")
            for belief in customer.get("beliefs", [])
            if belief["probability"] >= _MAYBE
        ],
        "fields": FIELDS,
        "now": now,
    }


def _over_by(consent: dict[str, Any], now: Instant) -> bool:
    return bool(consent.get("expires")) and parse_instant(consent["expires"]) <= now


def _event(deed: str, form: dict[str, str]) -> tuple[str, dict[str, Any]] | None:
    """The type and data of the event of what somebody asked for; None when it makes no sense."""
    if deed == "off" and form.get("purpose") in PURPOSES:
        return "consent.changed", {"purpose": form["purpose"], "given": False, "evidence": "own page"}
    if deed == "object":
        return "privacy.requested", {"kind": "object"}
    new = form.get("new", "").strip()
    if deed == "correct" and form.get("field") in FIELDS and 0 < len(new) <= _LONGEST:
        return "profile.changed", {"field": form["field"], "new": new}
    return None


def _envelope(node: Node, subject: str, type_: str, data: dict[str, Any]) -> bytes:
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"own-{uuid4().hex}",
            "source": "/me",
            "type": type_,
            "time": format_instant(node.now()),
            "subject": subject,
            "data": data,
        }
    )
