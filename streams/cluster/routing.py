"""From records to events, and to which shard each belongs."""

from collections.abc import Sequence
from zlib import crc32

import msgspec

from signals.calendar.instant import Instant
from signals.decision.controls import CHANGED
from signals.events.decode import Rejected, decode_binary, decode_structured
from signals.events.event import Event
from streams.cluster.fetching import Incoming
from streams.cluster.homes import HOME, home_of

NEWS = "market.changed"
REFERENCE = frozenset((NEWS, "desk.changed", "clock.ticked", CHANGED))
"""Types of events that concern everybody: every shard gets them."""

COPIED = "signals-copied"
"""Header of a reference event that its sender has already put into every partition."""

WHOLE = ("content-type", b"application/cloudevents+json; charset=UTF-8")
"""Header that says that a value is a whole CloudEvent, by the Kafka binding, as we write it."""

_OURS = frozenset((COPIED, HOME))
"""Names of headers that say nothing of how a value is read."""

_read_own = msgspec.msgpack.Decoder(Event).decode
_write_own = msgspec.msgpack.Encoder().encode


class Forward(msgspec.Struct, frozen=True):
    """An event on its way to another shard, in our own form."""

    shard: int
    key: bytes
    value: bytes


class Sorted(msgspec.Struct):
    """The events of one batch, by where they go."""

    mine: list[Event] = []
    """For this shard, in order of arrival."""
    records: list[Incoming] = []
    """Where each of ``mine`` stood."""
    forwards: list[Forward] = []
    refused: list[tuple[Incoming, Rejected]] = []


def shard_of(key: str, partitions: int) -> int:
    """The shard of a canonical subject, and so its partition in every topic."""
    return crc32(key.encode()) % partitions


class Router:
    """Sorts what comes in at one shard. With ``stamped`` events that carry no time of arrival get that of their
    record in Kafka; without, their event time counts as such."""

    def __init__(self, partitions: int, shard: int, stamped: bool) -> None:
        self._partitions = partitions
        self.shard = shard
        self._stamped = stamped

    def sort(self, records: Sequence[Incoming]) -> Sorted:
        """Sort what came from outside; what can't be decoded is refused with the reason."""
        found = Sorted()
        partitions, shard, stamped = self._partitions, self.shard, self._stamped
        for record in records:
            event = decode(record, stamped)
            if isinstance(event, Rejected):
                found.refused.append((record, event))
                continue
            if event.type in REFERENCE:
                self._sort_reference(event, record, found)
                continue
            home = home_of(record.headers, event) if record.headers else event.subject
            if crc32(home.encode()) % partitions == shard:
                found.mine.append(event)
                found.records.append(record)
            else:
                found.forwards.append(self.forward(home, event))
        return found

    def owns(self, key: str) -> bool:
        """Whether the row of ``key`` lives in this shard."""
        return shard_of(key, self._partitions) == self.shard

    def forward(self, key: str, event: Event) -> Forward:
        """An event for the shard of ``key``."""
        return Forward(shard_of(key, self._partitions), key.encode(), _write_own(event))

    def to_others(self, event: Event) -> list[Forward]:
        """An event of ours for all other shards."""
        key, value = event.id.encode(), _write_own(event)
        return [Forward(shard, key, value) for shard in range(self._partitions) if shard != self.shard]

    def _sort_reference(self, event: Event, record: Incoming, found: Sorted) -> None:
        if any(name == COPIED for name, _ in record.headers):
            found.mine.append(event)
            found.records.append(record)
            return
        key, value = event.id.encode(), _write_own(event)
        found.forwards.extend(Forward(shard, key, value) for shard in range(self._partitions))


def decode(record: Incoming, stamped: bool) -> Event | Rejected:
    """Read one record from outside as an event."""
    arrival = _arrival(record) if stamped else None
    value, headers = record.value, record.headers
    if value is None:
        return decode_binary(headers, value, arrival)
    for header in headers:  # beside those of a load there is nothing to look for, which takes as long as half the value
        if header != WHOLE and header[0] not in _OURS:
            return decode_binary(headers, value, arrival)
    return decode_structured(value, arrival)


def read_forwarded(records: list[Incoming]) -> Sorted:
    """Read records that another shard forwarded: all of them are for this one, but what no shard of ours wrote."""
    try:
        return Sorted([_read_own(record.value or b"") for record in records], records)
    except msgspec.DecodeError:
        return _read_one_by_one(records)


def _read_one_by_one(records: list[Incoming]) -> Sorted:
    found = Sorted()
    for record in records:
        try:
            found.mine.append(_read_own(record.value or b""))
            found.records.append(record)
        except msgspec.DecodeError:
            found.refused.append((record, _NOT_FORWARDED))
    return found


_NOT_FORWARDED = Rejected(
    "NOT_JSON", None, "only workers of one version write here: send events to the topic of events"
)


def write_forwarded(event: Event) -> bytes:
    """An event in our own form, as ``read_forwarded`` reads it."""
    return _write_own(event)


def _arrival(record: Incoming) -> Instant | None:
    if record.value is not None and b'"recordedtime"' in record.value:
        return None
    if record.headers and any(name.lower() == "ce_recordedtime" for name, _ in record.headers):
        return None
    timestamp: Instant = record.timestamp
    return timestamp
