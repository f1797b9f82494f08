"""What is kept of a person beside the state of the engine, and the wish to be forgotten: of node and cluster alike."""

from collections.abc import Sequence
from typing import Any

from signals.calendar.instant import Instant
from signals.events.event import Event
from streams.queue import Filter, Queue

Record = dict[str, Any]

MOST = 10_000
"""Recommendations of one subject that are looked at."""


def kept_of(queue: Queue, names: Sequence[str], now: Instant) -> tuple[list[Record], list[Record]]:
    """The recommendations, each with the work on it, and the decisions about any of a person's subjects."""
    items = [item for name in names for item in queue.list(Filter(customer=name), now, MOST).items]
    return [item.told() for item in items], [decision for name in names for decision in queue.decisions_of(name)]


def wish_to_be_forgotten(customer: str, now: Instant) -> Event:
    """The event by which a person is erased."""
    return Event(f"erase-{now}", "/privacy", "privacy.requested", now, now, customer, {"kind": "erase"})
