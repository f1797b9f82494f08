"""A receiver on a real socket that answers as it is told and remembers what came."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from streams.sinks import Courier


class Request(msgspec.Struct, frozen=True):
    """One request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Reply = tuple[int, dict[str, str], Any]
Behaviour = Callable[[Request], Reply]


class Receiver:
    """What came, in order, and how to answer it."""

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.requests: list[Request] = []
        self.url = ""

    @property
    def messages(self) -> list[str]:
        """The ids of the webhook messages that came."""
        return [request.headers["webhook-id"] for request in self.requests]


def always(status: int, headers: dict[str, str] | None = None) -> Behaviour:
    """Answer everything alike."""
    return lambda _: (status, headers or {}, {})


def in_turn(*statuses: int) -> Behaviour:
    """Answer with one status after the other, the last for ever."""
    left = list(statuses)
    return lambda _: (left.pop(0) if len(left) > 1 else left[0], {}, {})


@contextmanager
def receiving(behave: Behaviour) -> Iterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver(behave)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, body)
            with lock:
                receiver.requests.append(request)
                status, extra, content = receiver.behave(request)
            encoded = b"" if status == 204 else msgspec.json.encode(content)
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        do_POST = do_PATCH = do_GET = do_PUT = do_DELETE = _take

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def bring(courier: Courier) -> None:
    """Let a courier follow and deliver until there is nothing left that is due."""
    while courier.follow():
        pass
    while await courier.deliver():
        pass
