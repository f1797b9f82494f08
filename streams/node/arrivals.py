"""Requests that come in while others are worked on share the next transaction: the disk is waited for once for all."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from signals.events.event import Event
from streams.api.node import Receipt

_TOGETHER = 1_000
"""Events after which no more requests join: nobody should wait long for work on others."""

TakeIn = Callable[[Sequence[Event], Sequence[dict[str, Any]]], list[Receipt]]
"""Works on events and sets records apart, in one transaction; a receipt for each event."""


class Arrival:
    """What one request brings: events, and records to be set apart."""

    def __init__(self, events: Sequence[Event], bad: Sequence[dict[str, Any]]) -> None:
        self.events = events
        self.bad = bad
        self.receipts: list[Receipt] | None = None
        self.error: Exception | None = None


class Arrivals:
    """Whoever gets the lock works on all that wait for it."""

    def __init__(self, lock: threading.RLock, take_in: TakeIn) -> None:
        self._lock = lock
        self._take_in = take_in
        self._waiting: deque[Arrival] = deque()

    def work_on(self, arrival: Arrival) -> list[Receipt]:
        """The receipts of its events, once all are kept; raises what went wrong, for everybody it went wrong for."""
        self._waiting.append(arrival)
        with self._lock:
            while arrival.receipts is None and arrival.error is None:
                self._work(self._next())
        if arrival.error is not None:
            raise arrival.error
        assert arrival.receipts is not None
        return arrival.receipts

    def _next(self) -> list[Arrival]:
        together: list[Arrival] = []
        count = 0
        while self._waiting and (not together or count + len(self._waiting[0].events) <= _TOGETHER):
            together.append(self._waiting.popleft())
            count += len(together[-1].events)
        return together

    def _work(self, together: Sequence[Arrival]) -> None:
        events = [event for arrival in together for event in arrival.events]
        bad = [record for arrival in together for record in arrival.bad]
        try:
            receipts = iter(self._take_in(events, bad))
        except Exception as error:
            for arrival in together:
                arrival.error = error
            return
        for arrival in together:
            arrival.receipts = [next(receipts) for _ in arrival.events]
