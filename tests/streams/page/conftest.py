"""The pages over a filled node, in a real browser that notices every complaint and every request."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from prometheus_client import CollectorRegistry

from streams.api import ApiSettings, create_api
from streams.queue.sqlite import SqliteQueue
from tests.streams.api.serving import Desktop, serve
from tests.streams.page.population import CUSTOMER, PARTS, fill

OpenPage = Callable[..., Page]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Desktop]:
    """A node with two hundred decisions."""
    queue = SqliteQueue(tmp_path / "queue.sqlite")
    fill(queue)
    node = Desktop(queue)
    node.state = PARTS
    node.customers = {"customer:1900": CUSTOMER, "email:sanne@example.nl": CUSTOMER}
    yield node
    queue.close()


@pytest.fixture
def url(node: Desktop) -> Iterator[str]:
    """Where the node is served."""
    with serve(create_api(node, ApiSettings(), CollectorRegistry())) as url:
        yield url


@pytest.fixture
def open_page(browser: Browser, url: str) -> Iterator[OpenPage]:
    """Opens pages; afterwards nothing may have complained, and nothing may have gone elsewhere."""
    complaints: list[str] = []
    elsewhere: list[str] = []
    contexts = []

    def open_one(path: str, **options: object) -> Page:
        context = browser.new_context(base_url=url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(url) else elsewhere.append(asked.url))
        reply = page.goto(path)
        assert reply is not None
        assert reply.status == 200
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
    assert elsewhere == []
