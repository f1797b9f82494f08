"""Work of others that is waited for, and does not go on."""

import time


class Standstill:
    """Watches what is left of it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._left = 0
        self._since = time.monotonic()

    def is_noticed(self, left: int) -> bool:
        """Whether as much was left for so many seconds; from then on these count anew."""
        now = time.monotonic()
        is_still = left == self._left
        if is_still and now - self._since <= self._seconds:
            return False
        self._left, self._since = left, now
        return is_still
