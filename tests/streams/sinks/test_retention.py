"""What was delivered is kept for as long as it is configured, and what goes is never sent again."""

import asyncio
import json
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
import redis
from typer.testing import CliRunner

from signals.calendar.instant import DAY, HOUR, Instant
from streams.cli import app as command
from streams.queue import Queue
from streams.queue.redis import RedisQueue
from streams.queue.sqlite import SqliteQueue
from streams.sinks import Courier, Outbox
from streams.sinks import outbox as outboxes
from streams.sinks.guard import open_session
from streams.sinks.webhook import Webhook
from tests.streams.queue.made import NOW, recommendation
from tests.streams.sinks.receiver import Receiver, always, bring, receiving
from tests.streams.sinks.test_webhook import SECRET

KEPT, EXPIRES = 30, NOW + 10 * DAY
"""Days; and when what is made expires."""


def deliver(queue: Queue, outbox: Outbox, receiver: Receiver, now: Instant) -> None:
    async def once() -> None:
        async with open_session(private=True) as session:
            courier = Courier(queue, outbox, [Webhook("crm", receiver.url, [SECRET], session)], lambda: now, KEPT)
            await bring(courier)

    asyncio.run(once())


def kept(outbox: Outbox) -> list[tuple[Any, ...]]:
    query = "SELECT recommendation, revision, state FROM deliveries ORDER BY recommendation, revision"
    return [tuple(row) for row in outbox._connection.execute(query)]


def test_of_each_recommendation_the_last_change_that_arrived_is_kept(queue: Queue, outbox: Outbox) -> None:
    with receiving(always(200)) as receiver:
        for revision, status in enumerate(("released", "done"), 1):
            queue.apply([recommendation(1, revision, status=status)])
            deliver(queue, outbox, receiver, NOW)
        assert kept(outbox) == [("rec_00001", 2, "delivered")]
        outbox.add(["crm"], [recommendation(1, 1), recommendation(1, 2)], 0)
        deliver(queue, outbox, receiver, NOW)
    assert receiver.messages == ["rec_00001.1", "rec_00001.2"]


def test_what_arrived_goes_when_it_expired_long_ago_and_not_before(queue: Queue, outbox: Outbox) -> None:
    queue.apply([recommendation(1), recommendation(2, expires="2027-11-20T10:00:00Z")])
    with receiving(always(200)) as receiver:
        deliver(queue, outbox, receiver, NOW)
        outbox.remember_told("crm", ["rec_00001", "rec_00002"])
        deliver(queue, outbox, receiver, EXPIRES + KEPT * DAY)
        assert len(kept(outbox)) == 2
        deliver(queue, outbox, receiver, EXPIRES + KEPT * DAY + HOUR)
        assert kept(outbox) == [("rec_00002", 1, "delivered")]
    assert [row["recommendation"] for row in outbox._connection.execute("SELECT * FROM told")] == ["rec_00002"]
    assert outbox.sinks() == ["crm"]
    assert outbox.health(["crm"])[0].delivered == 2


def test_what_went_is_not_sent_again_though_the_queue_tells_everything_anew(
    queue: Queue, outbox: Outbox, tmp_path: Path
) -> None:
    made = [recommendation(1, 1, status="done"), recommendation(2, 1, expires="2027-11-20T10:00:00Z")]
    queue.apply(made)
    with receiving(always(200)) as receiver:
        for now in (NOW, EXPIRES + KEPT * DAY + HOUR):
            deliver(queue, outbox, receiver, now)
        assert kept(outbox) == [("rec_00002", 1, "delivered")]
        restored = SqliteQueue(tmp_path / "restored.sqlite")
        restored.apply([*made, recommendation(3, 1, expires="2027-11-20T10:00:00Z")])
        outbox.add([], [], 0)
        deliver(restored, outbox, receiver, EXPIRES + KEPT * DAY + 2 * HOUR)
        restored.close()
    assert sorted(receiver.messages) == ["rec_00001.1", "rec_00002.1", "rec_00003.1"]


def test_what_did_not_arrive_stays_and_what_overtook_it_too(queue: Queue, outbox: Outbox) -> None:
    """Or the older change would be sent after the newer one."""
    outbox.add(["crm", "away"], [recommendation(1)], 0)
    (first,) = outbox.due("crm", NOW)
    outbox.failed(first, "the receiver answered 400", None)
    queue.apply([recommendation(1, 2, status="withdrawn")])
    with receiving(always(200)) as receiver:
        deliver(queue, outbox, receiver, NOW)
        deliver(queue, outbox, receiver, EXPIRES + 10 * KEPT * DAY)
        assert outbox.replay("crm") == 0
        assert receiver.messages == ["rec_00001.2"]
    states = outbox._connection.execute("SELECT sink, revision, state FROM deliveries ORDER BY number")
    assert [tuple(row) for row in states] == [
        ("crm", 1, "dead"),
        ("away", 1, "waiting"),
        ("crm", 2, "delivered"),
    ]


