"""The fast lane: what desks ask all day is answered without the application's routing and injection.

It only takes what is as usual. Whatever else is about a request (no key, a wrong field, an Idempotency-Key, another web
site's page) goes to the application as it came, which says what is the matter. Both ways end in the same functions, and
the document describes the application's.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from fastapi import Request, Response
from pydantic import ValidationError
from starlette.types import Scope

from streams.api import keys
from streams.api.access import Caller, Gate
from streams.api.node import Node
from streams.api.problem import OURS, Problem, answer_to
from streams.api.together import Act, Together

_log = logging.getLogger("uvicorn.error")
_UNUSUAL = frozenset({b"idempotency-key", b"content-encoding", b"transfer-encoding", b"origin"})
_JSON = b"application/json"
_LARGEST = 16_384
"""Bytes of a body that come in at once."""

_AT_ONCE = 2

Look = Callable[[], Response]
"""Reads what is asked for."""

Read = Callable[[Request, bytes, Caller, str], Act[Response] | Look]
"""Reads a request and its body, with what its path names; raises ``ValidationError`` or ``Problem`` when it isn't as
usual."""

Tell = Callable[[Response], None]
"""Takes the answer, in the loop."""


class Way(msgspec.Struct, frozen=True):
    """One kind of request; ``single``: it reads one recommendation."""

    method: str
    path: re.Pattern[str]
    read: Read
    single: bool = False


Found = tuple[Way, str]
"""A way, and what the path names."""


class Lane:
    """Answers the requests of these ``ways``, with the callers that ``gate`` admits."""

    def __init__(self, node: Node, gate: Gate, ways: Sequence[Way]) -> None:
        self._node = node
        self._gate = gate
        self._ways = ways
        self._threads = ThreadPoolExecutor(_AT_ONCE, "lane")
        self._reading, self._working = Together(node), Together(node)

    def find(self, scope: Scope) -> Found | None:
        """The way of a request of which the head is known."""
        for way in self._ways:
            if way.method == scope["method"] and (match := way.path.fullmatch(scope["path"])):
                return None if _is_unusual(scope) else (way, match[1] if match.lastindex else "")
        return None

    def takes(self, found: Found, scope: Scope, body: bytes, tell: Tell) -> bool:
        """Take a request and ``tell`` its answer, now or later; False: it isn't as usual, and nothing was done."""
        way, name = found
        request = Request(scope)
        try:
            act = way.read(request, body, self._gate.admit(request, keys.Scope.QUEUE), name)
        except (Problem, ValidationError):
            return False
        if isinstance(act, Generator):
            group = self._reading if way.single else self._working
            group.do(act, lambda ended: tell(_answer(request, ended)))
        elif way.single and self._node.queue.near:
            tell(_answer(request, _seen(act)))
        else:
            asked: asyncio.Future[Any] = asyncio.get_running_loop().run_in_executor(self._threads, _seen, act)
            asked.add_done_callback(lambda done: tell(_answer(request, done.result())))
        return True


def _seen(look: Look) -> Response | Exception:
    try:
        return look()
    except Exception as error:
        return error


def _answer(request: Request, ended: Response | Exception) -> Response:
    if isinstance(ended, Response):
        return ended
    if not isinstance(ended, OURS):
        _log.error("exception in the fast lane", exc_info=ended)
    return answer_to(request, ended)


def _is_unusual(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    if not _UNUSUAL.isdisjoint(headers):
        return True
    length = headers.get(b"content-length")
    if scope["method"] == "GET":
        return length is not None
    return headers.get(b"content-type") != _JSON or length is None or len(length) > 5 or int(length) > _LARGEST
