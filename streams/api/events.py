"""``POST /v1/events``: CloudEvents come in."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from signals.events.schema import event_schema
from streams.api.access import Ingester
from streams.api.answer import answer
from streams.api.body import read_body, split_events
from streams.api.node import Node
from streams.api.problem import documented
from streams.api.settings import ApiSettings
from streams.api.shapes import told

_RECEIPTS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "status"],
        "properties": {
            "id": {"type": ["string", "null"]},
            "status": {"enum": ["accepted", "duplicate", "quarantined"]},
            "reason": {"type": "string"},
            "field": {"type": "string"},
            "detail": {"type": "string", "description": "What is wrong, and what to do."},
        },
    },
}
_ANYTHING = {"description": "Checked by `GET /v1/events/schema`; what does not fit gets a receipt that says why."}
_BODY = {
    "required": True,
    "content": {
        "application/cloudevents+json": {"schema": {"title": "CloudEvent"} | _ANYTHING},
        "application/cloudevents-batch+json": {"schema": {"title": "CloudEvents"} | _ANYTHING},
        "application/json": {"schema": {"title": "CloudEvent or array of CloudEvents"} | _ANYTHING},
    },
}


def routes(node: Node, settings: ApiSettings) -> APIRouter:
    """The way in."""
    router = APIRouter(prefix="/v1", tags=["events"])
    receipts = told(_RECEIPTS, "One receipt for each event")

    @router.post("/events", responses=receipts | documented(400, 413, 415), openapi_extra={"requestBody": _BODY})
    async def take(request: Request, caller: Ingester) -> Response:
        """Take one CloudEvent or an array of them, plain or gzipped; each gets a receipt, in order.

        In binary mode (headers `ce-id`, `ce-type` and so on) the body is one event's data.
        """
        body = await read_body(request, settings)
        events = split_events(request, body, settings.most_events)
        return answer(await run_in_threadpool(node.ingest, events))

    @router.get("/events/schema", responses=told({"type": "object"}) | documented())
    async def schema(caller: Ingester) -> Response:
        """The JSON Schema of every event we take."""
        return answer(event_schema())

    return router
