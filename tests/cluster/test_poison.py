"""Bad input never stops a worker and never disappears."""

import asyncio
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError

from signals.events.decode import Rejected
from streams.cluster.load import Sender
from streams.cluster.packs import Shelf
from streams.cluster.quarantine import quarantined, redrive
from streams.cluster.recent import recent_events
from streams.cluster.routing import shard_of
from streams.cluster.topics import LARGEST_RECORD
from streams.queue import Filter
from streams.queue.redis import RedisQueue
from streams.sources.again import Again
from streams.sources.quarantine import FileLine
from tests.cluster.workers import PS1, Cluster, contact, figure, search
from tests.servers.waiting import until


def test_what_can_not_be_read_is_quarantined_with_reason_place_and_bytes(cluster: Cluster) -> None:
    producer = KafkaProducer(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"])
    producer.send(cluster.topics.events, b"\xff not json", partition=2)
    producer.flush()
    cluster.send([{**search(1, 1), "type": "no.such"}, search(2, 1)])
    cluster.start()
    assert cluster.recommendations(1)[0]["n"] == 1
    records = {
        record["reason"]: record for record in cluster.read(cluster.topics.quarantine, lambda found: len(found) >= 2)
    }
    assert set(records) == {"NOT_JSON", "UNKNOWN_TYPE"}
    assert (records["NOT_JSON"]["topic"], records["NOT_JSON"]["partition"]) == (cluster.topics.events, 2)
    assert json.loads(records["UNKNOWN_TYPE"]["raw"])["type"] == "no.such"


def test_an_event_on_which_the_engine_fails_is_set_apart_and_its_neighbours_count(cluster: Cluster) -> None:
    cluster.send([search(1, 1), search(2, 1, "fail"), search(3, 1)])
    cluster.start()
    assert sorted(one["n"] for one in cluster.recommendations(2)) == [1, 2]
    (record,) = cluster.read(cluster.topics.quarantine, lambda found: len(found) >= 1)
    assert (record["reason"], json.loads(record["raw"])["id"]) == ("FAILED", "e2")


def test_many_events_on_which_the_engine_fails_are_set_apart_in_one_go(cluster: Cluster) -> None:
    cluster.send(search(number, number % 40, "fail" if number % 3 == 0 else "x") for number in range(600))
    worker = cluster.start()
    found = cluster.recommendations(400)
    assert len(found) == 400
    numbers: dict[str, list[int]] = {}
    for one in found:
        numbers.setdefault(one["customer"], []).append(one["n"])
    assert all(sorted(ns) == list(range(1, len(ns) + 1)) for ns in numbers.values())
    assert len(cluster.read(cluster.topics.quarantine, lambda records: len(records) >= 200)) == 200
    assert figure(worker, "signals_events_ingested_total") >= 600


def test_what_was_quarantined_is_sent_in_again_once(cluster: Cluster) -> None:
    cluster.send([search(2, 1, "fail")])
    cluster.start()
    cluster.read(cluster.topics.quarantine, lambda found: len(found) >= 1)
    assert redrive(cluster.settings, Again("insurance-nl")) == 1
    until(lambda: len(list(quarantined(cluster.settings))) == 1, "it failed again")
    assert redrive(cluster.settings, Again("insurance-nl", "NOT_JSON")) == 0


def test_an_event_in_binary_mode_is_sent_in_again_as_what_it_was(cluster: Cluster) -> None:
    event = search(2, 1, "fail")
    data = json.dumps(event.pop("data")).encode()
    headers = [(f"ce_{name}", text.encode()) for name, text in event.items()]
    producer = KafkaProducer(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"])
    headers += [("content-type", b"application/json"), ("trace", b"7")]
    own = shard_of(event["subject"], cluster.settings.partitions)
    producer.send(cluster.topics.events, data, headers=headers, partition=own)
    producer.flush()
    cluster.start()
    (record,) = cluster.read(cluster.topics.quarantine, lambda found: len(found) >= 1)
    assert (record["reason"], ["trace", "7"] in record["headers"]) == ("FAILED", True)
    assert redrive(cluster.settings, Again("insurance-nl")) == 1
    until(lambda: len(list(quarantined(cluster.settings))) == 1, "it failed again")
    (back,) = quarantined(cluster.settings)
    assert (back["reason"], back["raw"]) == ("FAILED", record["raw"])


def test_the_largest_event_is_sent_in_again_with_its_headers(cluster: Cluster) -> None:
    headers = [("trace", b"x" * 100_000)]
    producer = KafkaProducer(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"], max_request_size=2_000_000)
    producer.send(cluster.topics.events, b"x" * 1_000_000, headers=headers).get()
    cluster.start()
    cluster.read(cluster.topics.quarantine, lambda found: len(found) >= 1)
    assert redrive(cluster.settings, Again("insurance-nl")) == 1


def test_what_no_worker_wrote_among_what_they_tell_is_passed_over(cluster: Cluster) -> None:
    cluster.start("a", "signals", "--pack", str(PS1))
    producer = KafkaProducer(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"])
    envelope = {"specversion": "1.0", "id": "x", "source": "/x", "subject": "customer:2"}
    strange: list[Any] = [7, {}, {**envelope, "type": "x"}]
    strange += [{**envelope, "type": kind, "data": data} for kind in ("x", "customer.erased") for data in (1, {}, [])]
    for topic in (cluster.topics.recommendations, cluster.topics.decisions):
        for value in (b"\xff", *(json.dumps(one).encode() for one in strange)):
            producer.send(topic, value, key=b"x", partition=0)
    producer.flush()
    cluster.send(contact(number, 1) for number in range(3))
    queue = RedisQueue(cluster.settings.redis_url.get_secret_value(), cluster.settings.redis_prefix)
    until(lambda: len(queue.list(Filter(), 0).items) == 1, "what the workers told reaches the queue", 60)
    queue.close()


def test_what_kafka_does_not_take_is_sent_in_again_the_next_time(cluster: Cluster) -> None:
    def take_at_most(size: int) -> None:
        limit = ConfigResource(ConfigResourceType.TOPIC, cluster.topics.events, {"max.message.bytes": str(size)})
        admin.alter_configs([limit])

    with closing(Sender(cluster.settings)) as sender:
        sender.refuse(Rejected("NOT_JSON", None, "no event"), b"x" * 1_000, FileLine("bad.jsonl", 1))
        sender.flush()
    with closing(KafkaAdminClient(**cluster.settings.connection())) as admin:
        take_at_most(100)
        with pytest.raises(KafkaError):
            redrive(cluster.settings, Again("insurance-nl"))
        take_at_most(LARGEST_RECORD)
        assert redrive(cluster.settings, Again("insurance-nl")) == 1
    (record,) = cluster.records(cluster.topics.events)
    assert record.value == b"x" * 1_000


def test_headers_without_a_value_stop_nobody(cluster: Cluster) -> None:
    valueless: list[tuple[str, Any]] = [("signals-home", None), ("content-type", None), ("trace", None)]

    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"])
        await producer.start()
        for value in (*(json.dumps(search(number, 1)).encode() for number in range(3)), b"no event"):
            await producer.send_and_wait(cluster.topics.events, value, headers=valueless)
        await producer.stop()

    asyncio.run(send())
    cluster.start()
    assert sorted(one["n"] for one in cluster.recommendations(3)) == [1, 2, 3]
    (record,) = cluster.read(cluster.topics.quarantine, lambda found: len(found) >= 1)
    assert (record["reason"], record["headers"]) == ("NOT_JSON", [[name, ""] for name, _ in valueless])
    assert redrive(cluster.settings, Again("insurance-nl")) == 1


class NoText(str):
    """A header's name that is no UTF-8 when it is sent."""

    def encode(self, *_: Any) -> bytes:
        return b"caf\xe9"


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_a_header_whose_name_is_no_text_stops_nobody(cluster: Cluster, compression: str | None) -> None:
    kafka = cluster.variables["KAFKA_BOOTSTRAP"]
    producer = KafkaProducer(bootstrap_servers=kafka, linger_ms=1_000, compression_type=compression)
    odd = [("a", b"1"), (NoText(), b"caf\xe9"), (NoText(), b"")]
    for number in range(9):
        headers = odd if number in (3, 4, 7) else []
        value = b"no event" if number == 4 else json.dumps(search(number, 1)).encode()
        producer.send(cluster.topics.events, value, headers=headers, partition=number % 2)
    producer.flush()
    producer.close()
    cluster.start()
    assert sorted(one["n"] for one in cluster.recommendations(8)) == list(range(1, 9))
    (record,) = cluster.read(cluster.topics.quarantine, lambda found: len(found) >= 1)
    assert (record["reason"], record["headers"]) == ("NOT_JSON", [["a", "1"], ["caf?", "caf\ufffd"], ["caf?", ""]])
    assert len(recent_events(cluster.settings, 100)) == 8
    assert redrive(cluster.settings, Again("insurance-nl")) == 1


def test_what_no_worker_wrote_on_the_topics_between_workers_is_set_apart_or_passed_over(
    cluster: Cluster, tmp_path: Path
) -> None:
    producer = KafkaProducer(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"])
    for value in (b"no event of ours", b"\x91\x01", None):
        for topic in (cluster.topics.customers, cluster.topics.packs):
            producer.send(topic, value, key=b"\xff", partition=0)
    producer.flush()
    cluster.send([search(1, 1)])
    cluster.start()
    assert cluster.recommendations(1)[0]["n"] == 1
    found = cluster.read(cluster.topics.quarantine, lambda records: len(records) >= 3)
    assert {(one["reason"], one["topic"]) for one in found} == {("NOT_JSON", cluster.topics.customers)}
    shelf = Shelf(cluster.settings, tmp_path)
    shelf.approve([shelf.keep({"pack.yaml": "name: ours"})])
    shelf.close()
    again = Shelf(cluster.settings, tmp_path)
    assert again.approved == shelf.approved
    again.close()
