"""The fast lane: what desks ask all day is answered before the application's routing and injection.

It only takes what is as usual. Whatever else is about a request (no key, a wrong field, an Idempotency-Key) goes to the
application as it came, which says what is the matter. Both ways end in the same functions, and the document describes
the application's.
"""

import re
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from fastapi import FastAPI, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.api import keys
from streams.api.access import Caller, Gate
from streams.api.node import Node
from streams.api.problem import Problem

_UNUSUAL = (b"idempotency-key", b"content-encoding")
_JSON = b"application/json"

Act = Callable[[], Response]

Read = Callable[[Request, Caller, str], Awaitable[Act]]
"""Reads a request, with what its path names; raises ``ValidationError`` or ``Problem`` when it isn't as usual."""


class Way(msgspec.Struct, frozen=True):
    """One kind of request; ``single``: it reads one recommendation."""

    method: str
    path: re.Pattern[str]
    read: Read
    single: bool = False


class Lane:
    """Middleware of ``api``, whose handlers turn errors into answers."""

    def __init__(self, app: ASGIApp, api: FastAPI, node: Node, gate: Gate, ways: Sequence[Way]) -> None:
        self._app = app
        self._api = api
        self._node = node
        self._gate = gate
        self._ways = ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        way, name = found
        request = Request(scope, receive)
        try:
            act = await way.read(request, self._gate.admit(request, keys.Scope.QUEUE), name)
        except (Problem, ValidationError):
            await self._app(scope, await _as_it_came(request), send)
            return
        response = await self._answer(request, act, way.single and self._node.queue.near)
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[Way, str] | None:
        for way in self._ways:
            if way.method == scope["method"] and (match := way.path.fullmatch(scope["path"])):
                return None if _is_unusual(scope) else (way, match[1] if match.lastindex else "")
        return None

    async def _answer(self, request: Request, act: Act, near: bool) -> Response:
        try:
            return act() if near else await run_in_threadpool(act)
        except Exception as error:
            handler = self._api.exception_handlers.get(type(error))
            if handler is None:
                raise
            response: Response = await handler(request, error)  # type: ignore[misc]
            return response


def _is_unusual(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    posted = scope["method"] == "POST" and headers.get(b"content-type") != _JSON
    return posted or any(name in headers for name in _UNUSUAL)


async def _as_it_came(request: Request) -> Receive:
    """The request's messages once more: a body that was read here is still to be read by the application."""
    body = await request.body()
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            return await request.receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
