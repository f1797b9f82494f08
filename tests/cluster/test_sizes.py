"""However large what comes in is, it is worked on or set apart; it stops no sender and no worker."""

import json
import threading

from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from signals.events.decode import LONGEST, Rejected, decode_structured
from signals.events.event import Event
from streams.cluster.load import Sender
from streams.cluster.topics import LARGEST_RECORD, TopicsError
from streams.sources.quarantine import Request
from tests.cluster.workers import Cluster, search


def event(number: int, **data: object) -> Event:
    made = search(number, number)
    found = decode_structured(json.dumps({**made, "data": made["data"] | data}, separators=(",", ":")).encode())
    assert isinstance(found, Event)
    return found


def test_an_event_that_grows_when_it_is_written_out_ends_no_sender_and_is_set_apart(cluster: Cluster) -> None:
    short = b"[" + b",".join([b"1e15"] * 190_000) + b"]"
    raw = json.dumps(search(1, 1)).encode().replace(b'{"query": "x"}', b'{"query": "x", "more": %b}' % short)
    assert len(raw) < LONGEST
    grown = decode_structured(raw)
    assert isinstance(grown, Event)
    sender = Sender(cluster.settings)
    sender.send(grown)
    sender.flush()
    sender.send(event(2))
    sender.flush()
    sender.close()
    cluster.start()
    assert [one["id"] for one in cluster.recommendations(1)] == ["e2"]
    [record] = cluster.read(cluster.topics.quarantine, lambda records: len(records) >= 1)
    assert (record["reason"], len(record["raw"])) == ("TOO_LARGE", LONGEST)


def test_what_is_refused_for_its_length_is_set_apart_with_its_beginning(cluster: Cluster) -> None:
    sender = Sender(cluster.settings)
    raw = b"\x01" * 7_000_000
    sender.refuse(Rejected("TOO_LARGE", None, "too large"), raw, Request("/v1/events", 0))
    sender.flush()
    sender.close()
    stranger = KafkaProducer(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"], max_request_size=LARGEST_RECORD)
    stranger.send(cluster.topics.events, b'"' * 7_000_000, partition=1)
    stranger.flush()
    stranger.close()
    cluster.send([search(1, 1)])
    cluster.start()
    assert cluster.recommendations(1)[0]["id"] == "e1"
    found = cluster.read(cluster.topics.quarantine, lambda records: len(records) >= 2)
    assert {record["reason"]: record["raw"] for record in found if record.get("route")} == {
        "TOO_LARGE": "\x01" * LONGEST
    }
    assert [record["raw"] for record in found if record.get("partition") == 1] == ['"' * LONGEST]


def test_only_who_sent_what_kafka_refused_is_told(cluster: Cluster) -> None:
    sender = Sender(cluster.settings)
    admin = KafkaAdminClient(bootstrap_servers=cluster.variables["KAFKA_BOOTSTRAP"])
    small = ConfigResource(ConfigResourceType.TOPIC, cluster.topics.events, {"max.message.bytes": "2000"})
    admin.alter_configs([small])
    admin.close()
    sent, others_are_done = threading.Barrier(2, timeout=60), threading.Barrier(2, timeout=60)
    told: list[Exception] = []

    def send_too_much() -> None:
        while not told:  # the broker goes by the new limit a moment later
            sender.send(event(1, more="x" * 10_000))
            sent.wait()
            others_are_done.wait()
            try:
                sender.flush()
            except TopicsError as error:
                told.append(error)
            sent.wait()

    thread = threading.Thread(target=send_too_much)
    thread.start()
    while not told:
        sent.wait()
        sender.flush()
        others_are_done.wait()
        sent.wait()
    thread.join()
    assert "Kafka did not take the events" in str(told[0])
    sender.close()
