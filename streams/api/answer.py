"""Records as JSON answers."""

import hashlib
from typing import Any

import msgspec
from fastapi import Request, Response

from signals.calendar.instant import Instant, format_instant
from streams.queue import Item, Work

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "You have it already"}}
"""The ``responses`` of a route whose answers have a tag."""


def answer(content: Any) -> Response:
    """A JSON answer that nobody between may keep."""
    return Response(msgspec.json.encode(content), media_type="application/json", headers={"Cache-Control": "no-store"})


def tagged(request: Request, content: Any) -> Response:
    """A JSON answer with an ETag; empty (304) when the caller already has it, also by a tag that a proxy weakened."""
    body = msgspec.json.encode(content)
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def as_record(item: Item) -> msgspec.Raw:
    """A recommendation in the contract's JSON, with the work on it under ``work``."""
    return msgspec.Raw(item.body[:-1] + b',"work":' + msgspec.json.encode(_work(item.work)) + b"}")


def _work(work: Work) -> dict[str, Any]:
    return {
        "claimed_by": work.claimed_by,
        "lease_until": _time(work.lease_until),
        "snoozed_until": _time(work.snoozed_until),
        "outcome": work.outcome,
        "closed": work.closed,
    }


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
