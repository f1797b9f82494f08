"""What was refused stands in quarantine, each record by itself, until it is sent in again or its person forgotten."""

import json
from contextlib import closing
from pathlib import Path

from kafka import KafkaProducer

from streams.cluster.node import ClusterNode
from streams.cluster.quarantine import forget_quarantined, quarantined, redrive
from streams.sources.again import Again
from streams.sources.quarantine import raw_of
from streams.sources.segment import Segment
from streams.sources.tracking import pack_tracking
from streams.wall import wall_now
from tests.cluster.workers import Cluster, search
from tests.servers.waiting import until


def refused(number: int, customer: int, type_: str) -> bytes:
    """An event that is of no type, or lacks what its type needs."""
    return json.dumps({**search(number, customer), "type": type_, "data": {}}).encode()


def in_quarantine(cluster: Cluster) -> list[tuple[str, str]]:
    """The reason of each record there, and who it is about."""
    return sorted((record["reason"], json.loads(raw_of(record))["subject"]) for record in quarantined(cluster.settings))


def test_requests_are_kept_apart_also_for_compaction_and_when_one_of_their_people_is_forgotten(
    cluster: Cluster,
) -> None:
    with closing(ClusterNode(cluster.settings)) as node:
        for number in (1, 2):
            node.ingest([refused(number, number, "tea.made")])
        assert len({record.key for record in cluster.records(cluster.topics.quarantine)}) == 2
        assert forget_quarantined(cluster.settings, ["customer:1"]) == 1
        assert in_quarantine(cluster) == [("UNKNOWN_TYPE", "customer:2")]
        node.ingest([refused(1, 1, "tea.made")])
    assert in_quarantine(cluster) == [("UNKNOWN_TYPE", "customer:1"), ("UNKNOWN_TYPE", "customer:2")]


def test_what_was_refused_for_another_reason_can_be_sent_in_later(cluster: Cluster) -> None:
    with closing(ClusterNode(cluster.settings)) as node:
        node.ingest([refused(1, 1, "tea.made"), refused(2, 2, "contact.received")])
    assert redrive(cluster.settings, Again("insurance-nl", "UNKNOWN_TYPE")) == 1
    assert in_quarantine(cluster) == [("MISSING_FIELD", "customer:2")]
    assert redrive(cluster.settings, Again("insurance-nl", "MISSING_FIELD")) == 1
    assert in_quarantine(cluster) == []
    cluster.start()
    until(lambda: len(in_quarantine(cluster)) == 2, "what is still no good comes back")
    assert redrive(cluster.settings, Again("insurance-nl")) == 2


def test_a_call_of_a_segment_client_is_read_again_once_the_tracking_file_knows_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    call = {"type": "track", "event": "Quote Begun", "userId": "1", "messageId": "m1"}
    whole = {"batch": [call | {"properties": {"form": "quote", "step": "started"}}], "sentAt": "2026-11-02T09:00:00Z"}
    (tmp_path / "pack.yaml").write_text("name: mended\nversion: 1.0.0\nabout: mended\nextends: insurance-nl\n")
    (tmp_path / "tracking.yaml").write_text(
        "events: {Quote Begun: {type: form.changed, data: {form: quote, step: started}}}\n"
    )
    _, calls = Segment(pack_tracking("insurance-nl")).read_batch(whole, wall_now())
    with closing(ClusterNode(cluster.settings)) as node:
        node.refuse(calls)
    assert redrive(cluster.settings, Again("insurance-nl")) == 0
    assert [record["reason"] for record in quarantined(cluster.settings)] == ["UNKNOWN_TYPE"]
    assert redrive(cluster.settings, Again(str(tmp_path))) == 1
    assert list(quarantined(cluster.settings)) == []
    (event,) = [json.loads(record.value) for record in cluster.records(cluster.topics.events)]
    assert (event["id"], event["type"], event["data"]["step"]) == ("m1", "form.changed", "started")


def test_the_api_shows_it_and_sends_it_in_again(cluster: Cluster) -> None:
    with closing(ClusterNode(cluster.settings)) as node:
        node.ingest([refused(1, 1, "tea.made"), refused(2, 2, "contact.received")])
        assert sorted(one["reason"] for one in node.quarantined_records()) == ["MISSING_FIELD", "UNKNOWN_TYPE"]
        assert node.redrive("FAILED") == 0
        assert node.redrive("UNKNOWN_TYPE") == 1
        assert [one["reason"] for one in node.quarantined_records()] == ["MISSING_FIELD"]


STRANGE = (
    b"no json",
    b"[1]",
    b"{}",
    b'{"reason": 1, "raw": 2}',
    b'{"reason": "X", "detail": "", "raw": "a", "encoding": "base64", "received": "2026-11-02T09:00:00Z"}',
    b'{"reason": "X", "detail": "", "raw": "{}", "received": "one day", "route": "/v1/batch"}',
    b'"of customer:1"',
)


def test_what_nobody_of_ours_wrote_there_is_passed_over_and_forgotten_with_who_it_names(cluster: Cluster) -> None:
    """One such record ended every worker that was to forget somebody, at every restart."""
    with (
        closing(ClusterNode(cluster.settings)) as node,
        closing(KafkaProducer(**cluster.settings.connection())) as producer,
    ):
        node.ingest([refused(1, 1, "tea.made"), refused(2, 2, "tea.made")])
        for number, strange in enumerate(STRANGE):
            producer.send(cluster.topics.quarantine, strange, key=b"%d" % number, partition=0)
        producer.flush()
    assert len(in_quarantine(cluster)) == 2
    assert forget_quarantined(cluster.settings, ["customer:1"]) == 2
    assert in_quarantine(cluster) == [("UNKNOWN_TYPE", "customer:2")]
    assert redrive(cluster.settings, Again("insurance-nl")) == 1
