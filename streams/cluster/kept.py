"""What takes long to find, found beside what asks for it."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Kept(Generic[Found]):
    """What takes a while to find: asked for, the last is told, and when that is old the next is found meanwhile."""

    def __init__(self, find: Callable[[], Found], seconds: float) -> None:
        self._find = find
        self._seconds = seconds
        self._finding = threading.Lock()
        self._since = float("-inf")
        self._found: Found | None = None

    def get(self) -> Found | None:
        """The last that was found; ``None`` before the first."""
        if time.monotonic() - self._since > self._seconds and self._finding.acquire(blocking=False):
            threading.Thread(target=self._renew, daemon=True, name="kept").start()
        return self._found

    def _renew(self) -> None:
        try:
            self._found = self._find()
            self._since = time.monotonic()
        finally:
            self._finding.release()
