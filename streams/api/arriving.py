"""How large the head of a request may be, and how long a request may take to arrive.

Nothing is known of who sends it yet: an endless head would fill the memory, and heads that never end would take all the
connections that a process may have.
"""

import asyncio
from http import HTTPStatus

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from streams.api.problem import MEDIA_TYPE, problem_of

_LARGEST_HEAD = 64 << 10
_HEAD_SECONDS, _WHOLE_SECONDS = 10.0, 120.0
_LOOK_SECONDS = 2.5


class Arriving(HttpToolsProtocol):
    """HTTP/1.1 that hangs up on requests which are too large in the head or too slow, and says so."""

    _since: float | None = None
    """Since when a request has been awaited, or arriving; None when it is all here."""
    _head: int | None = 0
    """Bytes of its head so far; None when that is complete."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self._looking = self.loop.call_later(_LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._looking.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._since, self._head = self.loop.time(), 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._since = None
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > _LARGEST_HEAD:
                self._hang_up(431, "TOO_LARGE", f"send at most {_LARGEST_HEAD} bytes of address and headers")

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        now = self.loop.time()
        if self.flow.read_paused:  # it is we who are slow
            self._since = None if self._since is None else now
        most = _WHOLE_SECONDS if self._head is None else _HEAD_SECONDS
        if self._since is not None and now - self._since > most:
            self._hang_up(408, "TOO_SLOW", "the request did not arrive in time; send it again")
            return
        self._looking = self.loop.call_later(_LOOK_SECONDS, self._look)

    def _hang_up(self, status: int, code: str, detail: str) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:  # else the answer to another request is under way
            body = msgspec.json.encode(problem_of(status, code, detail))
            head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            self.transport.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        self.transport.close()
