"""The servers as fixtures: one of each for the whole test run; they fail, never skip, when a server can't be had."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.servers.browser import find_browser
from tests.servers.kafka import Kafka
from tests.servers.redis import Redis

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PATIENCE = 60_000
"""Milliseconds that a page may take on a busy machine."""


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running Kafka. Tests share it: give your topics a name of their own."""
    if given := os.environ.get("KAFKA_BOOTSTRAP"):
        yield given
        return
    broker = Kafka(tmp_path_factory.mktemp("kafka"))
    broker.run()
    yield broker.bootstrap
    broker.kill()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running Redis. Tests share it: give your keys a prefix of their own."""
    if given := os.environ.get("REDIS_URL"):
        yield given
        return
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.run()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A headless Chromium, driven by Playwright."""
    from playwright.sync_api import expect, sync_playwright

    path = find_browser()
    assert path, "No Chromium found: install it, or set CHROMIUM to its path."
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield chromium
        chromium.close()
