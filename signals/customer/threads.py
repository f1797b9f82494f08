"""The journey's course: which contacts belong together, what is still open, and which jobs are in progress."""

from itertools import pairwise
from typing import Any

import msgspec

from signals.calendar.instant import DAY, Instant
from signals.customer.facts import Touch
from signals.customer.state import Customer

_OPEN_FOR = 14 * DAY
_JOB = "purchase.job"
_JOB_LASTS = 90 * DAY
_A_PAIR = 2


class Thread(msgspec.Struct, frozen=True):
    """Contacts about one thing, over all channels."""

    about: str
    touches: int
    by_customer: int
    channels: list[str]
    """In the order in which they came into use."""
    first: Instant
    last: Instant
    open: bool
    """A case that is not closed, or talk that went on in the last two weeks and was not resolved since."""


def threads(customer: Customer, now: Instant) -> list[Thread]:
    """What the last contacts were about, the latest first."""
    about: dict[str, list[Touch]] = {}
    for touch in customer.touches:
        if touch.about is not None:
            about.setdefault(touch.about, []).append(touch)
    found = [_thread(name, touches, customer, now) for name, touches in about.items()]
    return sorted(found, key=lambda thread: (-thread.last, thread.about))


def coherence(customer: Customer) -> float | None:
    """Of each contact about something after the first, the share that goes on with what the one before was about.

    1: one story; 0: every contact was about something else. None with fewer than two such contacts.
    """
    told = [touch.about for touch in customer.touches if touch.about is not None]
    if len(told) < _A_PAIR:
        return None
    return sum(before == after for before, after in pairwise(told)) / (len(told) - 1)


def jobs_in_progress(customer: Customer, now: Instant) -> list[dict[str, Any]]:
    """What the customer tries to get done, as they said or as the communities they are in share."""
    found: list[dict[str, Any]] = [
        {"job": job, "community": name} for name, job in sorted(customer.communities.items()) if job
    ]
    episode = customer.episodes.get(_JOB)
    if episode is not None and now - episode.started <= _JOB_LASTS:
        found.append({"job": "said", "community": None})
    return found


def _thread(name: str, touches: list[Touch], customer: Customer, now: Instant) -> Thread:
    case = customer.complaints.get(name) or customer.claims.get(name)
    last = touches[-1]
    still = case.status != "closed" if case is not None else not last.resolved and now - last.time <= _OPEN_FOR
    channels = list(dict.fromkeys(touch.channel for touch in touches))
    own = sum(touch.inbound for touch in touches)
    return Thread(name, len(touches), own, channels, touches[0].time, last.time, still)
