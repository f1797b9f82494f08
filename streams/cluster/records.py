"""What a shard made, as the records it writes."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from signals.batch import Failed
from signals.calendar.instant import Instant
from signals.events.decode import Rejected
from signals.events.event import Event
from signals.recommendation.record import DECISION_FIELDS
from streams.cluster.fetching import Incoming
from streams.cluster.ledger import Writes
from streams.cluster.routing import WHOLE, Forward
from streams.cluster.store import Row, forgotten_news, news_row, position_row
from streams.cluster.topics import Topics
from streams.sources.quarantine import Quarantined, TopicOffset, failed_timer

STRUCTURED = (WHOLE,)
"""Says that a value is a whole CloudEvent, by the Kafka binding."""

_SOURCE = "/signals"
_encode = msgspec.json.Encoder().encode

ERASED = "customer.erased"
"""Type of the event that tells, on the topic of decisions, that a customer is to be forgotten."""

EXPLANATION = "explanation"
"""CloudEvents attribute of a decision."""

_BACKLOG = 5_000
"""Unread records of a shard: some tenths of a second of work."""

_OF_EVENT = re.compile("content-type|ce_.*", re.IGNORECASE).fullmatch
"""Names of headers by which a value is read."""

_NOTHING: Mapping[str, str] = {}

Record = tuple[bytes | None, bytes | None]


class Outcome(msgspec.Struct):
    """Everything that one or more batches lead to; written in one transaction."""

    rows: dict[bytes, bytes | None] = {}
    beside: dict[bytes, bytes | None] = {}
    """The clock, the news, and the pack that the rows are prepared for."""
    positions: dict[str, int] = {}
    """Up to where each input topic is in the rows."""
    news: list[Event] = []
    """News to remember for customers who come later; their rows are in ``beside``."""
    recommendations: list[Record] = []
    decisions: list[Record] = []
    forwards: list[Forward] = []
    quarantined: list[Record] = []
    reasons: Counter[str] = msgspec.field(default_factory=Counter)
    """Why records were refused, how often."""
    records: int = 0
    """How many records came in, or would lead to as much."""
    unread: dict[str, int] = {}
    """Of each input topic how many records were beyond those."""
    processed: int = 0
    """How many events were worked on."""

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for it: people for a recommendation, or another shard for an event."""
        return bool(self.recommendations or self.forwards)

    @property
    def is_backlog(self) -> bool:
        """Whether so much is unread that nobody notices when what was read is told."""
        return is_backlog(sum(self.unread.values()))

    def arrive(self, topic: str, position: int, records: int, unread: int) -> None:
        """So many records came in, up to this position, and so many are still to be read."""
        self.positions[topic] = position
        self.records += records
        self.unread[topic] = unread

    def keep(self, row: Row) -> None:
        """A row of ours."""
        key, value = row
        self.beside[key] = value

    def remember(self, news: Iterable[Event], old: Iterable[Event]) -> None:
        """News for customers who come later, and news remembered before that concerns nobody any more."""
        for event in news:
            self.keep(news_row(event))
            self.news.append(event)
        for event in old:
            self.keep(forgotten_news(event))

    def quarantine(self, reason: str, record: Record) -> None:
        """Set something apart."""
        self.quarantined.append(record)
        self.reasons[reason] += 1

    def join(self, later: "Outcome") -> None:
        """Take over what came after it."""
        self.rows.update(later.rows)
        self.beside.update(later.beside)
        self.positions.update(later.positions)
        self.news += later.news
        self.recommendations += later.recommendations
        self.decisions += later.decisions
        self.forwards += later.forwards
        self.quarantined += later.quarantined
        self.reasons += later.reasons
        self.records += later.records
        self.unread.update(later.unread)
        self.processed += later.processed

    def changelog(self, topics: Topics) -> list[Row]:
        """The rows of the changelog."""
        ids = topics.ids
        positions = [position_row(topic, position, ids.get(topic, "")) for topic, position in self.positions.items()]
        return [*self.rows.items(), *self.beside.items(), *positions]

    def writes(self, topics: Topics, shard: int) -> list[Writes]:
        """All records, by topic and partition."""
        return [
            Writes(topics.changelog, shard, self.changelog(topics)),
            Writes(topics.recommendations, shard, self.recommendations, STRUCTURED),
            Writes(topics.decisions, shard, self.decisions, STRUCTURED),
            Writes(topics.quarantine, shard, self.quarantined),
            *_by_shard(topics.customers, self.forwards),
        ]


