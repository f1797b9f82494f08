"""Webhooks arrive signed, once and in order; failures are tried again, then kept for a person."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError
from structlog.testing import capture_logs

from signals.calendar.instant import DAY, HOUR, MINUTE, SECOND
from streams.queue import Claim, Item, Queue
from streams.queue.sqlite import SqliteQueue
from streams.sinks import Courier, Outbox
from streams.sinks.guard import open_session
from streams.sinks.schedule import WAITS, next_attempt
from streams.sinks.webhook import Webhook
from streams.wall import wall_now
from tests.streams.queue.made import NOW, recommendation
from tests.streams.sinks.receiver import Receiver, Reply, Request, always, bring, in_turn, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class Clock:
    """A present that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW


def _deliver(queue: Queue, outbox: Outbox, receiver: Receiver, clock: Clock, *secrets: str) -> None:
    async def once() -> None:
        async with open_session(private=True) as session:
            sink = Webhook("crm", f"{receiver.url}/hook", secrets or (SECRET,), session)
            courier = Courier(queue, outbox, [sink], lambda: clock.now)
            await bring(courier)

    asyncio.run(once())


def test_a_change_arrives_signed_and_the_public_library_accepts_it(queue: Queue, outbox: Outbox) -> None:
    queue.apply([recommendation(1)])
    with receiving(always(200)) as receiver:
        _deliver(queue, outbox, receiver, Clock())
    [request] = receiver.requests
    message = Verifier(SECRET).verify(request.body, request.headers)
    assert (message["type"], message["data"]) == ("recommendation.changed", recommendation(1))
    with pytest.raises(WebhookVerificationError):
        Verifier(OTHER).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(request.body.replace(b"advisers", b"thieves!"), request.headers)


def test_while_rotating_both_secrets_sign(queue: Queue, outbox: Outbox) -> None:
    queue.apply([recommendation(1)])
    with receiving(always(204)) as receiver:
        _deliver(queue, outbox, receiver, Clock(), SECRET, OTHER)
    for secret in (SECRET, OTHER):
        Verifier(secret).verify(receiver.requests[0].body, receiver.requests[0].headers)


def test_only_what_was_released_goes_out_and_all_that_becomes_of_it(queue: Queue, outbox: Outbox) -> None:
    clock = Clock()
    with receiving(always(200)) as receiver:
        for status in ("held", "released", "withdrawn"):
            revision = ("held", "released", "withdrawn").index(status) + 1
            queue.apply([recommendation(1, revision, status=status), recommendation(2, revision, status="ghost")])
            _deliver(queue, outbox, receiver, clock)
        queue.claim(Claim(by="jan", lease=60), NOW)
        _deliver(queue, outbox, receiver, clock)
    assert receiver.messages == ["rec_00001.2", "rec_00001.3"]


def test_a_claim_is_no_change_to_tell(queue: Queue, outbox: Outbox) -> None:
    queue.apply([recommendation(1)])
    with receiving(always(200)) as receiver:
        _deliver(queue, outbox, receiver, Clock())
        queue.claim(Claim(by="jan", lease=60), NOW)
        _deliver(queue, outbox, receiver, Clock())
    assert receiver.messages == ["rec_00001.1"]


def test_a_failure_is_tried_again_later_under_the_same_id(queue: Queue, outbox: Outbox) -> None:
    clock = Clock()
    queue.apply([recommendation(1)])
    with receiving(in_turn(500, 302, 429, 200)) as receiver:
        for wait in (0, 6 * SECOND, 6 * MINUTE, 34 * MINUTE):
            clock.now += wait
            _deliver(queue, outbox, receiver, clock)
            _deliver(queue, outbox, receiver, clock)
    assert receiver.messages == ["rec_00001.1"] * 4
    [health] = outbox.health(["crm"])
    assert (health.delivered, health.failed, health.waiting, health.dead) == (1, 3, 0, 0)


def test_a_redirect_is_a_failure_and_is_not_followed(queue: Queue, outbox: Outbox) -> None:
    queue.apply([recommendation(1)])
    with receiving(always(200)) as elsewhere, receiving(always(307, {"Location": elsewhere.url})) as receiver:
        _deliver(queue, outbox, receiver, Clock())
        assert len(receiver.requests) == 1
        assert elsewhere.requests == []
    assert outbox.health(["crm"])[0].waiting == 1


def test_what_is_under_way_is_not_sent_again_when_another_attempt_fails(tmp_path: Path, outbox: Outbox) -> None:
    class HalfAway(SqliteQueue):
        def get(self, id: str) -> Item | None:
            if id == "rec_00002":
                raise ConnectionError("the queue is away")
            return super().get(id)

    again = threading.Event()

    def slowly(_: Request) -> Reply:
        if len(receiver.requests) > 1:
            again.set()
        again.wait(1)
        return 200, {}, {}

    async def run() -> None:
        async with open_session(private=True) as session:
            courier = Courier(queue, outbox, [Webhook("crm", receiver.url, (SECRET,), session)], lambda: NOW)
            working = asyncio.create_task(courier.run(0.01))
            while not outbox.health(["crm"])[0].delivered:
                await asyncio.sleep(0.01)
            working.cancel()

    with closing(HalfAway(tmp_path / "half.sqlite")) as queue, receiving(slowly) as receiver:
        queue.apply([recommendation(1), recommendation(2)])
        asyncio.run(run())
        assert receiver.messages == ["rec_00001.1"]


