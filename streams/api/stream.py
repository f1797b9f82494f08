"""``GET /v1/changes``: changed recommendations as server-sent events.

One watcher for each process looks whether anything changed; connections only read when it did. A connection that was
lost goes on from the ``Last-Event-ID`` it saw; changes in between arrive once, each at its newest.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated

import structlog
from anyio import BrokenResourceError
from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from streams.api.access import Gate, Worker
from streams.api.answer import as_record
from streams.api.node import Node
from streams.api.problem import documented

_EVERY = 0.5
"""Seconds between looks at the store."""

_DIGITS = 19
"""Of the largest place that a store has."""

_log = structlog.get_logger("signals.api")


class Unheard:
    """Lets a stream end in peace when its listener hung up while it was told something: nothing failed here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        try:
            await self._app(scope, receive, send)
        except* BrokenResourceError:
            _log.debug("a listener hung up")


class Watcher:
    """Knows the last place in the stream of changes, and wakes who waits for the next."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._last = 0
        self._moved = asyncio.Event()
        self._sees = True
        self.closing = False

    async def wait_beyond(self, place: int) -> None:
        """Until there are changes after ``place``."""
        while self._last <= place and not self.closing:
            await self._moved.wait()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch as long as this lasts."""
        await self._look()
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            self.closing = True
            self._wake()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            await self._look()

    async def _look(self) -> None:
        try:
            newest = await run_in_threadpool(self._node.queue.changes, -1)
        except Exception as error:  # the store may be away for a while: look again
            if self._sees:
                _log.warning("the queue can't be reached; trying again", error=type(error).__name__)
            self._sees = False
            return
        if not self._sees:
            _log.info("the queue can be reached again")
        self._sees = True
        if newest and newest[0].sequence != self._last:
            self._last = newest[0].sequence
            self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    @property
    def last(self) -> int:
        """The newest place seen."""
        return self._last


def routes(node: Node, watcher: Watcher) -> APIRouter:
    """The stream of changes."""
    router = APIRouter(prefix="/v1", tags=["recommendations"])

    async def begin(seen: Annotated[str | None, Header(alias="Last-Event-ID")] = None) -> int:
        newest = await run_in_threadpool(node.queue.changes, -1)
        place = newest[0].sequence if newest else 0
        # What lies beyond the newest was seen in another store than this.
        return min(int(seen), place) if seen and seen.isdecimal() and len(seen) <= _DIGITS else place

    @router.get("/changes", response_class=EventSourceResponse, responses=documented())
    async def changes(
        request: Request, caller: Worker, place: Annotated[int, Depends(begin)]
    ) -> AsyncIterator[ServerSentEvent]:
        """Every changed recommendation from now on, or from the last one seen; until the key is taken back."""
        gate: Gate = request.app.state.gate
        while not watcher.closing:
            found = await run_in_threadpool(node.queue.changes, place, 100)
            if not gate.still_knows(caller):
                return
            for change in found:
                place = change.sequence
                data = bytes(as_record(change.item)).decode()
                yield ServerSentEvent(raw_data=data, event="recommendation", id=str(place))
            if not found:
                await watcher.wait_beyond(place)

    return router
