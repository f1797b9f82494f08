"""The cluster as the API sees it: events go to Kafka, the queue is in Redis, customers are asked of their worker."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import structlog
from kafka.errors import KafkaError

from signals.calendar.instant import Instant
from signals.config import Config
from signals.decision.controls import Control
from signals.decision.learning import Overrule, Precision, added
from signals.events.decode import Rejected, decode_structured
from signals.pack.compile import Pack, open_pack
from signals.pack.document import PackError
from signals.pack.environment import Fingerprint
from signals.recommendation.visit import Visit
from streams.api.node import Busy, Receipt, refused
from streams.census import Sums
from streams.cluster.asking import Workers
from streams.cluster.deliveries import Deliveries
from streams.cluster.load import Sender
from streams.cluster.packs import Shelf
from streams.cluster.quarantine import quarantined, redrive
from streams.cluster.recent import recent_events
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import TopicsError, require_topics
from streams.node.operations import counted_parts, delivery_part, season_part
from streams.queue.redis import RedisQueue
from streams.sources.again import Again
from streams.sources.quarantine import Quarantined, Request
from streams.steering import Names, Refused, names_of
from streams.steering.packs import compare, keep_pack, places_with
from streams.steering.redis import RedisLedger
from streams.wall import wall_now

_log = structlog.get_logger(__name__)
_ROUTE = "/v1/events"
_COMPARED_EVENTS = 20_000
_CONFIGURED = ""
"""The place of the pack that the configuration names."""

_PATIENCE_SECONDS = 15
"""A request waits no longer for Kafka; who sent it tries again, and what Kafka had taken all the same counts once."""

_AGAIN_SECONDS = 5


class ClusterNode:
    """What ``signals api`` fronts. It keeps nothing itself: any number of them may run."""

    def __init__(self, settings: ClusterSettings, config: Config | None = None) -> None:
        """``config`` is the workers'. Raises ``TopicsError`` when Kafka can't be reached, ``PackError``."""
        self._settings = settings
        self._config = config or Config()
        self._folder = TemporaryDirectory(prefix="signals-packs-")
        self._shelf = Shelf(settings, Path(self._folder.name))
        self._read_pack()
        self._shelf.follow(self._follow_pack)
        self._sender = Sender(settings, _PATIENCE_SECONDS)
        self._queue = RedisQueue(settings.redis_url.get_secret_value(), settings.redis_prefix)
        self._ledger = RedisLedger(settings.redis_url.get_secret_value(), settings.redis_prefix)
        self._workers = Workers(settings)
        self._deliveries = Deliveries(settings)

    @property
    def queue(self) -> RedisQueue:
        """The work queue and read model."""
        return self._queue

    @property
    def ledger(self) -> RedisLedger:
        """Who steered what and why."""
        return self._ledger

    def names(self) -> Names:
        """What can be steered."""
        return names_of(self._pack)

    def sayings(self) -> Mapping[str, str]:
        """What the pack says of evidence in English, each with its Dutch."""
        return self._pack.sayings

    def controls(self) -> list[Control]:
        """The controls that count now: the last word on each that was told to the shards."""
        now = wall_now()
        last = {(control.kind, control.name): control for control in self._ledger.controls()}
        return [control for _, control in sorted(last.items()) if control.holds(now)]

    def steer(self, control: Control) -> None:
        """Tell every shard, past the events that come from outside."""
        with _busy_without_kafka():
            self._sender.tell(control.event())
            self._sender.flush()

    def compare_pack(self, files: Mapping[str, str]) -> dict[str, Any]:
        """Put a pack on the shelf, and tell what it changes on recent events; raises ``PackError``, ``Refused``."""
        with TemporaryDirectory() as folder:
            fingerprint, _ = keep_pack(Path(folder), files, self._config)
        with _busy_without_kafka():
            place = self._shelf.keep(files)
        return self._compared(fingerprint, place)

    def compare_earlier(self) -> dict[str, Any]:
        """The pack that decided before this one, and what going back changes; raises ``PackError``, ``Refused``."""
        places = [_CONFIGURED, *self._shelf.approved]
        if len(places) < 2:
            raise Refused("NO_EARLIER")
        earlier = self._opened(places[-2])
        return self._compared(earlier.environment.fingerprint, places[-2])

    def take_over(self, pack: Mapping[str, Any]) -> None:
        """Let every worker decide by an approved pack, also after a restart; raises ``PackError``."""
        place, places = str(pack["place"]), [_CONFIGURED, *self._shelf.approved]
        opened = self._opened(place)
        with _busy_without_kafka():
            self._shelf.approve(places_with(places, place)[1:])
        self._pack = opened

    def _compared(self, fingerprint: Fingerprint, place: str) -> dict[str, Any]:
        now = [_CONFIGURED, *self._shelf.approved][-1]
        if fingerprint.digest == self._opened(now).environment.fingerprint.digest:
            raise Refused("SAME_PACK")
        with _busy_without_kafka():
            events = recent_events(self._settings, _COMPARED_EVENTS)
        found = compare(self._config, self._place(now), self._place(place), events, self._ledger.controls())
        return {**fingerprint._asdict(), "place": place, "difference": found}

    def _place(self, place: str) -> str:
        return self._config.pack if place == _CONFIGURED else self._shelf.folder(place)

    def _opened(self, place: str) -> Pack:
        return open_pack(self._config.model_copy(update={"pack": self._place(place)}))

    def _follow_pack(self) -> None:
        try:
            self._read_pack()
        except PackError as error:
            _log.error("the approved pack can't be read here, its names are not known", problems=error.problems)

    def _read_pack(self) -> None:
        self._pack = self._opened([_CONFIGURED, *self._shelf.approved][-1])

    def now(self) -> Instant:
        """The present."""
        return wall_now()

    def ingest(self, events: Sequence[bytes]) -> list[Receipt]:
        """Put structured CloudEvents on Kafka; when this returns they are kept, or quarantined with the reason."""
        with _busy_without_kafka():
            receipts = [self._take(raw, item, wall_now()) for item, raw in enumerate(events)]
            self._sender.flush()
        return receipts

    def _take(self, raw: bytes, item: int, arrival: Instant) -> Receipt:
        event = decode_structured(raw, arrival)
        if isinstance(event, Rejected):
            self._sender.refuse(event, raw, Request(_ROUTE, item))
            return refused(event, raw)
        self._sender.send(event)
        return Receipt(event.id, "accepted")

    def refuse(self, quarantined: Sequence[Quarantined]) -> None:
        """Put what could not become an event into quarantine."""
        with _busy_without_kafka():
            for one in quarantined:
                self._sender.refuse(one.rejected, one.raw, one.place)
            self._sender.flush()

    def quarantined_records(self) -> Iterator[dict[str, Any]]:
        """All that is in quarantine, partition by partition."""
        with _busy_without_kafka():
            yield from quarantined(self._settings)

    def redrive(self, reason: str | None = None) -> int:
        """Send in again what is in quarantine; raises ``PackError``."""
        again = Again(self._place([_CONFIGURED, *self._shelf.approved][-1]), reason)
        with _busy_without_kafka():
            return redrive(self._settings, again)

    def customer(self, subject: str) -> Mapping[str, Any] | None:
        """A customer's journey and state, from the worker that owns it, by any of their subjects."""
        return self._workers.about("customers", subject)

    def visit(self, subject: str) -> Visit:
        """What may be shown to somebody who is on the site, from the worker that owns them."""
        return msgspec.convert(self._workers.about("visits", subject) or {}, Visit)

    def explain(self, id: str) -> Mapping[str, Any] | None:
        """One decision or recommendation with all that led to it."""
        item = self._queue.get(id)
        return item.recommendation if item is not None else self._queue.decision(id)

    def precisions(self) -> list[Precision]:
        """Nothing: the workers' figures are in Prometheus."""
        return []

    def overrules(self) -> list[Overrule]:
        """How often people overruled what the workers decided."""
        told = [row for one in self._workers.operations() for row in one["overrules"]]
        return added(msgspec.convert(told, list[Overrule]))

    def operations(self) -> Mapping[str, Any]:
        """The workers' clocks together, the shards that nobody has, the packs, and the season."""
        told = self._workers.operations()
        here = {shard for one in told for shard in one["shards"]}
        counted = ("timers", "fired", "overdue", "late")  # a worker of the release before doesn't tell all of it
        clock: dict[str, Any] = {name: sum(one.get(name, 0) for one in told) for name in counted}
        clock["lag_seconds"] = max((one["lag_seconds"] for one in told), default=0.0)
        clock["idle"] = sorted(set(range(self._settings.partitions)) - here)
        parts: dict[str, Any] = delivery_part(self._deliveries.told())
        if told:
            parts["controls"] = {"pack": pack_at_work(told)}
        return parts | counted_parts(
            clock,
            self._people(told),
            season_part(self._pack, self.now(), next((one["news"] for one in told if one.get("news")), ())),
        )

    def _people(self, told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The workers' sums over their customers together; nothing while one of them has more than it can count."""
        if not told or any(one.get("people") is None for one in told):
            return {}
        sums = Sums()
        for one in told:
            sums.add(Sums.of(one["people"]))
        return sums.parts()

    def try_again(self, sink: str) -> None:
        """Ask the process that delivers to give the dead letters of a sink another try."""
        self._deliveries.ask(sink)

    def ailing(self) -> Mapping[str, str]:
        """Nothing: the process that delivers answers for itself."""
        return {}

    def check(self) -> None:
        """Raise when Redis can't be reached; ``TopicsError`` when the topics aren't as they should be."""
        self._queue.check()
        require_topics(self._settings)

    def close(self) -> None:
        """Let go of the connections."""
        self._sender.close()
        self._shelf.close()
        self._folder.cleanup()
        self._workers.close()
        self._deliveries.close()
        self._queue.close()
        self._ledger.close()


@contextmanager
def _busy_without_kafka() -> Iterator[None]:
    """Whoever asks tries again when Kafka is back."""
    try:
        yield
    except (TopicsError, KafkaError) as error:
        raise Busy(_AGAIN_SECONDS, "Kafka does not take it now") from error


def pack_at_work(told: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """The pack that most shards decide by, of what the workers tell: while it changes there are two."""
    packs: dict[str, Mapping[str, str]] = {one["pack"]["digest"]: one["pack"] for one in told}
    shards = Counter[str]()
    for one in told:
        shards[one["pack"]["digest"]] += len(one["shards"])
    return packs[shards.most_common(1)[0][0]]
