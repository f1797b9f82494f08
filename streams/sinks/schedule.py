"""When to try again: the schedule of Standard Webhooks, spread a little so that not all come back at once."""

import random

from signals.calendar.instant import HOUR, MINUTE, SECOND, Instant

WAITS = (
    *(5 * SECOND, 5 * MINUTE, 30 * MINUTE),
    *(2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
)
"""Milliseconds before the second attempt, the third, and so on; after the last it is given up."""

_SPREAD = 0.1
_chance = random.Random()  # noqa: S311  spreads load, keeps no secret


def next_attempt(failed: int, now: Instant, wait: float | None) -> Instant | None:
    """When to try after ``failed`` attempts, not before the ``wait`` seconds asked for; ``None``: give it up."""
    if failed > len(WAITS):
        return None
    planned = WAITS[failed - 1] * (1 + _chance.random() * _SPREAD)
    asked = 0 if wait is None else min(wait, 86_400) * SECOND
    return now + round(max(planned, asked))
