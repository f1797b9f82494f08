"""How long the queue keeps what is over."""

from signals.calendar.instant import DAY, HOUR, Instant
from streams.queue.protocol import Queue

KEPT_DAYS = 90
"""How long recommendations stay after they expired, when nobody says otherwise: as long as Kafka keeps decisions."""


class Retention:
    """Drops from a queue what expired so many ``days`` ago."""

    def __init__(self, queue: Queue, days: int) -> None:
        self._queue = queue
        self._kept = days * DAY
        self._purged: Instant = 0

    def begin(self) -> None:
        """The queue may be another than before: look through it the next time."""
        self._purged = 0

    def keep_to(self, now: Instant) -> None:
        """Once an hour of the time that it is told: drop some of what is to go now, and the rest the next times."""
        before = now - self._kept
        if before - self._purged >= HOUR and self._queue.purge(before) == 0:
            self._purged = before
