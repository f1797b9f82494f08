"""Waiting for something to be so, as long as it may take on a busy machine."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen


def until(true: Callable[[], object], what: str = "it never came true", seconds: float = 240) -> None:
    """Ask again and again; fails with ``what`` when it is never so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def answered(request: str | Request) -> Any:
    """The JSON that a server answers, once it is up and knows it."""
    found: list[Any] = []

    def answers() -> bool:
        try:
            with urlopen(request, timeout=30) as answer:
                found.append(json.load(answer))
        except OSError:
            return False
        return True

    until(answers, f"an answer of {request if isinstance(request, str) else request.full_url}")
    return found[0]