def test_a_later_change_waits_for_the_earlier_and_others_do_not(queue: Queue, outbox: Outbox) -> None:
    clock = Clock()
    with receiving(in_turn(500, 200)) as receiver:
        queue.apply([recommendation(1)])
        _deliver(queue, outbox, receiver, clock)
        queue.apply([recommendation(1, 2, status="withdrawn"), recommendation(2)])
        _deliver(queue, outbox, receiver, clock)
        assert receiver.messages == ["rec_00001.1", "rec_00002.1"]
        clock.now += MINUTE
        _deliver(queue, outbox, receiver, clock)
    assert receiver.messages[2:] == ["rec_00001.1", "rec_00001.2"]


def test_the_receivers_wish_to_wait_is_obeyed(queue: Queue, outbox: Outbox) -> None:
    clock = Clock()
    queue.apply([recommendation(1)])
    with receiving(always(503, {"Retry-After": "3600"})) as receiver:
        _deliver(queue, outbox, receiver, clock)
        clock.now += 59 * MINUTE
        _deliver(queue, outbox, receiver, clock)
        assert len(receiver.requests) == 1
        clock.now += MINUTE
        _deliver(queue, outbox, receiver, clock)
        assert len(receiver.requests) == 2


def test_a_wish_to_wait_that_is_no_number_is_no_reason_to_give_up(queue: Queue, outbox: Outbox) -> None:
    queue.apply([recommendation(1)])
    with receiving(always(503, {"Retry-After": "²".encode().decode("latin-1")})) as receiver:
        _deliver(queue, outbox, receiver, Clock())
    assert (outbox.health(["crm"])[0].waiting, outbox.health(["crm"])[0].dead) == (1, 0)


def test_after_the_last_attempt_it_is_kept_and_can_be_replayed(queue: Queue, outbox: Outbox) -> None:
    clock = Clock()
    queue.apply([recommendation(1)])
    with receiving(always(500)) as receiver:
        for _ in range(len(WAITS) + 3):
            _deliver(queue, outbox, receiver, clock)
            clock.now += 27 * HOUR
        assert len(receiver.requests) == len(WAITS) + 1
        [(letter, why)] = outbox.dead("crm")
        assert (letter.record["id"], why) == ("rec_00001", "the receiver answered 500")
        receiver.behave = always(200)
        assert outbox.replay("crm") == 1
        _deliver(queue, outbox, receiver, clock)
    assert outbox.health(["crm"])[0].delivered == 1


def test_an_overtaken_dead_letter_is_not_replayed(queue: Queue, outbox: Outbox) -> None:
    clock = Clock()
    queue.apply([recommendation(1)])
    with receiving(always(500)) as receiver:
        for _ in range(len(WAITS) + 1):
            _deliver(queue, outbox, receiver, clock)
            clock.now += 27 * HOUR
        receiver.behave = always(200)
        queue.apply([recommendation(1, 2, status="withdrawn")])
        _deliver(queue, outbox, receiver, clock)
    assert outbox.replay("crm") == 0


def test_gone_switches_the_sink_off_and_nothing_is_lost(queue: Queue, outbox: Outbox) -> None:
    clock = Clock()
    queue.apply([recommendation(1), recommendation(2)])
    with receiving(always(410)) as receiver:
        _deliver(queue, outbox, receiver, clock)
        asked = len(receiver.requests)
        _deliver(queue, outbox, receiver, clock)
        assert len(receiver.requests) == asked
        assert outbox.health(["crm"])[0].disabled == "the receiver answered 410 Gone"
        receiver.behave = always(200)
        outbox.enable("crm")
        _deliver(queue, outbox, receiver, clock)
    assert outbox.health(["crm"])[0].delivered == 2


def test_a_receiver_that_is_away_is_tried_again(queue: Queue, outbox: Outbox) -> None:
    queue.apply([recommendation(1)])
    with receiving(always(200)) as receiver:
        away = receiver.url
    receiver.url = away
    _deliver(queue, outbox, receiver, Clock())
    assert outbox.health(["crm"])[0].waiting == 1


class Unsteady(SqliteQueue):
    """Goes away again and again, for ten looks each time."""

    looks = 0

    def erased(self, after: int) -> Sequence[str]:
        self.looks += 1
        if self.looks % 20 >= 10:
            raise OSError("away")
        return super().erased(after)


def test_the_log_tells_once_that_the_queue_is_away_however_long_it_is(tmp_path: Path, outbox: Outbox) -> None:
    queue = Unsteady(tmp_path / "queue.sqlite")

    async def run() -> None:
        running = asyncio.create_task(Courier(queue, outbox, []).run(every=0.001))
        while queue.looks < 40:
            await asyncio.sleep(0.001)
        running.cancel()

    with capture_logs() as logged:
        asyncio.run(run())
    queue.close()
    assert [line["event"] for line in logged] == ["cannot look for changes"] * 2


