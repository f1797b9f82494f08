"""How answers leave: head and body in one piece, so that who waits for them is woken once."""

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


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

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._parts:
            self._transport.write(b"".join(self._parts))
            self._parts = []


class OnePiece(HttpToolsProtocol):
    """HTTP/1.1 whose answers leave in one piece."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_Joined(transport, self.loop))  # type: ignore[arg-type]


def serving(application: Any, host: str, port: int, **more: Any) -> uvicorn.Config:
    """How a server of ours is set up."""
    return uvicorn.Config(
        application, host=host, port=port, http=OnePiece, log_level="warning", access_log=False, **more
    )
