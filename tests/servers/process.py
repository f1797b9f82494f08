"""A server as a child process with its own folder, port and log."""

import itertools
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_PORTS = range(15_000, 32_000)
"""Below those that systems give to outgoing connections: a server finds its port again after a restart."""


def _shuffled() -> Iterator[int]:
    """The ports of this process: none of another one's of the same run, nor in the order of another run's."""
    process, processes = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
    ports = list(_PORTS[int(process.removeprefix("gw")) :: int(processes)])
    random.Random().shuffle(ports)
    return itertools.cycle(ports)


_next_ports = _shuffled()


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on, and that nobody was given who may not listen yet."""
    while True:
        port = next(_next_ports)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Server:
    """Starts, stops and kills one process, and waits until it says that it is ready."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self.command = list(command)
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, ready: Callable[[str], bool], seconds: float = 90) -> None:
        """Start and wait until ``ready`` says yes to this run's log; raises ``RuntimeError`` when it never does."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + seconds
        try:
            while not ready(self.said(begin)):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{self.command[0]} did not start:\n{self.said(begin)[-4000:]}")
                time.sleep(0.05)
        except BaseException:  # an interrupt, too: nobody has it yet to stop it
            self.kill()
            raise

    def said(self, begin: int = 0) -> str:
        """The log from byte ``begin`` on."""
        with self.log.open("rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace")

    def stop(self, seconds: float = 30) -> int | None:
        """Ask the process to end (SIGTERM), wait, and give its exit status."""
        if self.process is None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int | None:
        """End the process at once (SIGKILL), as a power cut would."""
        if self.process is None:
            return None
        self.process.kill()
        return self.process.wait()

    def pause(self) -> None:
        """Freeze the process (SIGSTOP): it holds its connections and answers nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen process go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
