"""CRM systems hold one row per recommendation that follows it; what they refuse is kept for a person to see."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from signals.calendar.instant import HOUR, Instant
from signals.pack.document import PackError
from streams.queue import Queue
from streams.sinks import Courier, Outbox
from streams.sinks.guard import Forbidden, open_session
from streams.sinks.settings import SinksError, check_secrets, read_sinks
from tests.streams.queue.made import NOW, recommendation
from tests.streams.sinks.crm import Org, Organisation, Portal
from tests.streams.sinks.receiver import Behaviour, Receiver, Reply, receiving

FILE = """
sinks:
  crm:
    private: true
    url: {url}
    kind: {kind}
"""
MORE = {
    "salesforce": "    client: CRM_CLIENT\n    secret: CRM_SECRET\n",
    "dataverse": "    client: CRM_CLIENT\n    secret: CRM_SECRET\n    token_url: {url}/tenant/oauth2/v2.0/token\n",
    "hubspot": "    token: CRM_TOKEN\n    event: pe4711_occasion\n",
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment holds."""
    for name, value in (("CRM_CLIENT", "signals"), ("CRM_SECRET", "s3cret"), ("CRM_TOKEN", "pat-1")):
        monkeypatch.setenv(name, value)


class Line:
    """From the queue to a stand-in, as often as asked."""

    def __init__(self, kind: str, receiver: Receiver, queue: Queue, outbox: Outbox, folder: Path) -> None:
        self.queue, self.outbox = queue, outbox
        self.now: Instant = NOW
        file = folder / "sinks.yaml"
        file.write_text((FILE + MORE[kind]).format(url=receiver.url, kind=kind))
        self.settings = read_sinks(file)["crm"]

    def bring(self, *revisions: dict[str, Any]) -> None:
        self.queue.apply(revisions)
        asyncio.run(self._bring())

    async def _bring(self) -> None:
        async with open_session(private=True) as session:
            courier = Courier(self.queue, self.outbox, [self.settings.open("crm", session)], lambda: self.now)
            courier.follow()
            while await courier.deliver():
                pass

    def dead(self) -> list[str]:
        return [why for _, why in self.outbox.dead("crm")]

    def waiting(self) -> int:
        return self.outbox.health(["crm"])[0].waiting


Lay = Iterator[Line]


def _line(kind: str, behave: Behaviour, queue: Queue, outbox: Outbox, folder: Path) -> Lay:
    with receiving(behave) as receiver:
        yield Line(kind, receiver, queue, outbox, folder)


@pytest.fixture
def org() -> Org:
    return Org()


@pytest.fixture
def salesforce(org: Org, queue: Queue, outbox: Outbox, tmp_path: Path) -> Lay:
    yield from _line("salesforce", org, queue, outbox, tmp_path)


@pytest.fixture
def organisation() -> Organisation:
    return Organisation()


@pytest.fixture
def dataverse(organisation: Organisation, queue: Queue, outbox: Outbox, tmp_path: Path) -> Lay:
    yield from _line("dataverse", organisation, queue, outbox, tmp_path)


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def hubspot(portal: Portal, queue: Queue, outbox: Outbox, tmp_path: Path) -> Lay:
    yield from _line("hubspot", portal, queue, outbox, tmp_path)


def test_salesforce_holds_a_life_event_and_a_task_that_follow_the_recommendation(salesforce: Line, org: Org) -> None:
    salesforce.bring(recommendation(1), recommendation(2, trigger="renewal.car"))
    assert set(org.rows) == {("PersonLifeEvent", "rec_00001"), ("Task", "rec_00001"), ("Task", "rec_00002")}
    event = org.rows["PersonLifeEvent", "rec_00001"]
    assert (event["EventType"], event["IsExpired"]) == ("Relocation", False)
    assert event["PrimaryPerson"]["Customer_Number__c"] == "1001"
    salesforce.bring(recommendation(1, 2, status="withdrawn"))
    assert len(org.rows) == 3
    assert (event["IsExpired"], org.rows["Task", "rec_00001"]["Status"]) == (True, "Deferred")
    assert org.signed_in == 2, "once for each time the courier came"


def test_salesforce_signs_in_again_when_the_session_ends(salesforce: Line, org: Org) -> None:
    salesforce.bring(recommendation(1))
    org.token = "t2"
    salesforce.bring(recommendation(1, 2, status="done"))
    assert org.rows["Task", "rec_00001"]["Status"] == "Completed"


def _error(code: str) -> list[dict[str, str]]:
    return [{"message": "as the vendor words it", "errorCode": code}]


