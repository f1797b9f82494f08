"""``signals privacy``: a person gets all there is, or is forgotten everywhere and for good."""

import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from signals.config import Config
from streams.node import EmbeddedNode

START = datetime.now(UTC) - timedelta(hours=1)
JAN, MAIL, AN = "customer:1001", "email:jan@x.nl", "customer:2002"


def event(number: int, type_: str, subject: str, **data: Any) -> bytes:
    envelope = {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "/test",
        "type": type_,
        "time": (START + timedelta(minutes=number)).isoformat(),
        "subject": subject,
        "data": data,
    }
    return json.dumps(envelope).encode()


HISTORY = [
    event(1, "contact.received", MAIL, channel="email", case="C1"),
    event(2, "identity.linked", JAN, **{"from": MAIL, "to": JAN}),
    event(3, "survey.answered", JAN, kind="nps", score=2),
    event(4, "survey.answered", AN, kind="nps", score=2),
    event(5, "policy.changed", JAN, policy="P1", product="car", change="started", premium=40),
    event(6, "nothing.known", MAIL),
    event(7, "nothing.known", AN),
]


def signals(*arguments: str, status: int = 0) -> str:
    done = subprocess.run([sys.executable, "-m", "streams.cli", *arguments], capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    return done.stdout


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with closing(EmbeddedNode(Config(), tmp_path)) as node:
        node.ingest(HISTORY)
    return tmp_path


def test_all_that_is_known_comes_by_any_subject(data: Path) -> None:
    found = json.loads(signals("privacy", "export", MAIL, "--data", str(data)))
    assert found["customer"]["subjects"] == [JAN, MAIL]
    assert [row["key"] for row in found["state"]] == [JAN, MAIL]
    assert found["state"][0]["policies"]["P1"]["premium"] == 40
    triggers = [item["recommendation"]["trigger"] for item in found["recommendations"]]
    assert triggers == [decision["trigger"] for decision in found["decisions"]] == ["relationship.detractor"]
    assert [record["reason"] for record in found["quarantined"]] == ["UNKNOWN_TYPE"]
    assert AN not in json.dumps(found)


def test_an_erased_person_leaves_no_byte_and_old_events_do_not_bring_them_back(data: Path) -> None:
    gone = json.loads(signals("privacy", "erase", JAN, "--data", str(data), "--json"))
    assert (gone["rows"], gone["quarantined"]) == (2, 1)
    assert gone["records"] >= 2
    for file in data.iterdir():
        content = file.read_bytes().lower()
        assert b"jan@x.nl" not in content, file.name
        assert JAN.encode() not in content, file.name
    assert AN.encode() in (data / "state.db").read_bytes()
    with closing(EmbeddedNode(Config(), data)) as node:
        node.ingest(HISTORY)
        assert node.rows_of(JAN) == node.rows_of(MAIL) == []
    signals("privacy", "export", JAN, "--data", str(data), status=1)
    assert json.loads(signals("privacy", "export", AN, "--data", str(data)))["customer"]["customer"] == AN


def test_whoever_is_unknown_can_be_erased_beforehand(data: Path) -> None:
    signals("privacy", "erase", "customer:9", "--data", str(data))
    with closing(EmbeddedNode(Config(), data)) as node:
        node.ingest([event(8, "survey.answered", "customer:9", kind="nps", score=2)])
        assert node.rows_of("customer:9") == []


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    signals("privacy", "export", JAN, "--data", str(tmp_path), status=2)
    signals("privacy", "erase", "nobody:1", "--data", str(tmp_path), status=2)
