"""The event as the engine sees it: validated, with its times as instants and its subject in canonical form."""

from typing import Any

import msgspec

from signals.calendar.instant import Instant


class Event(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened to one subject.

    ``time`` is the event time; ``arrival`` the moment the edge saw it (lateness is their difference). ``subject`` is
    canonical (``customer:1001``, ``email:jan@example.nl``); ``data`` holds the payload as it came, unknown fields
    included; ``extensions`` the CloudEvents attributes beyond the known ones.
    """

    id: str
    source: str
    type: str
    time: Instant
    arrival: Instant
    subject: str
    data: dict[str, Any]
    warmup: bool = False
    extensions: dict[str, Any] | None = None