STATUSES: list[tuple[str, Reply, str]] = [
    ("salesforce", (300, {}, ["/services/data/v62.0/sobjects/Task/1", "/services/data/v62.0/sobjects/Task/2"]), "dead"),
    ("salesforce", (400, {}, _error("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")), "dead"),
    ("salesforce", (400, {}, _error("UNABLE_TO_LOCK_ROW")), "waiting"),
    ("salesforce", (403, {}, _error("REQUEST_LIMIT_EXCEEDED")), "waiting"),
    ("salesforce", (409, {}, _error("CONFLICT")), "waiting"),
    ("salesforce", (420, {}, _error("TOO_MANY_REQUESTS")), "dead"),
    *(("salesforce", (status, {}, _error("X")), "dead") for status in (404, 405, 410, 412, 414, 415, 428, 431)),
    *(("salesforce", (status, {}, _error("X")), "waiting") for status in (500, 502, 503)),
    *(("dataverse", (status, {}, {"error": {"code": "0x8"}}), "dead") for status in (400, 404, 405, 412, 413, 415)),
    *(("dataverse", (status, {}, {"error": {"code": "0x8"}}), "waiting") for status in (401, 403, 429, 500, 501, 503)),
    *(("hubspot", (status, {}, {"status": "error"}), "dead") for status in (207, 400, 404, 414)),
    *(
        ("hubspot", (status, {}, {"status": "error"}), "waiting")
        for status in (401, 403, 409, 423, 429, 477, 500, 502, 503, 504, 521, 522, 523, 524, 525, 526)
    ),
]


@pytest.mark.parametrize(("kind", "reply", "fate"), STATUSES, ids=[f"{k} {r[0]}" for k, r, _ in STATUSES])
def test_every_status_that_a_vendor_documents_has_its_fate(
    kind: str, reply: Reply, fate: str, org: Org, organisation: Organisation, portal: Portal, request: Any
) -> None:
    line: Line = request.getfixturevalue(kind)
    stand_in = {"salesforce": org, "dataverse": organisation, "hubspot": portal}[kind]
    signs_in_again = reply[0] == 401 and kind != "hubspot"
    stand_in.trouble = [reply] * (2 if signs_in_again else 1)
    line.bring(recommendation(1))
    assert (len(line.dead()), line.waiting()) == ((1, 0) if fate == "dead" else (0, 1))
    line.now += HOUR
    line.bring()
    assert line.outbox.health(["crm"])[0].delivered == (fate == "waiting")


def test_dataverse_holds_one_row_that_follows_the_recommendation(dataverse: Line, organisation: Organisation) -> None:
    dataverse.bring(recommendation(1))
    assert organisation.rows["rec_00001"]["sig_status"] == "released"
    dataverse.bring(recommendation(1, 2, status="withdrawn"))
    assert list(organisation.rows) == ["rec_00001"]
    assert organisation.rows["rec_00001"]["sig_status"] == "withdrawn"
    assert organisation.rows["rec_00001"]["sig_revision"] == 2


def test_dataverses_throttling_is_obeyed(dataverse: Line, organisation: Organisation) -> None:
    limit = {"error": {"code": "0x80072322", "message": "Number of requests exceeded the limit of 6000"}}
    organisation.trouble = [(429, {"Retry-After": "600"}, limit), (412, {}, {"error": {"code": "0x80060882"}})]
    dataverse.bring(recommendation(1))
    dataverse.now += 599_000
    dataverse.bring()
    assert dataverse.waiting() == 1
    dataverse.now += 1_000
    dataverse.bring()
    assert dataverse.dead() == ["PATCH /api/data/v9.2/sig_recommendations(sig_recommendation='rec_00001') answered 412"]


def test_hubspot_gets_one_event_and_a_task_that_follows(hubspot: Line, portal: Portal) -> None:
    hubspot.bring(recommendation(1))
    hubspot.bring(recommendation(1, 2, status="done"))
    assert [(event["eventName"], event["uuid"]) for event in portal.events] == [("pe4711_occasion", "rec_00001")]
    assert portal.tasks["rec_00001"]["hs_task_status"] == "COMPLETED"
    assert len(portal.tasks) == 1
    assert portal.ties == {("90", "1001")}


def test_hubspots_task_and_event_are_of_the_contact_with_the_customers_number(
    hubspot: Line, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubspot.settings, "customer_property", "customer_number")
    hubspot.bring(recommendation(1), recommendation(2))
    assert portal.ties == {("90", "51")}
    assert [event["objectId"] for event in portal.events] == ["51"]
    assert hubspot.dead() == ["GET /crm/v3/objects/contacts/… answered 404"]
    portal.contacts["1002"] = "52"
    hubspot.outbox.replay("crm")
    hubspot.bring()
    assert ("91", "52") in portal.ties


