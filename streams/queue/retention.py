"""How long what is over is kept, in the queue and beside it."""

from typing import Protocol

from signals.calendar.instant import DAY, HOUR, Instant

KEPT_DAYS = 90
"""How long recommendations stay after they expired, when nobody says otherwise: as long as Kafka keeps decisions."""


class Purged(Protocol):
    """What holds recommendations, or what is known of them."""

    def purge(self, before: Instant) -> int:
        """Drop some that expired before a moment; returns how many, 0 when none is left."""


class Retention:
    """Drops what expired so many ``days`` ago."""

    def __init__(self, purged: Purged, days: int) -> None:
        self._from = purged
        self._kept = days * DAY
        self._purged: Instant = 0

    def begin(self) -> None:
        """It may be another than before: look through it the next time."""
        self._purged = 0

    def keep_to(self, now: Instant) -> None:
        """Once an hour of the time that it is told: drop some of what is to go now, and the rest the next times."""
        before = now - self._kept
        if before - self._purged >= HOUR and self._from.purge(before) == 0:
            self._purged = before
