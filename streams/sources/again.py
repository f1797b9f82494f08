"""Another try for what was refused, once its cause is gone."""

from collections.abc import Mapping
from typing import Any

from signals.calendar.instant import parse_instant
from signals.events.decode import encode
from streams.sources.quarantine import TIMER_FAILED, raw_of
from streams.sources.segment import ROUTES, Segment
from streams.sources.tracking import pack_tracking
from streams.sources.vouched import UNVERIFIED


class Again:
    """Makes of quarantined records what is to be sent in; calls of Segment's clients are read by the tracking file of
    a pack, as they were when they came."""

    def __init__(self, pack: str, reason: str | None = None) -> None:
        """Only of what was refused for this ``reason``, if one is given. Raises ``PackError``."""
        self._segment = Segment(pack_tracking(pack))
        self._reason = reason

    def events(self, record: Mapping[str, Any]) -> list[bytes] | None:
        """The events of a record, as they go in; ``None`` when it stays where it is."""
        if record["reason"] in (TIMER_FAILED, UNVERIFIED) or self._reason not in (None, record["reason"]):
            return None
        if record.get("route") not in ROUTES:
            return [raw_of(record)]
        events, refused = self._segment.read_again(raw_of(record), parse_instant(record["received"]))
        return None if refused else [encode(event) for event in events]
