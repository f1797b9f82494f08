"""Every example in the README is run in order, in an empty folder, as a reader would."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.docs.examples import Step, files_of, steps_of
from tests.servers.process import free_port

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_PORT = "8081"
"""Where the examples serve; somebody may have it here."""
_WIDE = {"COLUMNS": "160", "TERM": "dumb", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder with the files the README tells to save, and a ``signals`` command on the path."""
    place = tmp_path / "readme"
    for name, text in files_of(README).items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    command = place / "bin" / "signals"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m streams.cli "$@"\n')
    command.chmod(0o755)
    return place


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    """What the examples leave running, stopped at the end."""
    with ExitStack() as stack:
        yield stack


def test_the_examples_do_what_the_readme_shows(folder: Path, servers: ExitStack) -> None:
    steps = steps_of(README)
    assert len(steps) > 5
    port = str(free_port())
    for step in steps:
        _take(step, port, folder, servers)


def _take(step: Step, port: str, folder: Path, servers: ExitStack) -> None:
    environment = {
        **os.environ,
        **_WIDE,
        "PATH": f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    command = step.command.replace("NOW", datetime.now(UTC).isoformat(timespec="seconds")).replace(_PORT, port)
    if command.endswith("&"):
        server = subprocess.Popen(["sh", "-c", f"exec {command[:-1]}"], cwd=folder, env=environment)
        servers.callback(server.wait)
        servers.callback(server.terminate)
        _wait_for_port(int(port), server)
        return
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    printed = "\n".join(line.rstrip() for line in done.stdout.splitlines())
    assert step.pattern.fullmatch(printed + "\n"), f"{command}\n{done.stdout}\n{done.stderr}"


def _wait_for_port(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server of the example stopped by itself"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"nothing listens on port {port}")
