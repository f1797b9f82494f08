"""Where ``signals customer`` and ``signals explain`` read: a node's folder, or the API of a running node or cluster."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from streams.cli.refusal import refuse

if TYPE_CHECKING:
    from streams.node import EmbeddedNode

Record = dict[str, Any]
_STATE = "state.db"
_PATIENCE, _LONG = 10, 600
KEY = "SIGNALS_API_KEY"
"""The environment variable with the API key."""


def ask(url: str, route: str, what: str) -> Record | None:
    """Ask an API; None when it knows nothing of the sort. Ends the program when it can't be asked."""
    if not url.startswith(("http://", "https://")):
        refuse(f"{url!r} is no address of an API; write for example http://127.0.0.1:8080")
    key = os.environ.get(KEY)
    request = Request(  # noqa: S310  the scheme was checked
        f"{url.rstrip('/')}{route}{quote(what, safe=':')}", headers={"Authorization": f"Bearer {key}"} if key else {}
    )
    try:
        with urlopen(request, timeout=_PATIENCE) as response:  # noqa: S310
            found: Record = json.load(response)
            return found
    except HTTPError as error:
        if error.code == 404:
            return None
        refuse(f"{url} answered {error.code}: {error.reason}; set {KEY} when it wants a key")
    except (URLError, OSError, ValueError) as error:
        refuse(f"{url} can't be asked: {error}")


@contextmanager
def open_node(data: Path, config: Path | None) -> "Iterator[EmbeddedNode]":
    """The node of a folder, which isn't running. Ends the program when that can't be."""
    from signals.config import load_config
    from signals.pack.document import PackError
    from streams.node import EmbeddedNode
    from streams.node.store import StoreError

    if not (data / _STATE).is_file():
        refuse(f"{data} is not the folder of a node: give the --data of signals run, or the --url of a running one")
    try:
        node = EmbeddedNode(load_config(config), data)
    except (PackError, StoreError) as error:
        refuse(f"{error}\nwhile a node is running, ask it: --url http://127.0.0.1:8080")
    try:
        yield node
    finally:
        node.close()


def tell(url: str, route: str, record: Record) -> Record:
    """Post something to an API. Ends the program when it won't have it, with what it says."""
    key = os.environ.get(KEY)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    request = Request(f"{url.rstrip('/')}{route}", json.dumps(record).encode(), headers)  # noqa: S310
    try:
        with urlopen(request, timeout=_LONG) as response:  # noqa: S310
            found: Record = json.load(response)
            return found
    except HTTPError as error:
        refuse(f"{url} answered {error.code}: {error.read().decode(errors='replace')}")
    except (URLError, OSError, ValueError) as error:
        refuse(f"{url} can't be told: {error}")


def read_node(data: Path, config: Path | None, read: str, what: str) -> Record | None:
    """Read in the folder of a node that isn't running. Ends the program when that can't be."""
    with open_node(data, config) as node:
        found = getattr(node, read)(what)
        return dict(found) if found is not None else None