def is_backlog(unread: int) -> bool:
    """Whether so many unread records are a backlog."""
    return unread >= _BACKLOG


def recommendation_record(revision: dict[str, Any]) -> Record:
    """A revision as CloudEvent, under the recommendation's id: compaction keeps the newest."""
    return _cloud_event("recommendation.changed", revision, f"{revision['id']}#{revision['revision']}")


def erasure_record(customer: str) -> Record:
    """That a customer is to be forgotten, for who keeps a copy of decisions and recommendations."""
    data = {"id": customer, "customer": customer}
    return _cloud_event(ERASED, data, f"{customer}#erased")


def decision_record(decision: dict[str, Any]) -> Record:
    """A decision as CloudEvent, under its id; what led to a refusal goes beside it, as the text of a JSON object."""
    told, beside = {name: decision[name] for name in DECISION_FIELDS}, {}
    if len(decision) > len(told):
        rest = {name: value for name, value in decision.items() if name not in told}
        beside = {EXPLANATION: _encode(rest).decode()}
    return _cloud_event("decision.changed", told, f"{decision['id']}#{decision['status']}", beside)


class Told(msgspec.Struct):
    """A decision or recommendation in its envelope, its JSON unread."""

    type: str
    subject: str
    data: msgspec.Raw
    explanation: str | None = None

    def body(self) -> bytes:
        """Its JSON, with its explanation."""
        if self.explanation is None:
            return bytes(self.data)
        return b"%b,%b" % (bytes(self.data)[:-1], self.explanation.encode()[1:])


read_told = msgspec.json.Decoder(Told).decode


def _cloud_event(kind: str, data: dict[str, Any], identity: str, beside: Mapping[str, str] = _NOTHING) -> Record:
    envelope = {
        "specversion": "1.0",
        "id": identity,
        "source": _SOURCE,
        "type": kind,
        "subject": data["customer"],
        "datacontenttype": "application/json",
        "data": data,
        **beside,
    }
    return str(data["id"]).encode(), _encode(envelope)


def quarantined_record(record: Incoming, place: TopicOffset, refused: Rejected, raw: bytes) -> Record:
    """What could not be used: the reason, where it stood, and its bytes, with the headers that belong to these.

    Where ``raw`` is not what came in but the event as we write it, the headers that held parts of the event don't."""
    entry = Quarantined(refused, raw, record.timestamp, place).record()
    written = raw != (record.value or b"")
    headers = [header for header in record.headers if not (written and _OF_EVENT(header[0]))]
    if headers:
        entry["headers"] = [(name, (value or b"").decode(errors="replace")) for name, value in headers]
    return f"{place.topic}/{place.partition}/{place.offset}".encode(), _encode(entry)


def failed_record(failed: Failed, place: TopicOffset, now: Instant) -> Record:
    """A due moment on which the engine failed; ``place`` is where the events stood when it came due."""
    entry = failed_timer(failed, now, place).record()
    return blake2b(_encode(failed), digest_size=16).hexdigest().encode(), _encode(entry)


def _by_shard(topic: str, forwards: Iterable[Forward]) -> Iterable[Writes]:
    found: dict[int, list[Record]] = {}
    for forward in forwards:
        found.setdefault(forward.shard, []).append((forward.key, forward.value))
    return [Writes(topic, shard, records) for shard, records in found.items()]
