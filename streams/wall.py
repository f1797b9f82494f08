"""The wall clock, read at this edge only."""

import time

from signals.calendar.instant import Instant


def wall_now() -> Instant:
    """The present."""
    return time.time_ns() // 1_000_000
