"""The routes of Segment-compatible clients: their calls become our events by the pack's tracking file.

Every client was measured: the answer is exactly 200 (one of them resends at 202 and 204), bodies are read by what they
are and not by what their Content-Type says, and what can't be used is quarantined with a reason instead of refused: a
client throws away all of a batch that was refused.
"""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from signals.events.decode import Rejected, encode
from streams.api.access import Gate
from streams.api.answer import answer
from streams.api.body import check_number, decode_body, read_body
from streams.api.keys import Scope
from streams.api.node import Node, Receipt
from streams.api.problem import Problem, documented
from streams.api.settings import ApiSettings
from streams.api.shapes import TAKEN, told
from streams.sources.quarantine import Quarantined
from streams.sources.segment import BATCH, KINDS, Admit, Segment
from streams.sources.tracking import pack_tracking
from streams.sources.vouched import Vouched

_BODY = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}


def routes(node: Node, settings: ApiSettings) -> APIRouter:
    """One route for each kind of call, and those for batches."""
    router = APIRouter(prefix="/v1", tags=["segment"], responses=told(TAKEN) | documented(400, 413, 415))
    segment = Segment(pack_tracking(settings.pack))
    secrets = settings.identify_secret.get_secret_value().split()
    vouched = Vouched(secrets) if secrets else None

    async def take(request: Request) -> Response:
        kind = request.url.path.rpartition("/")[2]
        body = await read_body(request, settings)
        gate: Gate = request.app.state.gate
        caller = gate.admit(request, Scope.WEB, _write_key(body))
        admit = None if vouched is None or caller.key.opens(Scope.INGEST) else vouched.admit
        call = _read(body)
        if isinstance(calls := call.get("batch"), list):
            check_number(calls, settings.most_events)
        return answer(await run_in_threadpool(_keep, node, segment, kind, call, admit))

    for kind in (*KINDS, *BATCH):
        router.add_api_route(
            f"/{kind}",
            take,
            methods=["POST"],
            summary=f"Take a Segment `{kind}` call",
            operation_id=f"segment_{kind}",
            openapi_extra={"requestBody": _BODY},
        )
    return router


class _Keyed(msgspec.Struct, rename="camel"):
    write_key: Any = None


def _write_key(body: bytes) -> str:
    """The key in a body, of which nothing else is kept: before it is known, strangers shall not fill the memory."""
    try:
        return str(msgspec.json.decode(body, type=_Keyed).write_key or "")
    except (msgspec.MsgspecError, RecursionError):
        return ""


def _read(body: bytes) -> dict[str, Any]:
    try:
        return decode_body(body, dict[str, Any], "the body is not a JSON object")
    except Problem:
        return decode_body(_mended(body), dict[str, Any], "the body is not a JSON object")


def _mended(body: bytes) -> bytes:
    """A body that is JSON but for what clients let through in one of its calls, and would lose the others by.

    Python's write ``NaN``, which becomes null; JavaScript's half an emoji, which becomes the sign of replacement.
    """
    try:
        text = json.dumps(json.loads(body, parse_constant=lambda _: None), ensure_ascii=False)
    except (ValueError, RecursionError):
        return b""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _keep(node: Node, segment: Segment, kind: str, call: dict[str, Any], admit: Admit | None) -> dict[str, Any]:
    if kind in BATCH:
        events, refused = segment.read_batch(call, node.now(), admit=admit)
    else:
        events, refused = segment.read_call(kind, call, node.now(), admit)
    receipts = node.ingest([encode(event) for event in events]) if events else []
    if refused:
        node.refuse(refused)
    return _told(receipts, refused)


def _told(receipts: Sequence[Receipt], refused: Sequence[Quarantined]) -> dict[str, Any]:
    count = {status: sum(receipt.status == status for receipt in receipts) for status in ("accepted", "duplicate")}
    causes: list[Rejected | Receipt] = [one.rejected for one in refused]
    causes += [one for one in receipts if one.status == "quarantined"]
    reasons = [{"reason": one.reason, "field": one.field, "detail": one.detail} for one in causes]
    return {"success": True, **count, "quarantined": reasons}
