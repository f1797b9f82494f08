"""A person of the cluster gets all there is, or is forgotten in all its parts."""

import json
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from streams.cluster.quarantine import quarantined
from streams.cluster.routing import shard_of
from streams.queue import Filter
from streams.queue.redis import RedisQueue
from tests.cluster.workers import Cluster, signals
from tests.servers.waiting import until

JAN, MAIL, AN = "customer:1001", "email:jan@x.nl", "customer:2002"
NOW = datetime.now(UTC).isoformat()


def event(number: int, type_: str, subject: str, **data: Any) -> dict[str, Any]:
    envelope = {"specversion": "1.0", "id": f"e{number}", "source": "/test", "type": type_, "time": NOW}
    return {**envelope, "subject": subject, "data": data}


HISTORY = [
    event(1, "contact.received", MAIL, channel="email", case="C1"),
    event(2, "identity.linked", JAN, **{"from": MAIL, "to": JAN}),
    event(3, "survey.answered", JAN, kind="nps", score=2),
    event(4, "survey.answered", AN, kind="nps", score=2),
    event(5, "profile.changed", JAN, field="address", new="elsewhere"),
    event(6, "nothing.known", MAIL),
    event(7, "nothing.known", AN),
]


def newest_by_key(cluster: Cluster, topic: str) -> dict[bytes, bytes | None]:
    """What compaction would leave of a topic whose keys are each in one partition."""
    return {key: value for (_, key), value in newest_by_place(cluster, topic).items()}


def newest_by_place(cluster: Cluster, topic: str) -> dict[tuple[int, bytes], bytes | None]:
    """What compaction would leave of a topic, by partition and key."""
    consumer = KafkaConsumer(**cluster.settings.connection(), isolation_level="read_committed", group_id=None)
    parts = [TopicPartition(topic, number) for number in range(cluster.settings.partitions)]
    consumer.assign(parts)
    consumer.seek_to_beginning(*parts)
    ends, found = consumer.end_offsets(parts), {}
    while any(consumer.position(part) < ends[part] for part in parts):
        for records in consumer.poll(timeout_ms=200).values():
            found |= {(record.partition, record.key): record.value for record in records}
    consumer.close()
    return found


def test_all_that_is_known_and_then_nothing(cluster: Cluster) -> None:
    cluster.start("a", "signals")
    cluster.send(HISTORY)
    cluster.recommendations(2)
    queue = RedisQueue(cluster.settings.redis_url.get_secret_value(), cluster.settings.redis_prefix)
    refused = wait_for_refusal(cluster, queue)
    assert refused["counterfactual"][0]["change"].startswith("with consent for profiling")
    known = json.loads(signals(cluster, "privacy", "export", MAIL, "--cluster").stdout)
    assert known["customer"]["subjects"] == [JAN, MAIL]
    assert [record["reason"] for record in known["quarantined"]] == ["UNKNOWN_TYPE"]
    assert {decision["trigger"] for decision in known["decisions"]} == {"relationship.detractor", "life_event.move"}
    assert AN not in json.dumps(known)

    erased = signals(cluster, "privacy", "erase", MAIL, "--cluster", "--json")
    assert erased.returncode == 0, erased.stderr
    assert json.loads(erased.stdout)["quarantined"] == 1
    assert signals(cluster, "privacy", "export", JAN, "--cluster").returncode == 1
    assert (list(queue.list(Filter(customer=JAN), 0).items), list(queue.decisions_of(JAN))) == ([], [])
    assert [MAIL in json.dumps(record) for record in quarantined(cluster.settings)] == [False]
    rows = newest_by_key(cluster, cluster.topics.changelog)
    assert (rows[JAN.encode()], rows[MAIL.encode()]) == (None, None)
    assert rows[AN.encode()] is not None
    recommended = [value for value in newest_by_key(cluster, cluster.topics.recommendations).values() if value]
    assert [json.loads(value)["subject"] for value in recommended] == [AN]
    queue.close()


def test_nothing_is_left_of_what_was_recommended_before_two_rows_became_one(cluster: Cluster) -> None:
    shards = {shard_of(name, cluster.settings.partitions) for name in (JAN, MAIL)}
    assert len(shards) == 2
    cluster.start("a", "signals")
    cluster.send([event(1, "survey.answered", MAIL, kind="nps", score=2)])
    cluster.recommendations(1)
    cluster.send([event(2, "identity.linked", JAN, **{"from": MAIL, "to": JAN})])
    erased = signals(cluster, "privacy", "erase", MAIL, "--cluster", "--json")
    assert erased.returncode == 0, erased.stderr
    told = newest_by_place(cluster, cluster.topics.recommendations)
    assert {place for place, _ in told} >= shards
    assert [value for value in told.values() if value] == []


def test_who_asks_while_no_worker_runs_is_told_so(cluster: Cluster) -> None:
    for verb in ("export", "erase"):
        told = signals(cluster, "privacy", verb, JAN, "--cluster")
        assert (told.returncode, told.stdout) == (2, "")
        assert told.stderr == "no worker has this customer now; is one running?; try again in 3 s\n"


def wait_for_refusal(cluster: Cluster, queue: RedisQueue) -> dict[str, Any]:
    """The refused decision as the read model has it, once it is there."""
    refused = {one["data"]["id"]: one for one in cluster.read(cluster.topics.decisions, lambda found: len(found) >= 3)}
    (id_,) = [id for id, one in refused.items() if one["data"]["reason"] == "NO_CONSENT"]
    until(lambda: queue.decision(id_), "the read model has the decision")
    decision = queue.decision(id_)
    assert decision is not None
    return decision
