"""The packs that people proposed and approved, on a topic of their own that every process reads whole.

A pack lies there as its files, under the digest of them; beside it, under one key, the packs approved so far, of which
the last decides. So workers and API processes that start, restart or lost their disk go by the same pack.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from signals.pack.document import PackError
from streams.cluster.reading import until_end
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import LARGEST_PACK, Topics, TopicsError
from streams.steering.packs import write_pack

_log = structlog.get_logger(__name__)

_APPROVED = b"approved"
_POLL_MILLISECONDS = 500

Files = Mapping[str, str]


class Shelf:
    """Reads the whole topic when it is made; ``follow`` goes on from there."""

    def __init__(self, settings: ClusterSettings, folder: Path) -> None:
        """``folder`` gets the packs that are opened here; it may be lost at any time.

        Raises ``TopicsError`` when Kafka can't be reached or the topic is not there.
        """
        self._topic = Topics.of(settings).packs
        self._part = TopicPartition(self._topic, 0)
        self._folder = folder
        self._settings = settings
        self._packs: dict[str, Files] = {}
        self._approved: list[str] = []
        self._closed = threading.Event()
        self._follower: threading.Thread | None = None
        try:
            self._consumer = KafkaConsumer(
                **settings.connection(), group_id=None, enable_auto_commit=False, isolation_level="read_committed"
            )
            self._read_all()
        except KafkaError as error:
            raise TopicsError(f"{settings.unreachable()} ({error})") from None

    @property
    def approved(self) -> list[str]:
        """The places of the packs that people approved, the last of them decides; none: the configured one does."""
        return list(self._approved)

    def folder(self, place: str) -> str:
        """The folder with the files of a pack; raises ``PackError`` when it isn't on the shelf or can't be written."""
        if place not in self._packs:
            raise PackError([f"the approved pack {place} is not on the topic {self._topic}: propose it again"])
        try:
            return str(write_pack(self._folder / place, self._packs[place]))
        except OSError as error:
            raise PackError(
                [f"the approved pack {place} can't be written to {self._folder}: {error.strerror}"]
            ) from None

    def decides(self) -> str | None:
        """The folder of the approved pack that decides; ``None``: the configured one does."""
        approved = self._approved
        return self.folder(approved[-1]) if approved else None

    def keep(self, files: Files) -> str:
        """Put a pack on the shelf, for good; returns its place. Raises ``PackError``, ``TopicsError``."""
        record = msgspec.json.encode(dict(sorted(files.items())))
        if len(record) > LARGEST_PACK:
            raise PackError([f"the pack takes {len(record)} bytes; the largest that can be proposed is {LARGEST_PACK}"])
        place = hashlib.blake2b(record, digest_size=16).hexdigest()
        if place not in self._packs:
            self._write(place.encode(), record)
            self._packs[place] = files
        return place

    def approve(self, places: Sequence[str]) -> None:
        """From now on the last of these decides, everywhere; raises ``TopicsError``."""
        self._write(_APPROVED, msgspec.json.encode(list(places)))
        self._approved = list(places)

    def follow(self, changed: Callable[[], object]) -> None:
        """Call ``changed``, in a thread, whenever another pack was approved."""
        self._follower = threading.Thread(target=self._follow, args=(changed,), daemon=True, name="packs")
        self._follower.start()

    def close(self) -> None:
        """Let go of the connection."""
        self._closed.set()
        if self._follower is not None:
            self._follower.join()
        self._consumer.close()

    def _read_all(self) -> None:
        if 0 not in (self._consumer.partitions_for_topic(self._topic) or ()):
            raise TopicsError(f"topic {self._topic} is missing: run `signals topics create`")
        for records in until_end(self._consumer, {self._part: 0}):
            self._take(records)

    def _take(self, records: Sequence[Any]) -> None:
        for record in records:
            key, value = record.key or b"", record.value or b""
            try:
                if key == _APPROVED:
                    self._approved = msgspec.json.decode(value, type=list[str])
                else:
                    self._packs[key.decode()] = msgspec.json.decode(value, type=dict[str, str])
            except (msgspec.DecodeError, UnicodeDecodeError):
                _log.warning("no pack of ours: passed over", topic=self._topic, offset=record.offset)

    def _follow(self, changed: Callable[[], object]) -> None:
        while not self._closed.is_set():
            before = self._approved
            try:
                for records in self._consumer.poll(timeout_ms=_POLL_MILLISECONDS).values():
                    self._take(records)
            except KafkaError as error:
                _log.warning("can't read the approved packs; trying again", error=type(error).__name__)
                self._closed.wait(_POLL_MILLISECONDS / 1000)
            if self._approved != before:
                changed()

    def _write(self, key: bytes, value: bytes) -> None:
        try:
            producer = KafkaProducer(
                **self._settings.connection(), acks="all", max_request_size=2 * LARGEST_PACK, compression_type="gzip"
            )
            try:
                producer.send(self._topic, value, key=key, partition=0).get(timeout=30)
            finally:
                producer.close()
        except KafkaError as error:
            raise TopicsError(f"Kafka did not take the pack: {error}") from error
