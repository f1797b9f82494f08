"""What a worker answers over HTTP: is it alive, is it ready, its metrics, and the state of a customer it owns.

It runs in threads of its own, so that it answers while the worker is busy; it is for the inside of the cluster only.
"""

import hmac
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import msgspec
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.cluster.settings import ClusterSettings
from streams.environment import SettingsError

_log = structlog.get_logger(__name__)

_TURN_SECONDS = 0.001
"""How often the worker's loop lets these threads have the interpreter: a visitor of a site waits some turns."""

_IDLE_SECONDS = 60
"""How long a connection may stay open without a question; each holds a thread."""

_JSON = "application/json"
_CUSTOMERS, _VISITS, OPERATIONS = "/customers/", "/visits/", "/operations"

Answer = Callable[[str, str], Mapping[str, Any] | None]
"""Answers about a subject whose row is in the shard of the second, mostly its own; raises ``KeyError`` when another
worker owns that shard."""

WITH = "?with="
"""In a path, between a subject and the one in whose shard its row lives."""


class Live(msgspec.Struct, omit_defaults=True):
    """What a living worker says of itself: its lasting name, where it has one."""

    instance: str | None = None


class Inside:
    """What the pages ask the worker; each is called from a thread of the web server."""

    def __init__(
        self,
        alive: Callable[[], bool],
        ready: Callable[[], bool],
        customer: Answer,
        visit: Answer,
        operations: Callable[[], Mapping[str, Any]],
    ) -> None:
        self.alive = alive
        self.ready = ready
        self.customer = customer
        self.visit = visit
        self.operations = operations


def serve(settings: ClusterSettings, inside: Inside) -> ThreadingHTTPServer:
    """Answer in the background until the process ends; raises ``SettingsError`` when it can't listen."""
    token = settings.worker_token.get_secret_value() if settings.worker_token else None

    class Handler(_Pages):
        worker = inside
        secret = token
        live = msgspec.json.encode(Live(settings.instance))

    place = (settings.worker_host, settings.worker_port)
    try:
        server = _Server(place, Handler)
    except OSError as error:
        names = "SIGNALS_WORKER_HOST, SIGNALS_WORKER_PORT"
        raise SettingsError(f"{names}: can't listen on {place[0]}:{place[1]}: {error.strerror or error}") from None
    sys.setswitchinterval(_TURN_SECONDS)
    threading.Thread(target=server.serve_forever, daemon=True, name="web").start()
    return server


def of_no_customer(subject: str, company: str) -> None:
    """For a process that owns nobody; raises ``KeyError``."""
    raise KeyError(subject)


class _Server(ThreadingHTTPServer):
    def __init__(self, place: tuple[str, int], pages: type["_Pages"]) -> None:
        if ":" in place[0]:
            self.address_family = socket.AF_INET6
        super().__init__(place, pages)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if not isinstance(error, ConnectionError):  # who asked and hung up is no concern of ours
            _log.error("a page failed", error=type(error).__name__)


class _Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open
    timeout = _IDLE_SECONDS
    wbufsize = -1  # head and body leave in one piece
    worker: Inside
    secret: str | None
    live: bytes

    def do_GET(self) -> None:
        if self.path == "/health/live":
            self._answer(200 if self.worker.alive() else 503, self.live)
        elif self.path == "/health/ready":
            self._answer(200 if self.worker.ready() else 503, b"{}")
        elif self.path == "/metrics":
            self._answer(200, generate_latest(), CONTENT_TYPE_LATEST)
        elif self.path == OPERATIONS:
            if self._is_known():
                self._answer(200, msgspec.json.encode(self.worker.operations()))
        elif self.path.startswith(_CUSTOMERS):
            self._about(self.path.removeprefix(_CUSTOMERS), self.worker.customer)
        elif self.path.startswith(_VISITS):
            self._about(self.path.removeprefix(_VISITS), self.worker.visit)
        else:
            self._answer(404, b"{}")

    def _is_known(self) -> bool:
        """Whether the caller shows the secret; else it is told that it doesn't."""
        shown = self.headers.get("Authorization", "").removeprefix("Bearer ")
        known = self.secret is None or hmac.compare_digest(shown.encode(), self.secret.encode())
        if not known:
            self._answer(401, b"{}")
        return known

    def _about(self, asked: str, answer: Answer) -> None:
        if not self._is_known():
            return
        subject, _, company = map(unquote, asked.partition(WITH))
        try:
            found = answer(subject, company or subject)
        except KeyError:
            self._answer(421, b'{"detail": "another worker owns this customer"}')
            return
        self._answer(404 if found is None else 200, msgspec.json.encode(found))

    def _answer(self, status: int, body: bytes, kind: str = _JSON) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: paths hold subjects."""
