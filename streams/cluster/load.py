"""Putting a history on Kafka: files of events in event-time order, each event straight into its shard's partition.

Events keep the arrival that they name, and reference events go into every partition, so that each shard sees the file
as a replay would; to workers by the wall clock what names none arrives now, and old events come late.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from signals.calendar.instant import Instant
from signals.events.decode import Rejected, decode_structured, encode
from signals.events.event import Event
from streams.cluster.homes import Homes, home_of
from streams.cluster.records import STRUCTURED
from streams.cluster.routing import COPIED, REFERENCE, shard_of, write_forwarded
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import LARGEST_RECORD, Topics, TopicsError
from streams.cluster.wall import wall_now
from streams.replay.reorder import Reorder
from streams.replay.shards import STDIN
from streams.sources.files import read_lines
from streams.sources.quarantine import FileLine, Place, Quarantined

Told = Callable[[int, Instant], None]
"""Hears now and then how many lines were read, and how far event time has come."""

_TOLD_EVERY = 5_000
_PLAIN = [*STRUCTURED]
_MARKED = [*STRUCTURED, (COPIED, b"1")]


class Loaded(msgspec.Struct):
    """What became of the lines."""

    sent: int = 0
    quarantined: Counter[str] = msgspec.field(default_factory=Counter)


class _Failed(threading.local):
    """What Kafka refused, apart for each thread that sends."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []


class Sender:
    """Sends events to the shards. Errors show at ``flush``; context manager: flushes and closes."""

    def __init__(self, settings: ClusterSettings, patience: int = 120) -> None:
        """``patience``: seconds in which Kafka must take an event. Raises ``TopicsError`` when it can't be reached."""
        self._topics = Topics.of(settings)
        self._partitions = settings.partitions
        try:
            self._producer = KafkaProducer(
                **settings.connection(),
                acks="all",
                enable_idempotence=True,
                linger_ms=20,
                batch_size=1 << 18,
                max_request_size=LARGEST_RECORD,
                request_timeout_ms=patience * 1_000 // 4,
                delivery_timeout_ms=patience * 1_000,
            )
        except KafkaError as error:
            raise TopicsError(f"{settings.unreachable()} ({error})") from None
        self._failed = _Failed()

    def send(self, event: Event) -> None:
        """Send one event to where it belongs."""
        value = encode(event)
        if event.type in REFERENCE:
            for shard in range(self._partitions):
                self._put(self._topics.events, shard, event.id, value, _MARKED)
        else:
            home = home_of(event)
            self._put(self._topics.events, shard_of(home, self._partitions), home, value, _PLAIN)

    def put(self, events: Sequence[bytes]) -> None:
        """Send events of our own making, and wait until Kafka has them; raises ``TopicsError``."""
        for raw in events:
            event = decode_structured(raw)
            assert isinstance(event, Event)
            self.send(event)
        self.flush()

    def tell(self, event: Event) -> None:
        """Tell every shard of something internal, by the way that is closed to what comes from outside."""
        value = write_forwarded(event)
        for shard in range(self._partitions):
            self._put(self._topics.customers, shard, event.id, value)

    def refuse(self, refused: Rejected, raw: bytes, place: Place) -> None:
        """Put what could not be decoded into quarantine."""
        record = msgspec.json.encode(Quarantined(refused, raw, wall_now(), place).record())
        self._put(self._topics.quarantine, shard_of(repr(place), self._partitions), repr(place), record)

    def flush(self) -> None:
        """Wait until Kafka has all of it; raises ``TopicsError`` when it refused some that this thread sent."""
        self._producer.flush()
        failed = list(self._failed.errors)
        self._failed.errors.clear()
        if failed:
            raise TopicsError(f"Kafka did not take the events: {failed[0]}")

    def close(self) -> None:
        """Let go of the connections."""
        self._producer.close()

    def _put(
        self, topic: str, shard: int, key: str, value: bytes, headers: list[tuple[str, bytes]] | None = None
    ) -> None:
        future = self._producer.send(topic, value, key=key.encode(), partition=shard, headers=headers)
        future.add_errback(self._failed.errors.append)


def load(files: Sequence[str], sender: Sender, lateness: int, told: Told) -> Loaded:
    """Send all events of the files; raises ``SourceError`` or ``TopicsError``. ``lateness`` is in milliseconds.

    Files are read twice, first for the links between subjects; stdin can be read but once, so there each subject's
    events go to its own shard.
    """
    loaded = Loaded()
    homes = Homes() if STDIN in files else Homes.of(files)
    reorder = Reorder(lateness)
    lines = 0
    for name in files:
        for number, raw in read_lines(name):
            event = decode_structured(raw)
            if isinstance(event, Rejected):
                sender.refuse(event, raw, FileLine(name, number))
                loaded.quarantined[event.reason] += 1
            else:
                for ready in reorder.add(event):
                    _send(ready, homes, sender, loaded)
            lines += 1
            if lines % _TOLD_EVERY == 0:
                told(_TOLD_EVERY, reorder.watermark)
    _send(reorder.rest(), homes, sender, loaded)
    sender.flush()
    return loaded


def tick(sender: Sender, until: Instant) -> None:
    """Let event time move on to ``until`` in every shard; raises ``TopicsError``."""
    event = Event(f"tick-{until}", "/signals/load", "clock.ticked", until, until, "", {})
    sender.send(event)
    sender.flush()


def _send(events: Iterable[Event], homes: Homes, sender: Sender, loaded: Loaded) -> None:
    for event in events:
        at_home = homes.sent_home(event)
        sender.send(at_home)
        if event.type == "identity.linked" and home_of(at_home) != at_home.subject:
            sender.send(event)
        loaded.sent += 1
