"""Quarantine over HTTP: what was refused and why, the bytes themselves, and another try.

Why something was refused is for operations; what came in may be personal, and takes a key that opens privacy.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import msgspec
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from streams.api.access import Guardian, Operator
from streams.api.answer import answer
from streams.api.controls import refusals
from streams.api.node import Node
from streams.api.problem import documented
from streams.api.shapes import SENT_AGAIN, told
from streams.sources.quarantine import PLACE
from streams.steering import Entry

_TOLD = frozenset({"reason", "field", "detail", "received", *PLACE})
_LINES = "application/jsonl"
_AT_ONCE = 200
_ALL: dict[int | str, dict[str, Any]] = {
    200: {"description": "A record a line, oldest first", "content": {_LINES: {"schema": {"type": "string"}}}}
}


class Again(BaseModel):
    """What to try again."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, min_length=1, max_length=100, description="Only what was refused for this.")


def routes(node: Node) -> APIRouter:
    """Looking at it, and trying again."""
    router = APIRouter(prefix="/v1/quarantine", tags=["quarantine"])

    @router.get("", response_class=Response, responses=_ALL | documented())
    def quarantined(caller: Operator) -> Response:
        """Every quarantined record: its reason, field, detail and place, without what came in."""
        seen = ({name: one[name] for name in one if name in _TOLD} for one in node.quarantined_records())
        return _lines(seen)

    @router.get("/raw", response_class=Response, responses=_ALL | documented())
    def raw(caller: Guardian) -> Response:
        """The same with what came in, which may be personal."""
        return _lines(node.quarantined_records())

    @router.post("/redrive", responses=told(SENT_AGAIN) | documented(409))
    def redrive(again: Again, caller: Operator) -> Response:
        """Send it in again: what goes in leaves quarantine, and what is still no good comes back, or stays."""
        with refusals():
            sent = node.redrive(again.reason)
        node.ledger.note(Entry(node.now(), caller.name, caller.key.name, "sent in again", again.reason or "quarantine"))
        return answer({"sent": sent})

    return router


def _lines(records: Iterable[Mapping[str, Any]]) -> Response:
    """An answer that goes out while it is read; what can't be read at all is still told as a problem."""
    pieces = _pieces(records)
    whole = chain([next(pieces, b"")], pieces)
    return StreamingResponse(whole, media_type=_LINES, headers={"Cache-Control": "no-store"})


def _pieces(records: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    encoded = (msgspec.json.encode(record) + b"\n" for record in records)
    while piece := b"".join(islice(encoded, _AT_ONCE)):
        yield piece
