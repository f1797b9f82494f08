"""A node as people run it: ``signals run`` as a process with a data folder, spoken to over HTTP."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.servers.process import Server, free_port

Record = dict[str, Any]


class RunningNode:
    """Starts, kills and starts again a node on one data folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.data = folder / "data"
        self.url = f"http://127.0.0.1:{free_port()}"
        port = self.url.rpartition(":")[2]
        command = [sys.executable, "-m", "streams.cli", "run", "--data", str(self.data), "--port", port, *options]
        self._server = Server(command, folder / "node.log")

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._server.start(lambda said: "listening" in said and self._answers(), seconds=300)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._server.kill()

    def stop(self) -> None:
        """Ask it to end."""
        self._server.stop()

    def allow(self, bytes_of_a_file: int) -> None:
        """Let no file of it grow beyond that; with 0 the disk is full."""
        assert self._server.process is not None
        resource.prlimit(self._server.process.pid, resource.RLIMIT_FSIZE, (bytes_of_a_file, resource.RLIM_INFINITY))

    def said(self) -> str:
        """Its log."""
        return self._server.said()

    def post(self, events: list[Record]) -> list[Record]:
        """Give it events; what it says of each."""
        body = json.dumps(events).encode()
        headers = {"Content-Type": "application/cloudevents-batch+json"}
        with urlopen(Request(f"{self.url}/v1/events", body, headers), timeout=60) as response:
            receipts: list[Record] = json.load(response)
            return receipts

    def call(self, kind: str, call: Record) -> Record:
        """Give it a call of a Segment client; what it says of it."""
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(f"{self.url}/v1/{kind}", json.dumps(call).encode(), headers), timeout=60) as response:
            told: Record = json.load(response)
            return told

    def get(self, route: str) -> Any:
        """Read something."""
        with urlopen(f"{self.url}{route}", timeout=30) as response:
            return json.load(response)

    def until(self, wanted: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for something to be so; raises ``AssertionError`` when it never is."""
        deadline = time.monotonic() + seconds
        while not wanted():
            assert time.monotonic() < deadline, self._server.said()[-4000:]
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            self.get("/v1/funnel")
        except OSError:
            return False
        return True
