"""What the embedded node does by itself goes on, whatever failed before."""

import json
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from signals.calendar.instant import DAY, format_instant, parse_instant
from signals.config import Config
from streams.api import Busy
from streams.node import EmbeddedNode
from streams.wall import wall_now
from tests.signals.triggers.test_failing_moment import pack
from tests.streams.node.running import RunningNode

__all__ = ["pack"]
OPENED = parse_instant("2026-11-20T09:00:00Z")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[EmbeddedNode]:
    opened = EmbeddedNode(Config(), tmp_path)
    opened.play([], OPENED)
    yield opened
    opened.close()


def complaint(number: int) -> bytes:
    data: dict[str, Any] = {"complaint": f"c{number}", "status": "opened"}
    event = {"specversion": "1.0", "id": f"e{number}", "source": "/made", "type": "complaint.changed"}
    return json.dumps({**event, "subject": f"customer:{number}", "time": format_instant(OPENED), "data": data}).encode()


@pytest.mark.usefixtures("pack")
def test_a_timer_on_which_the_engine_fails_is_set_apart_and_holds_up_nobody(node: EmbeddedNode) -> None:
    node.ingest([complaint(1), complaint(2)])
    node.play([], OPENED + 20 * DAY)
    (apart,) = node.quarantined_records()
    assert (apart["reason"], json.loads(apart["raw"])["customer"]) == ("TIMER_FAILED", "customer:1")
    assert node.operations()["clock"]["quarantined"] == 1
    overdue = [one for one in node.queue.latest().items if one["trigger"] == "relationship.complaint_overdue"]
    assert [one["customer"] for one in overdue] == ["customer:2"]
    assert [receipt.status for receipt in node.ingest([complaint(3)])] == ["accepted"]
    assert node.redrive() == 0
    assert len([*node.quarantined_records()]) == 1


def test_what_the_queue_had_no_room_for_reaches_it_once_there_is_some(node: EmbeddedNode) -> None:
    def give_room(pages: int) -> None:
        node.queue._writer.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for number in range(2_000):
            node.ingest([complaint(number)])

    give_room(1)  # as many as there are already
    with pytest.raises(Busy, match="full"):
        fill()
    before = len(node.queue.latest(500).items)
    give_room(1 << 20)
    node.tick()
    assert len(node.queue.latest(500).items) > before
    assert node.queue.funnel().conserved


def test_a_node_whose_disk_is_full_says_so_and_is_ready_by_itself_once_there_is_room(tmp_path: Path) -> None:
    running = RunningNode(tmp_path)
    running.start()
    try:
        running.allow(0)
        with pytest.raises(HTTPError) as refused:
            running.post([json.loads(complaint(1)) | {"time": format_instant(wall_now())}])
        assert (refused.value.code, refused.value.headers["retry-after"]) == (503, "5")
        assert "it can't be kept now: " in json.load(refused.value)["detail"]
        with pytest.raises(HTTPError, match="503"):
            running.get("/ready")
        running.allow(resource.RLIM_INFINITY)
        running.until(lambda: "can be written again" in running.said())
        assert running.get("/ready") == {"status": "ready"}
        receipts = running.post([json.loads(complaint(1)) | {"time": format_instant(wall_now())}])
        assert [one["status"] for one in receipts] == ["accepted"]
    finally:
        running.stop()
