"""The whole story on the real cluster: API, worker and deliveries are processes over Kafka and Redis."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.cluster.workers import READY, Cluster
from tests.endtoend.stage import Stage, eve, staged
from tests.endtoend.story import Story
from tests.servers.process import Server, free_port


class Installation:
    """A cluster whose parts are started one by one, each a process of its own."""

    def __init__(self, stage: Stage, cluster: Cluster, stack: ExitStack) -> None:
        self._stage = stage
        self._cluster = cluster
        self._stack = stack

    def api(self) -> str:
        """Start the API; its address."""
        port = str(free_port())
        self._start("api", "listening", "--port", port)
        url = f"http://127.0.0.1:{port}"
        Story(self._stage, url).is_served()
        return url

    def worker(self) -> None:
        """Start a worker that has all shards."""
        self._start("worker", READY, "--config", str(self._stage.config))

    def deliveries(self) -> None:
        """Start what brings recommendations to the webhook and the CRM."""
        self._start("sinks", "delivering to", "deliver", "--data", str(self._cluster.folder / "deliveries"))

    def _start(self, verb: str, ready: str, *arguments: str) -> None:
        folder = self._cluster.folder
        places = {"SIGNALS_DATA": str(folder / "state"), "SIGNALS_WORKER_PORT": str(free_port())}
        command = [sys.executable, "-m", "streams.cli", verb, *arguments]
        variables = {**self._stage.variables, **places}
        server = Server(self._cluster.command(*command, **variables), folder / f"{verb}.log")
        self._stack.callback(server.kill)
        server.start(lambda said: ready in said)


@pytest.fixture
def cluster(kafka: str, redis_url: str, tmp_path: Path) -> Cluster:
    """Topics of our own; time goes by the wall clock."""
    return Cluster(kafka, redis_url, tmp_path, SIGNALS_CLOCK="wall")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The stage, with what everybody needs to know."""
    with staged(tmp_path) as stage:
        yield stage


def test_from_a_browsing_session_to_a_funnel_that_adds_up(stage: Stage, cluster: Cluster, browser: Browser) -> None:
    with ExitStack() as stack:
        installation = Installation(stage, cluster, stack)
        story = Story(stage, installation.api())
        story.the_books_are_read(eve())
        story.somebody_browses_and_signs_in(eve())
        installation.worker()
        installation.deliveries()
        story.from_the_opening_on(browser)
