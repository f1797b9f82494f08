"""Putting a history on Kafka: files of events in event-time order, each event straight into its shard's partition.

Events keep the arrival that they name, and reference events go into every partition, so that each shard sees the file
as a replay would; to workers by the wall clock what names none arrives now, and old events come late. What the history
links lives in one shard while it is loaded, and goes home when all of it is worked on.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from signals.calendar.instant import Instant
from signals.events.decode import Rejected, decode_structured, encode
from signals.events.event import Event
from signals.moving import MOVED
from signals.warmup import WarmUp
from streams.cluster.homes import HOME, Homes
from streams.cluster.records import STRUCTURED
from streams.cluster.refusals import QUARANTINED
from streams.cluster.routing import COPIED, REFERENCE, shard_of, write_forwarded
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import LARGEST_RECORD, Topics, TopicsError
from streams.replay.pace import Pace
from streams.replay.reorder import Reorder
from streams.sources.files import is_read_once
from streams.sources.quarantine import FileLine, Place, Quarantined
from streams.sources.side_by_side import read_events
from streams.wall import wall_now

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
    """Sends events to the shards. Errors show at ``flush``; what can't even be sent off raises ``TopicsError``."""

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
                max_block_ms=patience * 1_000,
            )
        except KafkaError as error:
            raise TopicsError(f"{settings.unreachable()} ({error})") from None
        self._failed = _Failed()

    def send(self, event: Event, home: str = "") -> None:
        """Send one event to where it belongs: to the shard of its ``home``, or of its own subject."""
        value = encode(event)
        if event.type in REFERENCE:
            for shard in range(self._partitions):
                self._put(self._topics.events, shard, event.id, value, _MARKED)
        else:
            elsewhere = [(HOME, home.encode())] if home and home != event.subject else []
            home = home or event.subject
            self._put(self._topics.events, shard_of(home, self._partitions), home, value, [*_PLAIN, *elsewhere])

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

    def move(self, subject: str, company: str) -> None:
        """Let the row of a subject live with that of ``company``; with its own subject it goes home."""
        value = write_forwarded(Event(f"{MOVED}/{subject}", "/signals/load", MOVED, 0, 0, subject, {"with": company}))
        self._put(self._topics.customers, shard_of(subject, self._partitions), subject, value)

    def refuse(self, refused: Rejected, raw: bytes, place: Place) -> None:
        """Put what could not be decoded into quarantine."""
        record = msgspec.json.encode(Quarantined(refused, raw, wall_now(), place).record())
        key = f"{place!r} {blake2b(raw, digest_size=16).hexdigest()}"  # many requests are refused at one route
        self._put(self._topics.quarantine, shard_of(key, self._partitions), key, record)
        QUARANTINED.labels(refused.reason).inc()

    def flush(self) -> None:
        """Wait until Kafka has all of it; raises ``TopicsError`` when it refused some that this thread sent."""
        self._producer.flush()
        failed, self._failed.errors = self._failed.errors, []
        if failed:
            raise TopicsError(f"Kafka did not take the events: {failed[0]}")

    def close(self) -> None:
        """Let go of the connections."""
        self._producer.close()

    def _put(
        self, topic: str, shard: int, key: str, value: bytes, headers: list[tuple[str, bytes]] | None = None
    ) -> None:
        try:
            future = self._producer.send(topic, value, key=key.encode(), partition=shard, headers=headers)
        except KafkaError as error:
            raise TopicsError(f"Kafka did not take the events: {error}") from error
        future.add_errback(self._failed.errors.append)


def homes_of(files: Sequence[str], before: Sequence[str] = ()) -> Homes:
    """The homes that files tell of, and those that were loaded before them; raises ``SourceError``.

    A pipe can be read but once: each subject of a history that comes that way is at home with itself.
    """
    return Homes() if any(map(is_read_once, files)) else Homes.of([*before, *files])


def gather(homes: Homes, sender: Sender) -> None:
    """Let all that is linked live together; raises ``TopicsError``."""
    for guest, host in homes.guests():
        sender.move(guest, host)
    sender.flush()


def send_home(homes: Homes, sender: Sender) -> None:
    """Let every row live in the shard of its own subject again, once all is worked on; raises ``TopicsError``."""
    for guest, _ in homes.guests():
        sender.move(guest, guest)
    sender.flush()


def load(files: Sequence[str], homes: Homes, sender: Sender, lateness: int, told: Told) -> Loaded:
    """Send all events of the files; raises ``SourceError`` or ``TopicsError``. ``lateness`` is in milliseconds."""
    loaded = Loaded()
    history = History(sender)
    reorder = Reorder(lateness)
    for lines, (name, number, raw, event) in enumerate(read_events(files), 1):
        if isinstance(event, Rejected):
            sender.refuse(event, raw, FileLine(name, number))
            loaded.quarantined[event.reason] += 1
        else:
            for ready in reorder.add(event):
                send_events(ready, homes, history, sender, loaded)
        if lines % _TOLD_EVERY == 0:
            told(_TOLD_EVERY, reorder.watermark)
    send_events(reorder.rest(), homes, history, sender, loaded)
    history.end()
    sender.flush()
    return loaded


def tick(sender: Sender, until: Instant) -> None:
    """Let event time move on to ``until`` in every shard; raises ``TopicsError``."""
    event = Event(f"tick-{until}", "/signals/load", "clock.ticked", until, until, "", {})
    sender.send(event)
    sender.flush()


class History:
    """Tells the shards what they must know of all the history: each sees but a part of it."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._warmup = WarmUp()
        self._pace = Pace()
        self._told: Instant = 0

    def note(self, event: Event) -> None:
        """Take note of an event that is about to be sent."""
        tick = self._pace.tick_before(event)
        if tick is not None and tick.time > self._told:
            self._told = tick.time
            self._sender.send(tick)
        if not self._warmup.over:
            self._warmup.note(event)
            if self._warmup.over:
                self._tell()

    def end(self) -> None:
        """Nothing more is sent."""
        if not self._warmup.over:
            self._tell()

    def _tell(self) -> None:
        until = self._warmup.until
        if until:
            told = Event(f"history-{until}", "/signals/load", "clock.ticked", until, until, "", {}, warmup=True)
            self._sender.send(told)


def send_events(events: Iterable[Event], homes: Homes, history: History, sender: Sender, loaded: Loaded) -> None:
    """Send events that are in order, each to where it is at home; raises ``TopicsError``."""
    for event in events:
        history.note(event)
        sender.send(*homes.placed(event))
        loaded.sent += 1
