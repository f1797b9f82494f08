"""The topics: names, partitions and clean-up; the wire contract of the cluster, and how it is made and checked.

All topics that carry customers have equally many partitions: shard *n* of the customers is partition *n* everywhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import msgspec
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, KafkaTimeoutError, UnknownTopicOrPartitionError

from streams.cluster.settings import ClusterSettings

_DAY = 24 * 3_600_000

LARGEST_RECORD = 8 << 20
"""Bytes of a record. An event has at most 1,000,000 as it comes in, but several times that once numbers are written
out, or once it is the text of a quarantined record with every sign escaped."""

_ROOMY = {"max.message.bytes": str(LARGEST_RECORD)}

LARGEST_PACK = 4 << 20
"""Bytes of all files of a pack."""


_UNDESCRIBED = "Kafka did not describe its topics"
_MISSING = "is missing"
_CREATE = "run `signals topics create` with the settings of the workers"
_MEND = (
    "`signals topics create` leaves topics as they are: set what differs with Kafka's kafka-configs.sh; partitions "
    "can't be changed in place: is SIGNALS_PARTITIONS what they were made with? "
    "To have more see deploy/README.md, Growing"
)


class TopicsError(Exception):
    """Kafka can't be reached, or its topics aren't as we need them; the message says what to do."""


class Topic(msgspec.Struct, frozen=True):
    """One topic as it should be. ``fixed``: the configuration that correctness rests on, checked at every start;
    ``first``: what it gets when it is created, free to change afterwards."""

    name: str
    partitions: int
    fixed: dict[str, str]
    first: dict[str, str] = {}


class Topics(msgspec.Struct, frozen=True):
    """The names of all topics."""

    events: str
    """What comes in from outside, under any key."""
    customers: str
    """Events on their way to the shard of their customer."""
    changelog: str
    """The rows of the customers and the positions up to which events are in them; compacted."""
    recommendations: str
    """Every revision of every recommendation; compacted to the newest."""
    decisions: str
    quarantine: str
    packs: str
    """Packs that people proposed and approved, one partition for all; compacted."""
    ids: Mapping[str, str] = {}
    """By name what Kafka called each when it was made, where it was asked: a topic that was deleted and made anew has
    the same name, another id, and other records at the same offsets."""

    @classmethod
    def of(cls, settings: ClusterSettings) -> "Topics":
        """The names under this installation's prefix."""
        prefix = settings.topic_prefix
        return cls(
            events=f"{prefix}events",
            customers=f"{prefix}customers",
            changelog=f"{prefix}customers-changelog",
            recommendations=f"{prefix}recommendations",
            decisions=f"{prefix}decisions",
            quarantine=f"{prefix}quarantine",
            packs=f"{prefix}packs",
        )


def wanted(settings: ClusterSettings) -> list[Topic]:
    """All topics as they should be."""
    names, count = Topics.of(settings), settings.partitions
    deleted, compacted = {"cleanup.policy": "delete"}, {"cleanup.policy": "compact"}
    return [
        Topic(names.events, count, deleted | _ROOMY, {"retention.ms": str(30 * _DAY)}),
        Topic(names.customers, count, deleted | _ROOMY, {"retention.ms": str(7 * _DAY)}),
        Topic(names.changelog, count, compacted | _ROOMY),
        Topic(names.recommendations, count, compacted),
        Topic(names.decisions, count, deleted, {"retention.ms": str(90 * _DAY)}),
        Topic(names.quarantine, count, {"cleanup.policy": "compact,delete"} | _ROOMY, {"retention.ms": str(90 * _DAY)}),
        Topic(names.packs, 1, compacted | {"max.message.bytes": str(2 * LARGEST_PACK)}),
    ]


def create_topics(settings: ClusterSettings) -> list[str]:
    """Create what is missing and return those names; safe to repeat. Raises ``TopicsError``."""
    with _admin(settings, "Kafka refused to create topics") as admin:
        present = set(admin.list_topics())
        missing = [topic for topic in wanted(settings) if topic.name not in present]
        if missing:
            admin.create_topics({topic.name: _creation(topic, settings) for topic in missing}, wait_for_metadata=True)
        return [topic.name for topic in missing]


def _creation(topic: Topic, settings: ClusterSettings) -> dict[str, object]:
    configs = topic.fixed | topic.first
    return {"num_partitions": topic.partitions, "replication_factor": settings.replication, "configs": configs}


