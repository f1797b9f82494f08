"""``signals quarantine`` on a node's folder: what was refused is shown, and taken in once the cause is gone."""

import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry

from signals.calendar.instant import from_datetime
from signals.config import Config
from signals.events.decode import Rejected
from streams.api import ApiSettings, create_api
from streams.api.keys import Scope, make_key
from streams.node import EmbeddedNode
from streams.sources.quarantine import FileLine, Quarantined, Request
from streams.sources.segment import Segment
from streams.sources.tracking import pack_tracking
from tests.streams.api.serving import serve

GOOD = {
    "specversion": "1.0",
    "id": "e1",
    "source": "/test",
    "type": "survey.answered",
    "time": datetime.now(UTC).isoformat(),
    "subject": "customer:1001",
    "data": {"kind": "nps", "score": 2},
}
BAD = GOOD | {"id": "e2", "type": "tea.made"}


def signals(*arguments: str, status: int = 0) -> str:
    done = subprocess.run([sys.executable, "-m", "streams.cli", *arguments], capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    return done.stdout


def test_what_was_refused_is_shown_and_taken_in_once_the_cause_is_gone(tmp_path: Path) -> None:
    mended = Quarantined(Rejected("FAILED", None, "mended meanwhile"), json.dumps(GOOD).encode(), 0, Request("/x", 0))
    with closing(EmbeddedNode(Config(), tmp_path)) as node:
        node.ingest([json.dumps(BAD).encode()])
        node.refuse([mended])
    folder = ("--data", str(tmp_path))
    assert signals("quarantine", "list", *folder).splitlines()[-1] == "UNKNOWN_TYPE: 1, FAILED: 1"
    assert [json.loads(line)["reason"] for line in signals("quarantine", "list", *folder, "--json").splitlines()] == [
        "UNKNOWN_TYPE",
        "FAILED",
    ]
    assert signals("quarantine", "redrive", *folder, "--reason", "FAILED") == "1 sent in again\n"
    assert signals("quarantine", "redrive", *folder) == "1 sent in again\n"
    with closing(EmbeddedNode(Config(), tmp_path)) as node:
        assert node.operations()["clock"]["quarantined"] == 1
        assert [record["reason"] for record in node.quarantined_records()] == ["UNKNOWN_TYPE"]
        customer = node.customer("customer:1001")
        assert customer is not None
        assert customer["touches"] == 1


def test_where_it_stood_is_shown_of_lines_of_files_too(tmp_path: Path) -> None:
    refused = Quarantined(Rejected("NOT_JSON", None, "no JSON"), b"x", 0, FileLine("bad.jsonl", 7))
    with closing(EmbeddedNode(Config(), tmp_path)) as node:
        node.refuse([refused])
    assert signals("quarantine", "list", "--data", str(tmp_path)).splitlines()[0] == "bad.jsonl/7  NOT_JSON  no JSON"


def test_a_run_says_what_it_quarantined_and_where(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(GOOD) + "\n" + json.dumps(BAD | {"type": "contact.recieved"}) + "\n")
    command = [sys.executable, "-m", "streams.cli", "replay", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr.splitlines() == [
        f"  UNKNOWN_TYPE: 1, first {file}:2: type: the catalogue does not know this event type; "
        "is it contact.received?",
        "  --quarantine FILE keeps each with its place and reason",
    ]
    assert "events/s" not in done.stdout
    kept = subprocess.run([*command, "--quarantine", str(tmp_path / "bad")], capture_output=True, text=True)
    assert [line[:14] for line in kept.stderr.splitlines()] == ["  UNKNOWN_TYPE"]


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    signals("quarantine", "list", "--data", str(tmp_path), status=2)


def test_who_is_forgotten_is_no_longer_counted_among_the_quarantined(tmp_path: Path) -> None:
    with closing(EmbeddedNode(Config(), tmp_path)) as node:
        node.ingest([json.dumps(BAD).encode(), json.dumps(BAD | {"subject": "customer:2002"}).encode()])
        assert node.forget_quarantined([BAD["subject"]]) == 1
        assert node.operations()["clock"]["quarantined"] == 1


def test_a_call_of_a_segment_client_is_read_again_once_the_tracking_file_knows_it(tmp_path: Path) -> None:
    call = {"event": "Quote Begun", "userId": "1001", "timestamp": datetime.now(UTC).isoformat(), "writeKey": "w"}
    calls = {"batch": [call | {"type": "track", "properties": {"form": "quote", "step": "started"}}]}
    mended = tmp_path / "mended"
    mended.mkdir()
    (mended / "pack.yaml").write_text("name: mended\nversion: 1.0.0\nabout: mended\nextends: insurance-nl\n")
    (mended / "tracking.yaml").write_text(
        "events: {Quote Begun: {type: form.changed, data: {form: quote, step: started}}}\n"
    )
    events, refused = Segment(pack_tracking("insurance-nl")).read_batch(calls, from_datetime(datetime.now(UTC)))
    assert events == []
    with closing(EmbeddedNode(Config(), tmp_path / "data")) as node:
        node.refuse(refused)
        (record,) = node.quarantined_records()
        assert (record["reason"], "writeKey" in record["raw"]) == ("UNKNOWN_TYPE", False)
        assert node.redrive() == 0
        assert len([*node.quarantined_records()]) == 1, "it stays"
    config = tmp_path / "config.yaml"
    config.write_text(f"pack: {mended}\n")
    folder = ("--data", str(tmp_path / "data"), "--config", str(config))
    assert signals("quarantine", "redrive", *folder) == "1 sent in again\n"
    with closing(EmbeddedNode(Config(pack=str(mended)), tmp_path / "data")) as node:
        assert [*node.quarantined_records()] == []
        customer = node.customer("customer:1001")
        assert customer is not None
        assert customer["touches"] == 1


def test_a_running_nodes_quarantine_is_shown_and_sent_in_again_through_its_api(tmp_path: Path) -> None:
    (ops, ops_text), (guard, guard_text), (crm, crm_text) = (
        make_key(scope, [scope]) for scope in (Scope.OPERATIONS, Scope.PRIVACY, Scope.INGEST)
    )
    with closing(EmbeddedNode(Config(), tmp_path)) as node:
        settings = ApiSettings(keys=f"{ops_text} {guard_text} {crm_text}")
        with serve(create_api(node, settings, CollectorRegistry())) as url:
            node.ingest([json.dumps(BAD).encode()])
            node.refuse(
                [Quarantined(Rejected("FAILED", None, "mended"), json.dumps(GOOD).encode(), 0, Request("/x", 0))]
            )
            listed = asked("quarantine", "list", "--url", url, key=ops)
            assert listed.stdout.splitlines()[-1] == "UNKNOWN_TYPE: 1, FAILED: 1", listed.stderr
            told = asked("quarantine", "list", "--url", url, "--json", key=guard).stdout.splitlines()
            assert [json.loads(json.loads(line)["raw"])["id"] for line in told] == ["e2", "e1"]
            for key, arguments in ((ops, ["list", "--json"]), (guard, ["list"]), (crm, ["redrive"])):
                refused = asked("quarantine", *arguments, "--url", url, key=key)
                assert (refused.returncode, "answered 403: this key does not open" in refused.stderr) == (2, True)
            again = asked("quarantine", "redrive", "--reason", "FAILED", "--url", url, key=ops)
            assert again.stdout == "1 sent in again\n", again.stderr
            assert asked("quarantine", "redrive", "--url", url, key=ops).stdout == "1 sent in again\n"
        assert [record["reason"] for record in node.quarantined_records()] == ["UNKNOWN_TYPE"]
        customer = node.customer("customer:1001")
        assert customer is not None
        assert customer["touches"] == 1


def asked(*arguments: str, key: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streams.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"SIGNALS_API_KEY": key})
