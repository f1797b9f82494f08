"""The events of a batch on their way to the engine: decoded while they are worked on, and cut where that stops."""

from collections.abc import Iterator, Mapping

from signals.events.decode import Rejected, encode
from signals.events.event import Event
from streams.cluster.fetching import Fetched, Incoming
from streams.cluster.records import Outcome, quarantined_record
from streams.cluster.routing import Router, Sorted, read_forwarded
from streams.sources.quarantine import TopicOffset

_AT_ONCE = 500
"""Events are worked on soon after they were decoded, while they are still in the processor's cache."""


class Sorting:
    """Iterated over, it gives the events for this shard; ``ended`` says what the records lead to without the engine:
    they have arrived, some go on to other shards, some are refused."""

    def __init__(self, router: Router, fetched: Fetched, *, forwarded: bool, failing: Mapping[int, str]) -> None:
        """``forwarded``: they come from other shards. ``failing``: the offsets of those on which the engine fails, each
        with the kind of error; they are refused."""
        self._router = router
        self._fetched = fetched
        self._forwarded = forwarded
        self._failing = failing
        self._before = Outcome()  # of what was decoded before the last events, which begin here
        self._begin = 0
        self._last = Outcome()
        self._at_hand = Sorted()

    def __iter__(self) -> Iterator[Event]:
        for begin in range(0, len(self._fetched.records), _AT_ONCE):
            self._before.join(self._last)
            self._begin = begin
            yield from self._sort(self._fetched.records[begin : begin + _AT_ONCE]).mine

    def whole(self) -> Sorted:
        """All at once."""
        return self._sort(self._fetched.records)

    def ended(self, left: Event | None = None) -> tuple[Outcome, Fetched]:
        """What the records led to, and these: all, or those before an event of the last that were given."""
        fetched = self._fetched
        if left is not None:
            fetched = fetched.first(self._begin + self._place(left))
            self._sort(fetched.records[self._begin :])
        self._before.join(self._last)
        self._before.arrive(fetched.topic, fetched.position, len(fetched.records), fetched.unread)
        return self._before, fetched

    def _place(self, event: Event) -> int:
        """How many of the records that were decoded last stood before the event."""
        place = next(place for place, one in enumerate(self._at_hand.mine) if one is event)
        offset = self._at_hand.records[place].offset
        return sum(record.offset < offset for record in self._fetched.records[self._begin :])

    def _sort(self, records: list[Incoming]) -> Sorted:
        self._last = Outcome()
        if self._forwarded:
            found = read_forwarded(records)
        else:
            found = self._router.sort(records)
            self._last.forwards += found.forwards
        for record, refused in found.refused:
            self._refuse(record, refused, record.value or b"")
        self._last.processed += len(found.mine)
        self._at_hand = self._without_failing(found) if self._failing else found
        return self._at_hand

    def _without_failing(self, found: Sorted) -> Sorted:
        kept = Sorted()
        for event, record in zip(found.mine, found.records, strict=True):
            kind = self._failing.get(record.offset)
            if kind is None:
                kept.mine.append(event)
                kept.records.append(record)
            else:
                detail = f"the engine failed on this event with {kind}; re-drive it when that is mended"
                self._refuse(record, Rejected("FAILED", None, detail), encode(event))
        return kept

    def _refuse(self, record: Incoming, refused: Rejected, raw: bytes) -> None:
        place = TopicOffset(self._fetched.topic, self._fetched.partition, record.offset)
        self._last.quarantine(refused.reason, quarantined_record(record, place, refused, raw))
