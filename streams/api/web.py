"""What a company's own web pages need: the snippet that tells of visits, and what to show a visitor now.

The write key of a page is no secret, so it opens ``web`` and nothing else. With it one learns only what may be shown to
the holder of a device id, which nobody can guess; asking by ``userId`` takes a key that opens the queue, which only
servers hold.
"""

import hashlib
from importlib.resources import files
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from streams.api.access import Gate
from streams.api.answer import answer
from streams.api.body import decode_body, read_body
from streams.api.customers import canonical
from streams.api.keys import Scope
from streams.api.node import Node
from streams.api.problem import Problem, documented
from streams.api.settings import ApiSettings
from streams.api.shapes import VISIT, told

_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "writeKey": {"type": "string", "description": "The key, where no header can be sent."},
                    "anonymousId": {"type": "string", "description": "The visitor's device."},
                    "userId": {"type": "string", "description": "Instead: the customer. Needs a key for the queue."},
                },
            }
        }
    },
}


_SCRIPT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The script", "content": {"text/javascript": {"schema": {"type": "string"}}}},
    304: {"description": "You have it already"},
}


class Asked(msgspec.Struct, rename="camel"):
    """Who visits; clients also send ``null``."""

    write_key: str | None = None
    anonymous_id: str | None = None
    user_id: str | None = None


def routes(node: Node, settings: ApiSettings) -> APIRouter:
    """The snippet, and the decision for a visitor."""
    router = APIRouter(prefix="/v1", tags=["web"])
    script = _without_indentation((files("streams.api") / "snippet.js").read_bytes())
    tag = f'"{hashlib.blake2b(script, digest_size=12).hexdigest()}"'

    @router.post(
        "/web/decision", responses=told(VISIT) | documented(400, 404, 413, 415), openapi_extra={"requestBody": _BODY}
    )
    async def decide(request: Request) -> Response:
        """What, if anything, is relevant to show this visitor now; tell that it was shown by `Recommendation Shown`."""
        asked = _read(await read_body(request, settings))
        gate: Gate = request.app.state.gate
        caller = gate.admit(request, Scope.WEB, asked.write_key or "")
        within = caller.key.opens(Scope.QUEUE)
        if asked.user_id and not within:
            raise Problem(403, "WRONG_SCOPE", "only a key that opens the queue asks by userId; ask by anonymousId")
        visit = await run_in_threadpool(node.visit, _subject(asked))
        return answer(visit if within else {"show": visit.show})

    @router.get("/snippet.js", response_class=Response, openapi_extra={"security": []}, responses=_SCRIPT)
    async def snippet(request: Request) -> Response:
        """The script for web pages: page views, searches and forms; nothing is kept or sent without consent."""
        headers = {
            "ETag": tag,
            "Cache-Control": "public, max-age=3600",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(script, media_type="text/javascript", headers=headers)

    return router


def _without_indentation(script: bytes) -> bytes:
    return b"\n".join(line.strip() for line in script.splitlines())


def _read(body: bytes) -> Asked:
    return decode_body(body, Asked, "the body is not a JSON object with anonymousId, a text")


def _subject(asked: Asked) -> str:
    if asked.user_id:
        return canonical(f"customer:{asked.user_id}")
    if asked.anonymous_id:
        return canonical(f"device:{asked.anonymous_id}")
    raise Problem(400, "MISSING_FIELD", "say who visits: anonymousId, or userId with a key that opens the queue")
