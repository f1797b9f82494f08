"""The real Segment-compatible clients post to the real API, unchanged; nothing is lost, nothing is sent twice."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx2 as httpx
import pytest
from prometheus_client import CollectorRegistry

from signals.calendar.instant import from_datetime
from streams.api import ApiSettings, Busy, create_api
from streams.api.keys import Scope, make_key
from streams.api.problem import Problem
from tests.servers.node import fetch_packages, run_script
from tests.streams.api.serving import Desktop, serve
from tests.streams.queue.made import NOW

SCRIPTS = Path(__file__).parent / "clients"
Send = Callable[..., "subprocess.CompletedProcess[str]"]


def _python(client: str) -> Send:
    module = "tests.streams.api.clients.session"
    return lambda *arguments: subprocess.run(
        [sys.executable, "-m", module, client, *arguments], capture_output=True, text=True, timeout=120
    )


def _node(script: str) -> Send:
    return lambda *arguments: run_script(SCRIPTS / script, fetch_packages(SCRIPTS / "package.json"), *arguments)


CLIENTS: dict[str, Send] = {
    "segment-python": _python("segment"),
    "rudder-python": _python("rudder"),
    "segment-node": _node("segment_node.cjs"),
    "rudder-node": _node("rudder_node.cjs"),
}
"""The real clients; each sends a session to an address with a key, as a user."""


@pytest.mark.parametrize(
    "send",
    CLIENTS.values(),
    ids=CLIENTS,
)
def test_a_session_of_each_client_arrives_once_and_whole(node: Desktop, send: Send) -> None:
    node.moment = from_datetime(datetime.now(UTC))
    secret, text = make_key("site", [Scope.INGEST])
    with serve(create_api(node, ApiSettings(keys=text), CollectorRegistry())) as url:
        ended = send(url, secret)
    assert ended.returncode == 0, ended.stderr
    links = {(event.data["from"], event.data["to"]) for event in node.events if event.type == "identity.linked"}
    assert links >= {("device:a-7001", "customer:7001"), ("device:a-older-7001", "customer:7001")}
    seen = sorted((event.type, event.subject) for event in node.events if event.type != "identity.linked")
    assert seen == [
        ("community.joined", "customer:7001"),
        ("form.changed", "customer:7001"),
        ("web.viewed", "customer:7001"),
    ]
    assert [one.rejected.reason for one in node.refused] == ["UNKNOWN_TYPE"]


@pytest.mark.parametrize("send", CLIENTS.values(), ids=CLIENTS)
def test_a_client_that_is_told_to_come_back_does_and_nothing_counts_twice(node: Desktop, send: Send) -> None:
    node.moment = from_datetime(datetime.now(UTC))
    node.troubles = [Problem(429, "TOO_MANY", "slow down", {"Retry-After": "1"}), Busy(1)]
    secret, text = make_key("site", [Scope.INGEST])
    with serve(create_api(node, ApiSettings(keys=text), CollectorRegistry())) as url:
        assert send(url, secret).returncode == 0
    assert node.troubles == []
    assert len([event for event in node.events if event.type == "form.changed"]) == 1
    assert len({event.id for event in node.events}) == len(node.events)


def test_a_client_with_a_wrong_key_is_refused(node: Desktop) -> None:
    with serve(create_api(node, ApiSettings(keys=make_key("site", [Scope.INGEST])[1]), CollectorRegistry())) as url:
        reply = httpx.post(f"{url}/v1/track", json={"event": "x"}, auth=("wrong", ""))
        assert (reply.status_code, reply.json()["code"]) == (401, "NO_KEY")
        unread = httpx.post(f"{url}/v1/batch", content=b'{"batch": [{}], "writeKey": ', auth=("wrong", ""))
        assert unread.json()["code"] == "NO_KEY", "who has no key is not told more"
    assert node.events == []


def test_a_write_key_in_the_body_opens_too(node: Desktop) -> None:
    secret, text = make_key("site", [Scope.INGEST])
    with serve(create_api(node, ApiSettings(keys=text), CollectorRegistry())) as url:
        call = {"writeKey": secret, "userId": "7", "event": "Quote Started", "properties": {"product": "car"}}
        assert httpx.post(f"{url}/v1/track", json=call).json()["accepted"] == 1


def test_bodies_are_read_by_what_they_are_and_repeats_count_once(client: httpx.Client, node: Desktop) -> None:
    call = {"messageId": "m1", "userId": "7", "anonymousId": None, "url": None, "properties": {"url": "/verhuizen"}}
    packed = gzip.compress(json.dumps(call).encode())
    for route in ("page", "page"):
        reply = client.post(
            f"/v1/{route}", content=packed, headers={"content-type": "application/x-www-form-urlencoded"}
        )
        assert reply.status_code == 200
    assert reply.json() == {"success": True, "accepted": 0, "duplicate": 1, "quarantined": []}
    batch = {"batch": [call | {"type": "page", "messageId": "m2"}, {"type": "track", "userId": "7"}, 5]}
    reply = client.post("/v1/import", json=batch)
    assert reply.status_code == 200
    refused = reply.json()["quarantined"]
    assert [one["reason"] for one in refused] == ["MISSING_FIELD", "WRONG_TYPE"]
    assert all(one["detail"] for one in refused)
    assert len(node.refused) == 2
    assert [event.arrival for event in node.events] == [NOW, NOW]


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"{", b'{"a":' * 20_000 + b"1" + b"}" * 20_000])
def test_what_is_no_call_is_a_problem(client: httpx.Client, body: bytes) -> None:
    assert client.post("/v1/track", content=body).json()["code"] == "NOT_JSON"


def test_one_call_that_is_no_json_loses_no_other_of_its_batch(client: httpx.Client, node: Desktop) -> None:
    """Python's clients write NaN, JavaScript's the first half of an emoji that a text was cut in."""
    search = '{"type": "track", "userId": "7", "event": "Site Searched", "properties": {"query": %s}}'
    quote = '{"type": "track", "userId": "7", "event": "Quote Started", "properties": {"product": "car", "price": NaN}}'
    batch = f'{{"batch": [{search % json.dumps(chr(0x1F600) + "verhuizen" + chr(0xD83D))}, {quote}]}}'
    assert client.post("/v1/batch", content=batch).json()["accepted"] == 2
    assert [event.data for event in node.events] == [
        {"query": "\N{GRINNING FACE}verhuizen\N{REPLACEMENT CHARACTER}"},
        {"form": "quote", "step": "started", "product": "car"},
    ]


def test_a_batch_has_no_more_calls_than_allowed(client: httpx.Client, node: Desktop) -> None:
    reply = client.post("/v1/batch", json={"batch": [{}] * 101})
    assert (reply.status_code, reply.json()["code"]) == (413, "TOO_MANY_EVENTS")
    assert node.refused == []
