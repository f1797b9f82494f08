"""Steering over HTTP: every change is written down; the emergency stop needs one person, the restart two."""

from typing import Any

import httpx2 as httpx

from signals.calendar.instant import HOUR, format_instant
from tests.streams.api.serving import Desktop
from tests.streams.queue.made import NOW


def steer(client: httpx.Client, **setting: Any) -> httpx.Response:
    return client.post("/v1/controls/set", json={"value": 1, "why": "a test", "by": "ann"} | setting)


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_a_control_says_who_when_why_and_until(client: httpx.Client, node: Desktop) -> None:
    until = format_instant(NOW + HOUR)
    told = steer(client, kind="shadow", name="life_event.move", until=until).json()
    assert (told["by"], told["why"], told["since"], told["until"]) == ("ann", "a test", format_instant(NOW), until)
    assert client.get("/v1/controls").json()["controls"] == [told]
    [line] = client.get("/v1/audit").json()["items"]
    assert (line["by"], line["did"], line["about"], line["why"]) == ("ann", "set shadow to 1", told["name"], "a test")
    node.moment += HOUR
    assert client.get("/v1/controls").json()["controls"] == []


def test_what_makes_no_sense_is_refused_with_the_reason(client: httpx.Client, node: Desktop) -> None:
    assert code(steer(client, kind="stop", name="nonsense")) == (409, "UNKNOWN_NAME")
    assert code(steer(client, kind="capacity", name="phone")) == (409, "UNKNOWN_NAME")
    assert code(steer(client, kind="holdout", name="all", value=2)) == (409, "BAD_VALUE")
    assert code(steer(client, kind="cap", name="sales/P14D", value=1.5)) == (409, "BAD_VALUE")
    assert code(steer(client, kind="stop", name="phone", until=format_instant(NOW))) == (409, "ENDED")
    assert code(steer(client, kind="stop", name="all", until=format_instant(NOW + HOUR))) == (409, "NO_END")
    assert steer(client, kind="stop", name="phone", why="").status_code == 422
    assert node.told == []


def test_the_emergency_stop_needs_one_person_and_the_restart_two(client: httpx.Client) -> None:
    assert code(client.post("/v1/proposals/propose", json={"asked": "restart", "why": "why not"})) == (
        409,
        "NOT_STOPPED",
    )
    steer(client, kind="stop", name="all", by="ann")
    assert code(steer(client, kind="stop", name="all", value=None)) == (409, "TWO_PEOPLE")
    proposal = client.post("/v1/proposals/propose", json={"asked": "restart", "why": "mended", "by": "ann"}).json()
    place = f"/v1/proposals/{proposal['id']}"
    assert code(client.post(f"{place}/approve", json={"why": "sure", "by": "ann"})) == (409, "SAME_PERSON")
    assert len(client.get("/v1/controls").json()["controls"]) == 1
    approved = client.post(f"{place}/approve", json={"why": "sure", "by": "bob"}).json()
    assert (approved["state"], approved["decided_by"]) == ("approved", "bob")
    assert client.get("/v1/controls").json()["controls"] == []
    assert code(client.post(f"{place}/approve", json={"why": "again", "by": "eva"})) == (409, "NOT_OPEN")
    did = [line["did"] for line in client.get("/v1/audit").json()["items"]]
    assert did == ["lifted stop", "approved restart", "proposed restart", "set stop to 1"]


def test_a_proposal_may_be_refused_or_run_out(client: httpx.Client, node: Desktop) -> None:
    steer(client, kind="stop", name="all")
    asked = {"asked": "restart", "why": "mended", "by": "ann"}
    first, second = (client.post("/v1/proposals/propose", json=asked).json()["id"] for _ in range(2))
    refused = client.post(f"/v1/proposals/{first}/refuse", json={"why": "not yet", "by": "bob"}).json()
    assert (refused["state"], refused["said"]) == ("refused", "not yet")
    node.moment += 73 * HOUR
    assert code(client.post(f"/v1/proposals/{second}/approve", json={"why": "sure", "by": "bob"})) == (409, "NOT_OPEN")
    assert [one["state"] for one in client.get("/v1/proposals").json()["items"]] == ["expired", "refused"]
    assert code(client.post("/v1/proposals/none/approve", json={"why": "sure"})) == (404, "NO_PROPOSAL")


def test_the_audit_log_is_read_page_by_page(client: httpx.Client) -> None:
    for number in range(5):
        steer(client, kind="capacity", name="service", value=number)
    first = client.get("/v1/audit?limit=3").json()
    rest = client.get(f"/v1/audit?limit=3&before={first['next']}").json()
    assert [line["number"] for line in first["items"] + rest["items"]] == [5, 4, 3, 2, 1]
    assert rest["next"] is None