def test_a_receiver_that_does_not_answer_holds_up_no_other(queue: Queue, outbox: Outbox) -> None:
    ended = threading.Event()

    def keep_waiting(_: Request) -> Reply:
        ended.wait(60)
        return 200, {}, {}

    async def run(silent: Receiver, quick: Receiver) -> None:
        async with open_session(private=True) as session:
            sinks = [Webhook(name, to.url, [SECRET], session) for name, to in (("silent", silent), ("quick", quick))]
            running = asyncio.create_task(Courier(queue, outbox, sinks).run(every=0.01))
            for number in (1, 2):
                queue.apply([recommendation(number)])
                while len(quick.requests) < number or not silent.requests:
                    await asyncio.sleep(0.01)
            running.cancel()

    with receiving(keep_waiting) as silent, receiving(always(200)) as quick:
        try:
            asyncio.run(asyncio.wait_for(run(silent, quick), 120))
        except asyncio.CancelledError:
            pass
        finally:
            ended.set()
    assert outbox.health(["silent"])[0].failed == 0, "its first attempt was still under way"
    assert quick.messages == ["rec_00001.1", "rec_00002.1"]


def test_what_was_to_be_sent_survives_a_restart_and_is_sent_once(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    queue.apply([recommendation(1)])
    with receiving(in_turn(500, 200)) as receiver:
        for _ in range(3):
            outbox = Outbox(tmp_path / "again.sqlite")
            _deliver(queue, outbox, receiver, clock)
            outbox.close()
            clock.now += MINUTE
    assert receiver.messages == ["rec_00001.1"] * 2


def test_who_was_told_of_an_erased_customer_is_told_to_forget_them(queue: Queue, outbox: Outbox) -> None:
    clock = Clock()
    queue.apply([recommendation(1), recommendation(2)])
    with receiving(always(200)) as receiver:
        _deliver(queue, outbox, receiver, clock)
        queue.apply([recommendation(1, 2, status="withdrawn")])
        queue.erase("customer:1001")
        for _ in range(2):
            _deliver(queue, outbox, receiver, clock)
    assert sorted(receiver.messages[:2]) == ["rec_00001.1", "rec_00002.1"]
    assert receiver.messages[2:] == ["rec_00001.2"]
    last = json.loads(receiver.requests[-1].body)["data"]
    assert last["erased"] is True
    assert (last["status"], last["customer"], last["evidence"]) == ("withdrawn", "", [])
    assert set(recommendation(1)) <= set(last)
    assert b"1001" not in receiver.requests[-1].body


def test_what_an_erased_customer_was_never_told_by_is_dropped(queue: Queue, outbox: Outbox) -> None:
    clock = Clock()
    queue.apply([recommendation(1)])
    with receiving(always(200)) as receiver:
        outbox.add(["crm"], [recommendation(1)], 0)
        queue.erase("customer:1001")
        _deliver(queue, outbox, receiver, clock)
    assert receiver.requests == []
    assert outbox.health(["crm"])[0].waiting == 0


def test_an_outbox_of_before_the_marks_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as old:
        old.execute(
            "CREATE TABLE deliveries (number INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, recommendation TEXT"
            " NOT NULL, revision INTEGER NOT NULL, customer TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL"
            " DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL"
            " DEFAULT '', UNIQUE (sink, recommendation, revision))"
        )
        old.execute("INSERT INTO deliveries VALUES (1, 'crm', 'rec_00002', 1, '', x'', 'delivered', 0, 0, '')")
        old.commit()
    with closing(Outbox(path)) as outbox:
        outbox.add(["crm"], [recommendation(1), recommendation(2)], 1)
        assert [delivery.message for delivery in outbox.due("crm", NOW)] == ["rec_00001.1"]
        now = wall_now()
        assert outbox.purge(now + 364 * DAY) == 0
        assert outbox.purge(now + 366 * DAY) == 1


def test_an_attempt_that_failed_may_have_arrived_and_is_taken_back(queue: Queue, outbox: Outbox) -> None:
    clock = Clock()
    queue.apply([recommendation(1)])
    with receiving(in_turn(500, 200)) as receiver:
        _deliver(queue, outbox, receiver, clock)
        queue.erase("customer:1001")
        clock.now += HOUR
        _deliver(queue, outbox, receiver, clock)
    assert receiver.messages == ["rec_00001.1", "rec_00001.2"]
    assert b"1001" not in receiver.requests[-1].body
    assert outbox.health(["crm"])[0].waiting == 0


@pytest.mark.parametrize("wait", [None, 1.0, 1e9])
def test_the_schedule_only_ever_waits_longer_and_ends(wait: float | None) -> None:
    moments = [next_attempt(failed, NOW, wait) for failed in range(1, len(WAITS) + 1)]
    assert all(moment is not None and moment >= NOW + plan for moment, plan in zip(moments, WAITS, strict=True))
    assert all(moment is not None and moment <= NOW + 27 * HOUR for moment in moments)
    assert next_attempt(len(WAITS) + 1, NOW, wait) is None
