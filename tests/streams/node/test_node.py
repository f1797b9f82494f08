"""The embedded node as a process: kill -9, duplicates, timers by the wall clock, bad events."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from signals.config import Config
from streams.replay import Options, replay
from tests.streams.node.running import Record, RunningNode


@pytest.fixture
def node(tmp_path: Path) -> Iterator[RunningNode]:
    config = tmp_path / "config.yaml"
    config.write_text("lateness: P2D\n")  # what falls due within seconds began a day ago, and is not too late by then
    running = RunningNode(tmp_path, "--config", str(config))
    running.start()
    yield running
    running.stop()


def made(number: int, at: datetime, type_: str, customer: str, **data: Any) -> Record:
    event = {"specversion": "1.0", "id": f"e{number}", "source": "/made", "type": type_, "subject": customer}
    return event | {"time": at.isoformat(), "data": data}


def a_minute_of_calls(customers: int, calls: int) -> list[Record]:
    """Every customer calls about one case, again and again, within the last minute."""
    begin = datetime.now(UTC) - timedelta(minutes=1)
    moments = [begin + timedelta(milliseconds=10 * number) for number in range(customers * calls)]
    return [
        made(number, at, "contact.received", f"customer:{number % customers}", channel="email", case="C1")
        for number, at in enumerate(moments)
    ]


def decisions_of(node: RunningNode) -> dict[str, Record]:
    return {decision["id"]: decision for decision in node.get("/v1/decisions?limit=500")["items"]}


def replayed(events: list[Record], folder: Path) -> dict[str, Record]:
    path = folder / "events.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    summary = replay(Options((str(path),), Config(), processes=1))
    return {id: json.loads(line) for id, line in summary.decisions.items()}


def test_killed_in_the_middle_of_taking_events_in_it_loses_and_doubles_nothing(
    node: RunningNode, tmp_path: Path
) -> None:
    events = a_minute_of_calls(customers=30, calls=9)
    taken: list[str] = []
    enough = threading.Event()

    def send() -> None:
        try:
            for start in range(0, len(events), 5):
                taken.extend(receipt["id"] for receipt in node.post(events[start : start + 5]))
                if len(taken) > len(events) // 3:
                    enough.set()
        except (OSError, HTTPException):
            pass

    sender = threading.Thread(target=send)
    sender.start()
    assert enough.wait(120)
    node.kill()
    sender.join()
    assert len(taken) < len(events)
    node.start()
    receipts = {receipt["id"]: receipt["status"] for receipt in node.post(events)}
    assert {receipts[id] for id in taken} == {"duplicate"}
    assert set(receipts.values()) == {"duplicate", "accepted"}
    expected = replayed(events, tmp_path)
    assert len(expected) == 90
    assert decisions_of(node) == expected
    funnel = node.get("/v1/funnel")
    assert (funnel["conserved"], funnel["candidates"]) == (True, 90)


def test_an_event_given_twice_counts_once(node: RunningNode) -> None:
    (event,) = a_minute_of_calls(customers=1, calls=1)
    assert [node.post([event])[0]["status"] for _ in range(2)] == ["accepted", "duplicate"]
    assert [receipt["status"] for receipt in node.post([event, event])] == ["duplicate", "duplicate"]
    assert node.get("/v1/customers/customer:0")["touches"] == 1


def test_what_falls_due_fires_by_the_wall_clock(node: RunningNode) -> None:
    left = datetime.now(UTC) - timedelta(hours=24) + timedelta(seconds=3)
    due = (left + timedelta(hours=24)).isoformat(timespec="milliseconds")
    node.post([made(1, left, "form.changed", "customer:1", form="quote", step="saved", product="car")])
    node.until(lambda: bool(decisions_of(node)))
    (decision,) = decisions_of(node).values()
    assert decision["trigger"] == "purchase.quote_abandoned"
    assert datetime.fromisoformat(decision["created"]) == datetime.fromisoformat(due)
    assert datetime.now(UTC) >= datetime.fromisoformat(due)


def test_what_falls_due_while_it_is_down_fires_after_the_restart(node: RunningNode) -> None:
    left = datetime.now(UTC) - timedelta(hours=24) + timedelta(seconds=2)
    node.post([made(1, left, "form.changed", "customer:1", form="quote", step="saved", product="car")])
    node.kill()
    node.start()
    node.until(lambda: bool(decisions_of(node)))
    assert [decision["trigger"] for decision in decisions_of(node).values()] == ["purchase.quote_abandoned"]


def test_bad_events_are_refused_one_by_one_with_the_reason_and_kept(node: RunningNode) -> None:
    now = datetime.now(UTC)
    good = made(1, now, "contact.received", "customer:1", channel="phone")
    unknown = made(2, now, "tea.made", "customer:1")
    future = made(3, now + timedelta(hours=1), "contact.received", "customer:1", channel="phone")
    empty = made(4, now, "contact.received", "customer:1")
    receipts = node.post([unknown, good, future, empty])
    assert [receipt["status"] for receipt in receipts] == ["quarantined", "accepted", "quarantined", "quarantined"]
    assert [receipt.get("reason") for receipt in receipts] == ["UNKNOWN_TYPE", None, "FUTURE", "MISSING_FIELD"]
    assert receipts[3]["field"] == "data.channel"
    assert node.get("/v1/operations")["clock"]["quarantined"] == 3
    node.kill()
    node.start()
    assert node.get("/v1/operations")["clock"]["quarantined"] == 3
