"""Where commands read that look at what is known: a node's folder, or the API of a running node or cluster."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

from streams.cli.refusal import plainly, refuse

if TYPE_CHECKING:
    from streams.node import EmbeddedNode

Record = dict[str, Any]
_PATIENCE, _LONG = 10, 600
RUNNING = "\nwhile a node is running, ask it: --url http://127.0.0.1:8080"
"""What else there is than a node's folder."""

KEY = "SIGNALS_API_KEY"
"""The environment variable with the API key."""


def ask(url: str, route: str, what: str) -> Record | None:
    """Ask an API; None when it knows nothing of the sort. Ends the program when it can't be asked."""
    try:
        return _call(url, f"{route}{quote(what, safe=':')}", None, _PATIENCE)
    except HTTPError as error:
        if error.code == 404:
            return None
        refuse(f"{url} answered {error.code}: {error.reason}; set {KEY} when it wants a key")


def ask_lines(url: str, route: str) -> Iterator[Record]:
    """Ask an API for records, a line each. Ends the program when it won't give them, with what it says."""
    try:
        with _answer(url, route, None, _LONG) as response:
            yield from map(json.loads, response)
    except HTTPError as error:
        refuse(f"{url} answered {error.code}: {_said(error)}")


def tell(url: str, route: str, record: Record) -> Record:
    """Post something to an API. Ends the program when it won't have it, with what it says."""
    try:
        return _call(url, route, json.dumps(record).encode(), _LONG)
    except HTTPError as error:
        refuse(f"{url} answered {error.code}: {_said(error)}")


def _said(error: HTTPError) -> str:
    """What to do, of a problem; else all that was answered."""
    said = error.read().decode(errors="replace")
    try:
        return str(json.loads(said)["detail"])
    except (ValueError, KeyError, TypeError):
        return said


def _call(url: str, route: str, body: bytes | None, seconds: float) -> Record:
    with _answer(url, route, body, seconds) as response:
        found: Record = json.load(response)
        return found


@contextmanager
def _answer(url: str, route: str, body: bytes | None, seconds: float) -> Iterator[Any]:
    """What an API answers; raises ``HTTPError`` when it refuses. Ends the program when it can't be reached, or breaks
    off."""
    if not url.startswith(("http://", "https://")):
        refuse(f"{url!r} is no address of an API; write for example http://127.0.0.1:8080")
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if key := os.environ.get(KEY):
        headers["Authorization"] = f"Bearer {key}"
    request = Request(f"{url.rstrip('/')}{route}", body, headers)  # noqa: S310  the scheme was checked
    try:
        with build_opener(_Staying).open(request, timeout=seconds) as response:
            yield response
    except HTTPError:
        raise
    except (OSError, ValueError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        refuse(f"{url} can't be reached: {plainly(reason) if isinstance(reason, Exception) else reason}")


class _Staying(HTTPRedirectHandler):
    """Goes nowhere else: the key would be shown there, too."""

    def redirect_request(self, *_: Any) -> None:
        """Nobody asks another place: what was answered stands."""


def require_node(data: Path) -> None:
    """End the program when a folder is not that of a node."""
    from streams.node.node import STATE

    if not (data / STATE).is_file():
        refuse(f"{data} is not the folder of a node: give the --data of signals run")


@contextmanager
def open_node(data: Path, config: Path | None, hint: str = "") -> "Iterator[EmbeddedNode]":
    """The node of a folder, which isn't running. Ends the program when that can't be, with a ``hint`` what else may."""
    from signals.pack.document import PackError
    from streams.node import EmbeddedNode
    from streams.node.ran_with import config_of
    from streams.node.store import InUse, StoreError

    require_node(data)
    try:
        node = EmbeddedNode(config_of(data, config), data)
    except (PackError, StoreError) as error:
        refuse(f"{error}{hint if isinstance(error, InUse) else ''}")
    try:
        yield node
    finally:
        node.close()


def read_node(data: Path, config: Path | None, read: str, what: str) -> Record | None:
    """Read in the folder of a node that isn't running. Ends the program when that can't be."""
    with open_node(data, config, RUNNING) as node:
        found = getattr(node, read)(what)
        return dict(found) if found is not None else None
