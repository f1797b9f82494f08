"""What people do in the CRM comes back as an outcome, once, and never as an echo of what we wrote there."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from streams.queue import Queue
from streams.queue.redis import RedisQueue
from streams.sinks import Courier, Outbox
from streams.sinks.guard import open_session
from streams.sinks.poller import Poller
from streams.sinks.reading import Reporting
from streams.sinks.settings import WebhookSettings, read_sinks
from tests.streams.queue.made import recommendation
from tests.streams.sinks.crm import Org, Organisation, Portal
from tests.streams.sinks.receiver import Behaviour, receiving
from tests.streams.sinks.test_crm import FILE, MORE, secrets

__all__ = ["secrets"]
OUTCOMES = {
    "salesforce": "    outcomes: {Completed: contacted, Sold: converted}\n",
    "dataverse": "    outcomes: {contacted: contacted, sold: converted}\n",
    "hubspot": "    outcomes: {COMPLETED: contacted, SOLD: converted}\n",
}


class Desk:
    """A CRM stand-in that gets our rows and is then read."""

    def __init__(self, kind: str, behave: Behaviour, queue: Queue, outbox: Outbox, folder: Path) -> None:
        self.kind, self.behave, self.queue, self.outbox, self.folder = kind, behave, queue, outbox, folder
        self.events: list[dict[str, Any]] = []
        self.waits: list[float | None] = []

    def put(self, events: Sequence[bytes]) -> None:
        self.events += map(msgspec.json.decode, events)

    def bring_and_look(self, meanwhile: Callable[[], None], looks: int = 1) -> None:
        with receiving(self.behave) as receiver:
            file = self.folder / "sinks.yaml"
            lines = (FILE + MORE[self.kind]).format(url=receiver.url, kind=self.kind)
            file.write_text(lines + OUTCOMES[self.kind])
            asyncio.run(self._once(file, meanwhile, looks))

    async def _once(self, file: Path, meanwhile: Callable[[], None], looks: int) -> None:
        settings = read_sinks(file)["crm"]
        assert not isinstance(settings, WebhookSettings)
        async with open_session(private=True) as session:
            sink = settings.open("crm", session)
            assert isinstance(sink, Reporting)
            courier = Courier(self.queue, self.outbox, [sink])
            courier.follow()
            while await courier.deliver():
                pass
            meanwhile()
            poller = Poller(sink, settings.outcomes, self.queue, self.outbox, self.put, 60)
            self.waits = [await poller.look() for _ in range(looks)]

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [
            (event["data"]["recommendation"], event["data"]["outcome"], event["data"]["by"]) for event in self.events
        ]


def change(crm: Any, id: str, state: str, at: str) -> None:
    """A person changes a row."""
    match crm:
        case Org():
            crm.rows["Task", id] |= {"Status": state, "SystemModstamp": at}
        case Organisation():
            crm.rows[id] |= {"sig_outcome": state, "modifiedon": at}
        case _:
            crm.tasks[id] |= {"hs_task_status": state, "hs_lastmodifieddate": at}


CRMS: list[tuple[str, Callable[[], Any], str, str]] = [
    ("salesforce", Org, "Completed", "Sold"),
    ("dataverse", Organisation, "contacted", "sold"),
    ("hubspot", Portal, "COMPLETED", "SOLD"),
]


@pytest.mark.parametrize(("kind", "make", "called", "sold"), CRMS)
def test_outcomes_come_back_once_and_close_the_work(
    kind: str, make: Callable[[], Any], called: str, sold: str, queue: Queue, outbox: Outbox, tmp_path: Path
) -> None:
    queue.apply([recommendation(number) for number in (1, 2, 3)])
    crm = make()
    desk = Desk(kind, crm, queue, outbox, tmp_path)

    def work() -> None:
        change(crm, "rec_00001", called, "2026-11-21T09:00:00.000+0000")
        change(crm, "rec_00002", sold, "2026-11-21T09:00:01.000+0000")
        change(crm, "rec_00003", "In Progress", "2026-11-21T09:00:02.000+0000")

    desk.bring_and_look(work, looks=2)
    assert desk.told == [("rec_00001", "contacted", "crm"), ("rec_00002", "converted", "crm")]
    item = queue.get("rec_00002")
    assert item is not None
    assert (item.work.outcome, item.work.closed) == ("converted", True)
    desk.bring_and_look(lambda: change(crm, "rec_00003", called, "2026-11-21T10:00:00.000+0000"))
    assert desk.told[2:] == [("rec_00003", "contacted", "crm")]
    assert len({event["id"] for event in desk.events}) == 3


@pytest.mark.parametrize(("kind", "make", "called", "sold"), CRMS)
def test_more_rows_than_a_page_that_were_changed_at_one_moment_are_all_read(
    kind: str, make: Callable[[], Any], called: str, sold: str, queue: Queue, outbox: Outbox, tmp_path: Path
) -> None:
    queue.apply([recommendation(number) for number in range(1, 9)])
    crm = make()
    crm.page = 2
    desk = Desk(kind, crm, queue, outbox, tmp_path)

    def work() -> None:
        for number in range(1, 8):
            change(crm, f"rec_0000{number}", called, "2026-11-21T09:00:00.000+0000")
        change(crm, "rec_00008", sold, "2026-11-21T09:00:01.000+0000")

    desk.bring_and_look(work, looks=2)
    assert sorted(desk.told) == [
        *((f"rec_0000{number}", "contacted", "crm") for number in range(1, 8)),
        ("rec_00008", "converted", "crm"),
    ]


def test_what_we_closed_ourselves_is_no_echo_and_a_busy_crm_is_left_alone(
    queue: Queue, outbox: Outbox, tmp_path: Path
) -> None:
    org = Org()
    desk = Desk("salesforce", org, queue, outbox, tmp_path)
    queue.apply([recommendation(1)])
    queue.apply([recommendation(1, 2, status="done")])
    desk.bring_and_look(lambda: change(org, "rec_00001", "Completed", "2026-11-21T09:00:00.000+0000"))
    assert desk.told == []
    limit = (403, {"Retry-After": "120"}, [{"message": "limit", "errorCode": "REQUEST_LIMIT_EXCEEDED"}])
    desk.bring_and_look(lambda: org.trouble.append(limit))
    assert desk.waits == [120.0]


@pytest.mark.parametrize(("kind", "make", "called", "sold"), CRMS)
def test_what_people_wrote_in_the_crm_stays_when_we_close_the_work(
    kind: str, make: Callable[[], Any], called: str, sold: str, queue: Queue, outbox: Outbox, tmp_path: Path
) -> None:
    queue.apply([recommendation(1), recommendation(2)])
    crm = make()
    desk = Desk(kind, crm, queue, outbox, tmp_path)
    desk.bring_and_look(lambda: change(crm, "rec_00001", sold, "2026-11-21T09:00:01.000+0000"))
    queue.apply([recommendation(number, 2, status="done") for number in (1, 2)])
    desk.bring_and_look(lambda: None)
    match crm:
        case Org():
            assert [crm.rows["Task", f"rec_0000{number}"]["Status"] for number in (1, 2)] == [sold, called]
        case Organisation():
            assert (crm.rows["rec_00001"]["sig_outcome"], crm.rows["rec_00001"]["sig_status"]) == (sold, "done")
        case _:
            assert [crm.tasks[f"rec_0000{number}"]["hs_task_status"] for number in (1, 2)] == [sold, called]


def test_rows_that_people_made_themselves_do_not_hold_up_the_others(
    redis_url: str, outbox: Outbox, tmp_path: Path
) -> None:
    queue = RedisQueue(redis_url, f"{{{uuid4().hex}}}:")  # which can't be asked for a recommendation without an id
    queue.apply([recommendation(1)])
    organisation = Organisation()
    organisation.rows[""] = {"sig_outcome": "sold", "modifiedon": "2026-11-21T08:00:00.000+0000"}
    desk = Desk("dataverse", organisation, queue, outbox, tmp_path)
    desk.bring_and_look(lambda: change(organisation, "rec_00001", "sold", "2026-11-21T09:00:00.000+0000"))
    assert desk.told == [("rec_00001", "converted", "crm")]
    queue.close()
