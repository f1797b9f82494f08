"""How answers leave: head and body in one piece, so that who waits for them is woken once; the usual ones at once.

What the fast lane takes is answered here, without a task and the application's layers. The server keeps the order of
requests on a connection, the connections that stay open, and how it ends.
"""

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from streams.api.arriving import Arriving
from streams.api.lane import Found, Lane

_TURN_SECONDS = 0.0002
"""How often a thread at work lets the loop have the interpreter: a visitor of a site waits some turns."""

_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


class _Joined:
    """A transport that writes at the end of the loop's turn what was given to it in that turn."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def write_now(self, data: bytes) -> None:
        self._parts.append(data)
        self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._parts:
            if not self._transport.is_closing():  # who hung up is told nothing
                self._transport.write(b"".join(self._parts))
            self._parts = []


class OnePiece(Arriving):
    """HTTP/1.1 whose answers leave in one piece; requests of the ``lane`` don't reach the application."""

    lane: Lane
    _coming: tuple[RequestResponseCycle, Any, Found] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_Joined(transport, self.loop))  # type: ignore[arg-type]

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._coming is not None:
            coming, self._coming = self._coming, None
            self._answer(*coming)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        plain = cycle.keep_alive and not cycle.waiting_for_100_continue and not self.flow.write_paused
        found = self.lane.find(dict(cycle.scope)) if plain else None
        if found is None:
            super()._start_asgi_task(cycle, app)
        elif cycle.more_body:
            self._coming = cycle, app, found
        else:
            self._answer(cycle, app, found)

    def _answer(self, cycle: RequestResponseCycle, app: Any, found: Found) -> None:
        def tell(response: Response) -> None:
            if not cycle.disconnected:
                self._write(cycle, response)

        if not self.lane.takes(found, dict(cycle.scope), bytes(cycle.body), tell):
            super()._start_asgi_task(cycle, app)

    def _write(self, cycle: RequestResponseCycle, response: Response) -> None:
        parts = [_STATUS[response.status_code]]
        for name, value in (*self.server_state.default_headers, *response.raw_headers):
            parts += (name, b": ", value, b"\r\n")
        parts += (b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", bytes(response.body))
        cycle.response_started = cycle.response_complete = True
        self.transport.write_now(b"".join(parts))  # type: ignore[attr-defined]
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


def serving(api: FastAPI, host: str, port: int, **more: Any) -> uvicorn.Config:
    """How a server of ours is set up, and its threads; SIGTERM ends the process with 0, closing what is open."""
    sys.setswitchinterval(_TURN_SECONDS)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server raises it anew when it has stopped

    class Protocol(OnePiece):
        lane = api.state.lane

    quiet: dict[str, Any] = {"log_config": None, "log_level": "warning", "access_log": False}
    return uvicorn.Config(api, host=host, port=port, http=Protocol, **quiet, **more)


class Server(uvicorn.Server):
    """A server that tells when it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and tell so."""
        await super().startup(sockets)
        if self.started:
            self._listening()


def run_server(server: uvicorn.Server) -> None:
    """Serve until asked to end; raises ``OSError`` when it can't listen."""
    try:
        server.run()
    except SystemExit as ended:  # it has logged why
        if not ended.code:
            raise
        place = f"{server.config.host}:{server.config.port}"
        raise OSError(f"can't listen on {place}: stop who does, or give another --port or --host") from None