def check_topics(settings: ClusterSettings) -> list[str]:
    """Every difference between what is there and what we need, one line each; raises ``TopicsError``."""
    with _admin(settings, _UNDESCRIBED) as admin:
        topics = wanted(settings)
        found = _find(admin, topics)
        absent = [f"topic {topic.name} {_MISSING}" for topic in topics if topic.name not in found]
        return absent + list(_differences(admin, [topic for topic in topics if topic.name in found], found))


def require_topics(settings: ClusterSettings) -> None:
    """Raise ``TopicsError`` with every difference, and what to do about it, when the topics aren't as we need them."""
    if differences := check_topics(settings):
        missing = [one for one in differences if one.endswith(_MISSING)]
        advice = [_CREATE] * bool(missing) + [_MEND] * (len(differences) > len(missing))
        raise TopicsError("\n".join((*differences, *advice)))


def find_topics(settings: ClusterSettings) -> Topics:
    """The topics with their ids; raises ``TopicsError``."""
    with _admin(settings, _UNDESCRIBED) as admin:
        found = _find(admin, wanted(settings))
    return msgspec.structs.replace(Topics.of(settings), ids={name: topic.id for name, topic in found.items()})


def changes_of(settings: ClusterSettings, topics: Topics) -> list[str]:
    """What a worker that found ``topics`` can't go on with, one line each: one of them is another now, or has other
    partitions. Raises ``TopicsError``."""
    with _admin(settings, _UNDESCRIBED) as admin:
        found = _find(admin, wanted(settings))
    changes = (_change(topic, topics.ids[topic.name], found.get(topic.name)) for topic in wanted(settings))
    return [told for told in changes if told]


class _Found(msgspec.Struct, frozen=True):
    id: str
    partitions: int


def _find(admin: KafkaAdminClient, topics: list[Topic]) -> dict[str, _Found]:
    """Those of the topics that there are, by name."""
    described = admin.describe_topics([topic.name for topic in topics])
    there = [told for told in described if told["error_code"] != UnknownTopicOrPartitionError.errno]
    if refused := [told["name"] for told in there if told["error_code"]]:
        raise TopicsError(f"Kafka did not describe {', '.join(refused)}: may the workers' user describe topics?")
    return {told["name"]: _Found(str(told["topic_id"]), len(told["partitions"])) for told in there}


def _change(topic: Topic, known: str, found: _Found | None) -> str | None:
    if found is None:
        return f"topic {topic.name} {_MISSING}"
    if found.id != known:
        return f"topic {topic.name} was deleted and made anew"
    return _wrong_count(topic, found.partitions)


def _differences(admin: KafkaAdminClient, topics: list[Topic], found: Mapping[str, _Found]) -> Iterable[str]:
    if not topics:
        return
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    configs = admin.describe_configs(resources, config_filter="all")
    for topic in topics:
        if told := _wrong_count(topic, found[topic.name].partitions):
            yield told
        config = _config_of(configs, topic.name)
        for name, value in topic.fixed.items():
            if config.get(name) != value:
                yield f"topic {topic.name} has {name}={config.get(name)} instead of {value}"


def _wrong_count(topic: Topic, count: int) -> str | None:
    if count == topic.partitions:
        return None
    return f"topic {topic.name} has {count} partitions instead of {topic.partitions}"


def _config_of(configs: dict[str, dict[str, dict[str, dict[str, str]]]], topic: str) -> dict[str, str]:
    return {name: entry["value"] for name, entry in configs["topic"][topic].items()}


@contextmanager
def _admin(settings: ClusterSettings, refused: str) -> Iterator[KafkaAdminClient]:
    """Ask Kafka; raises ``TopicsError`` when it can't be reached, or, as ``refused``, when it does not answer."""
    try:
        admin = KafkaAdminClient(**settings.connection(), request_timeout_ms=10_000, bootstrap_timeout_ms=10_000)
    except KafkaTimeoutError:
        raise TopicsError(settings.unreachable()) from None
    except KafkaError as error:
        raise TopicsError(f"Kafka at {settings.kafka_bootstrap} refused the connection: {error}") from error
    try:
        yield admin
    except KafkaError as error:
        raise TopicsError(f"{refused}: {error}") from error
    finally:
        admin.close()