def test_hubspots_limits_and_part_answers(hubspot: Line, portal: Portal) -> None:
    limit = {"status": "error", "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}
    portal.trouble = [(429, {}, limit)]
    hubspot.bring(recommendation(1))
    assert hubspot.waiting() == 1
    error = {"category": "VALIDATION_ERROR", "message": "jan@example.nl is no number"}
    portal.trouble = [(207, {}, {"status": "COMPLETE", "numErrors": 1, "errors": [error]})]
    hubspot.now += HOUR
    hubspot.bring()
    assert hubspot.dead() == ["/crm/v3/objects/tasks/batch/upsert took only a part: VALIDATION_ERROR"]


def _erased(line: Line) -> None:
    line.bring(recommendation(1), recommendation(2))
    line.queue.erase("customer:1001")
    line.bring()
    assert (line.dead(), line.waiting()) == ([], 0)


def test_salesforces_rows_of_who_was_erased_are_deleted(salesforce: Line, org: Org) -> None:
    _erased(salesforce)
    assert {id for _, id in org.rows} == {"rec_00002"}


def test_dataverses_row_of_who_was_erased_is_deleted(dataverse: Line, organisation: Organisation) -> None:
    _erased(dataverse)
    assert list(organisation.rows) == ["rec_00002"]


def test_hubspots_task_of_who_was_erased_is_emptied(hubspot: Line, portal: Portal) -> None:
    _erased(hubspot)
    task = portal.tasks["rec_00001"]
    assert (task["hs_task_subject"], task["hs_task_body"], task["hs_task_status"]) == ("", "", "DEFERRED")
    assert portal.tasks["rec_00002"]["hs_task_body"]


@pytest.mark.parametrize("kind", ["salesforce", "dataverse", "hubspot"])
def test_an_erasure_that_fails_is_tried_again(
    kind: str, org: Org, organisation: Organisation, portal: Portal, request: Any
) -> None:
    line: Line = request.getfixturevalue(kind)
    stand_in = {"salesforce": org, "dataverse": organisation, "hubspot": portal}[kind]
    line.bring(recommendation(1))
    line.queue.erase("customer:1001")
    stand_in.trouble = [(503, {}, {})]
    line.bring()
    assert line.waiting() == 1
    line.now += HOUR
    line.bring()
    assert (line.dead(), line.waiting()) == ([], 0)
    assert org.rows == {}
    assert organisation.rows == {}
    assert not any(task["hs_task_body"] for task in portal.tasks.values())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sinks: {x: {kind: pigeon}}", "kind"),
        ("sinks: {x: {kind: webhook, url: 'https://x.nl', secrets: [A], colour: red}}", "colour"),
        ("sinks: {x: {kind: webhook, url: 'https://x.nl', secrets: []}}", "secrets"),
        ("sinks: {x: {kind: hubspot, token: T, event: nonsense}}", r"sinks\.x\.event"),
        ("sinks: {x: {kind: webhok}}", "kind is one of 'webhook', 'salesforce', 'dataverse', 'hubspot'"),
        (
            "sinks: {x: {kind: hubspot, token: T, event: pe1_x, secret: S}}",
            r"x\.secret: there is no such key; known are url",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "sinks.yaml").write_text(text)
    with pytest.raises(PackError, match=problem):
        read_sinks(tmp_path / "sinks.yaml")


def test_addresses_inside_need_saying_so_and_secrets_need_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sinks.yaml"
    file.write_text("sinks: {x: {kind: webhook, url: 'https://10.0.0.1/', secrets: [HOOK]}}")
    with pytest.raises(Forbidden, match=r"sinks\.yaml:1: sinks\.x\.url: .*add private: true"):
        read_sinks(file)
    for unfit in ("abc", "whsec_!!", "whsec_c2hvcnQ="):
        monkeypatch.setenv("HOOK", unfit)
        file.write_text("sinks: {x: {kind: webhook, url: 'https://crm.example.nl/', secrets: [HOOK]}}")
        with pytest.raises(SinksError, match="HOOK is no webhook secret"):
            check_secrets(read_sinks(file))
    monkeypatch.delenv("CRM_TOKEN")
    file.write_text("sinks: {x: {kind: hubspot, token: CRM_TOKEN, event: pe1_x}}")

    async def open_it() -> None:
        async with open_session(private=False) as session:
            read_sinks(file)["x"].open("x", session)

    with pytest.raises(SinksError, match="CRM_TOKEN"):
        asyncio.run(open_it())
