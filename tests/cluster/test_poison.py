"""Bad input never stops a worker and never disappears."""

import json

from kafka import KafkaProducer

from streams.cluster.quarantine import redrive
from tests.cluster.workers import Cluster, figure, search


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
    assert redrive(cluster.settings) == 1
    assert len(cluster.read(cluster.topics.quarantine, lambda found: len(found) >= 2)) == 2
    assert redrive(cluster.settings, reason="NOT_JSON") == 0
