"""Quarantine over HTTP: operations see why and try again, privacy sees what came in."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2 as httpx
from prometheus_client import CollectorRegistry

from signals.events.decode import Rejected
from streams.api import ApiSettings, Busy, create_api
from streams.api.keys import Scope, make_key
from streams.sources.quarantine import Quarantined, Request
from tests.streams.api.serving import Desktop, serve

SECRETS = {scope: make_key(scope, [scope]) for scope in Scope}


@contextmanager
def served(node: Desktop, trouble: Exception | None = None) -> Iterator[httpx.Client]:
    for number, reason in enumerate(("NOT_JSON", "UNKNOWN_TYPE", "NOT_JSON")):
        place = Request("/v1/events", number)
        node.refuse([Quarantined(Rejected(reason, "type", "why"), b"jan@example.nl", node.moment, place)])
    node.trouble = trouble
    settings = ApiSettings(keys=" ".join(text for _, text in SECRETS.values()))
    with serve(create_api(node, settings, CollectorRegistry())) as url, httpx.Client(base_url=url) as client:
        yield client


def of(scope: Scope) -> dict[str, str]:
    return {"X-API-Key": SECRETS[scope][0]}


def test_operations_see_why_and_where_and_only_privacy_what_came_in(node: Desktop) -> None:
    with served(node) as client:
        told = client.get("/v1/quarantine", headers=of(Scope.OPERATIONS))
        whole = client.get("/v1/quarantine/raw", headers=of(Scope.PRIVACY))
        others = {
            (route, scope): client.get(route, headers=of(scope)).status_code
            for route in ("/v1/quarantine", "/v1/quarantine/raw")
            for scope in Scope
        }
    first = json.loads(told.text.splitlines()[0])
    assert first.pop("received")
    assert first == {"reason": "NOT_JSON", "field": "type", "detail": "why", "route": "/v1/events", "item": 0}
    assert "jan" not in told.text
    assert [json.loads(line)["raw"] for line in whole.text.splitlines()] == ["jan@example.nl"] * 3
    assert {scope for (route, scope), status in others.items() if status == 200 and "raw" not in route} == {
        Scope.OPERATIONS,
        Scope.ADMIN,
    }
    assert {scope for (route, scope), status in others.items() if status == 200 and "raw" in route} == {
        Scope.PRIVACY,
        Scope.ADMIN,
    }


def test_another_try_takes_operations_and_stands_in_the_audit_log(node: Desktop) -> None:
    with served(node) as client:
        refused = client.post("/v1/quarantine/redrive", json={}, headers=of(Scope.INGEST))
        some = client.post("/v1/quarantine/redrive", json={"reason": "UNKNOWN_TYPE"}, headers=of(Scope.OPERATIONS))
        rest = client.post("/v1/quarantine/redrive", json={}, headers=of(Scope.OPERATIONS))
        nothing = client.get("/v1/quarantine", headers=of(Scope.OPERATIONS))
    assert (refused.status_code, some.json(), rest.json(), nothing.text) == (403, {"sent": 1}, {"sent": 2}, "")
    assert [(entry.by, entry.did, entry.about) for _, entry in node.ledger.entries()] == [
        ("operations", "sent in again", "quarantine"),
        ("operations", "sent in again", "UNKNOWN_TYPE"),
    ]


def test_what_cannot_be_done_now_is_told(node: Desktop) -> None:
    with served(node, Busy(5)) as client:
        busy = client.post("/v1/quarantine/redrive", json={}, headers=of(Scope.OPERATIONS))
    assert (busy.status_code, busy.json()["code"]) == (503, "BUSY")
    assert re.fullmatch(r"\d+", busy.headers["retry-after"])
