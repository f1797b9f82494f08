"""The whole story on the embedded node: ``signals run`` as a process, with sinks, over the eve of a season."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser
from prometheus_client import CollectorRegistry

from signals.calendar.instant import from_datetime
from signals.config import load_config
from streams.api import ApiSettings, create_api
from streams.node import EmbeddedNode
from tests.endtoend.stage import Stage, known, staged
from tests.endtoend.story import Story
from tests.servers.process import Server, free_port
from tests.streams.api.serving import serve


@contextmanager
def yesterday(stage: Stage, data: Path) -> Iterator[str]:
    """The node, living on the eve of the season; gives its address."""
    node = EmbeddedNode(load_config(stage.config), data)
    node.play([], from_datetime(stage.eve))
    settings = ApiSettings(keys=stage.variables["SIGNALS_API_KEYS"], pack=str(stage.pack))
    with serve(create_api(node, settings, CollectorRegistry())) as url:
        yield url
    node.close()


@contextmanager
def today(stage: Stage, data: Path) -> Iterator[str]:
    """The node as people run it; gives its address."""
    port = str(free_port())
    arguments = ["run", "--config", str(stage.config), "--data", str(data), "--port", port]
    variables = [f"{name}={value}" for name, value in (os.environ | stage.variables).items()]
    node = Server(["env", "-i", *variables, sys.executable, "-m", "streams.cli", *arguments], data / "node.log")
    node.start(lambda said: "listening" in said, seconds=300)
    url = f"http://127.0.0.1:{port}"
    try:
        Story(stage, url).is_served()
        yield url
    finally:
        node.stop()


def test_from_a_browsing_session_to_a_funnel_that_adds_up(tmp_path: Path, browser: Browser) -> None:
    data = tmp_path / "data"
    with staged(tmp_path) as stage:
        with yesterday(stage, data) as url:
            story = Story(stage, url)
            story.the_books_are_read(known(stage.eve))
            story.somebody_browses_and_signs_in()
            story.the_device_is_linked()
        with today(stage, data) as url:
            Story(stage, url).from_the_opening_on(browser)
