"""A machine of its own on this one: a network namespace at the end of one link. Needs root and ``ip`` of iproute2."""

import subprocess
from collections.abc import Sequence

SERVICES = "10.77.0.1"
"""Where hosts find what runs on this machine itself."""


class Host:
    """Host ``number``. Programs run in it by ``inside``; its link can be cut, and made slow."""

    def __init__(self, number: int) -> None:
        self.name = f"signals-{number}"
        self.address = f"10.77.{number}.2"
        self._outside = f"signals-out-{number}"
        self._router = f"10.77.{number}.1"
        self.close()  # what a run left that was killed
        _ip("addr", "replace", f"{SERVICES}/32", "dev", "lo")
        _ip("netns", "add", self.name)
        _ip("link", "add", self._outside, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("addr", "add", f"{self._router}/24", "dev", self._outside)
        _ip("link", "set", self._outside, "up")
        self._ip("addr", "add", f"{self.address}/24", "dev", "eth0")
        self._ip("link", "set", "lo", "up")
        self.join()

    def inside(self, command: Sequence[str]) -> list[str]:
        """This command, to run in the host."""
        return ["ip", "netns", "exec", self.name, *command]

    def cut(self) -> None:
        """Pull the cable: nobody is told, packets just go nowhere."""
        self._ip("link", "set", "eth0", "down")

    def join(self) -> None:
        """Put the cable in (again)."""
        self._ip("link", "set", "eth0", "up")
        self._ip("route", "replace", "default", "via", self._router)

    def narrow(self, kilobits: int) -> None:
        """Let the host send no more than so much a second; what is in excess waits for up to half a second, or is
        lost."""
        shape = ("tbf", "rate", f"{kilobits}kbit", "burst", "16kb", "latency", "500ms")
        self._tc("qdisc", "replace", "dev", "eth0", "root", *shape)

    def widen(self) -> None:
        """The link is fast again."""
        self._tc("qdisc", "del", "dev", "eth0", "root")

    def close(self) -> None:
        """Take the host away; what runs in it must have ended."""
        for what in (("netns", "del", self.name), ("link", "del", self._outside)):
            subprocess.run(["ip", *what], check=False, capture_output=True)

    def _ip(self, *arguments: str) -> None:
        _ip("-n", self.name, *arguments)

    def _tc(self, *arguments: str) -> None:
        subprocess.run(["tc", "-n", self.name, *arguments], check=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