def test_whoever_was_told_lately_is_told_of_an_erasure(queue: Queue, outbox: Outbox) -> None:
    queue.apply([recommendation(1)])
    with receiving(always(200)) as receiver:
        deliver(queue, outbox, receiver, NOW)
        deliver(queue, outbox, receiver, EXPIRES + KEPT * DAY)
        queue.erase("customer:1001")
        deliver(queue, outbox, receiver, EXPIRES + KEPT * DAY)
        assert json.loads(receiver.requests[-1].body)["data"]["erased"] is True
        deliver(queue, outbox, receiver, EXPIRES + KEPT * DAY + HOUR)
    assert kept(outbox) == []
    assert receiver.messages == ["rec_00001.1", "rec_00001.2"]


def test_erasures_are_followed_also_in_a_queue_that_was_emptied_meanwhile(redis_url: str, outbox: Outbox) -> None:
    prefix = f"{{{uuid4().hex}}}:"
    queue, server = RedisQueue(redis_url, prefix), redis.Redis.from_url(redis_url)
    made = [recommendation(number) for number in range(1, 5)]
    queue.apply(made)
    with receiving(always(200)) as receiver:
        courier = Courier(queue, outbox, [], lambda: NOW)
        deliver(queue, outbox, receiver, NOW)
        queue.erase("customer:1001")
        queue.erase("customer:1002")
        courier.follow()
        assert [row[0] for row in kept(outbox) if row[2] == "delivered"] == ["rec_00003", "rec_00004"]
        server.delete(*server.scan_iter(f"{prefix}*"))
        courier.follow()
        queue.apply(made[2:])
        queue.erase("customer:1003")
        courier.follow()
        assert [row[0] for row in kept(outbox) if row[2] == "delivered"] == ["rec_00004"]
        queue.erase("customer:1004")
        courier.follow()
        assert [row[0] for row in kept(outbox) if row[2] == "delivered"] == []
    queue.close()
    server.close()


def test_what_was_delivered_over_the_years_slows_no_look(queue: Queue, outbox: Outbox) -> None:
    """Counted in the steps of the database, which are the same on a busy machine."""
    courier, steps = Courier(queue, outbox, [Webhook("crm", "https://crm.example", [SECRET], cast(Any, None))]), [0]

    def count() -> None:
        steps[0] += 1

    def look(numbers: range) -> int:
        queue.apply([recommendation(number, status="held") for number in numbers])
        steps[0] = 0
        while courier.follow():
            pass
        outbox.health(["crm"])
        outbox.due("crm", NOW)
        outbox.replay("crm")
        return steps[0]

    outbox._connection.set_progress_handler(count, 100)
    few = look(range(1, 201))
    outbox.add(["crm"], [recommendation(number) for number in range(1_000, 6_000)], outbox.place())
    outbox._connection.execute("UPDATE deliveries SET state = 'delivered'")
    assert look(range(201, 401)) < 2 * few


def test_a_few_go_at_a_time(queue: Queue, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outboxes, "AT_ONCE", 2)
    queue.apply([recommendation(number) for number in range(1, 6)])
    with receiving(always(200)) as receiver:
        deliver(queue, outbox, receiver, NOW)
    courier = Courier(queue, outbox, [], lambda: EXPIRES + KEPT * DAY + HOUR, KEPT)
    left = []
    for _ in range(3):
        courier.follow()
        left.append(len(kept(outbox)))
    assert left == [3, 1, 0]


@pytest.mark.parametrize("days", ["0", "forever", "-1", "1.5"])
def test_days_that_are_none_are_refused(tmp_path: Path, days: str) -> None:
    sinks = tmp_path / "sinks.yaml"
    sinks.write_text("sinks: {crm: {kind: webhook, url: 'https://crm.example/hook', secrets: [HOOK_SECRET]}}")
    environment = {"SIGNALS_SINKS": str(sinks), "HOOK_SECRET": SECRET, "SIGNALS_SINKS_RETENTION_DAYS": days}
    told = CliRunner().invoke(command, ["run", "--data", str(tmp_path / "data"), "--port", "0"], env=environment)
    assert told.exit_code == 2
    assert "SIGNALS_SINKS_RETENTION_DAYS" in told.stderr
