"""The API over a small node, on a real socket."""

from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from prometheus_client import CollectorRegistry

from streams.api import ApiSettings, create_api
from streams.queue.sqlite import SqliteQueue
from tests.streams.api.serving import Desktop, serve


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Desktop]:
    """A node with an empty queue."""
    queue = SqliteQueue(tmp_path / "queue.sqlite")
    yield Desktop(queue)
    queue.close()


@pytest.fixture
def client(node: Desktop) -> Iterator[httpx.Client]:
    """A client of the open API."""
    settings = ApiSettings(largest_body=200_000, largest_unpacked=400_000, most_events=100)
    api = create_api(node, settings, CollectorRegistry())
    with serve(api) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client
