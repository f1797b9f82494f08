"""Events come in over HTTP: each gets a receipt, and nothing too large or strange gets further."""

import gzip
import json
import zlib
from typing import Any

import httpx2 as httpx
import pytest

from streams.api import Busy
from tests.streams.api.serving import Desktop


def _event(id: str = "e1", **changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/web",
        "type": "web.viewed",
        "time": "2026-11-20T09:00:00Z",
        "subject": "customer:1001",
        "data": {"url": "/verhuizen"},
    } | changes


def test_one_event_gets_one_receipt(client: httpx.Client, node: Desktop) -> None:
    reply = client.post("/v1/events", json=_event(), headers={"content-type": "application/cloudevents+json"})
    assert (reply.status_code, reply.json()) == (200, [{"id": "e1", "status": "accepted"}])
    assert node.events[0].data == {"url": "/verhuizen"}


def test_an_array_gets_receipts_in_order_and_the_bad_do_not_harm_the_good(client: httpx.Client, node: Desktop) -> None:
    events = [_event("a"), _event("b", type="web.unheard_of"), 5, _event("a"), _event("c", data={})]
    reply = client.post("/v1/events", json=events)
    assert reply.status_code == 200
    assert [receipt["status"] for receipt in reply.json()] == [
        "accepted",
        "quarantined",
        "quarantined",
        "duplicate",
        "quarantined",
    ]
    assert reply.json()[1]["reason"] == "UNKNOWN_TYPE"
    assert [receipt["id"] for receipt in reply.json()] == ["a", "b", None, "a", "c"]
    assert reply.json()[4]["field"] == "data"
    assert reply.json()[4]["detail"]
    assert [event.id for event in node.events] == ["a"]


def test_binary_mode_is_taken(client: httpx.Client, node: Desktop) -> None:
    envelope = {f"ce-{name}": value for name, value in _event().items() if name != "data"}
    reply = client.post("/v1/events", content=b'{"url": "/x"}', headers=envelope | {"content-type": "application/json"})
    assert reply.json() == [{"id": "e1", "status": "accepted"}]
    assert node.events[0].data == {"url": "/x"}


def test_the_headers_of_binary_mode_are_percent_encoded(client: httpx.Client, node: Desktop) -> None:
    envelope = {f"ce-{name}": value for name, value in _event().items() if name != "data"}
    client.post("/v1/events", content=b'{"url": "/x"}', headers=envelope | {"ce-subject": "social:x/Zo%C3%AB"})
    assert node.events[0].subject == "social:x/zoë"


def test_a_header_of_binary_mode_may_stand_in_quotes(client: httpx.Client, node: Desktop) -> None:
    envelope = {f"ce-{name}": value for name, value in _event().items() if name != "data"}
    client.post("/v1/events", content=b'{"url": "/x"}', headers=envelope | {"ce-id": r'"the \"first\" one"'})
    assert node.events[0].id == 'the "first" one'


def test_binary_mode_says_of_history_that_it_is_history(client: httpx.Client, node: Desktop) -> None:
    envelope = {f"ce-{name}": value for name, value in _event().items() if name != "data"}
    client.post("/v1/events", content=b'{"url": "/x"}', headers=envelope | {"ce-warmup": "true"})
    assert [event.warmup for event in node.events] == [True]


def test_a_body_of_the_cloudevents_media_type_is_the_whole_event(client: httpx.Client, node: Desktop) -> None:
    headers = {"content-type": "application/cloudevents+json; charset=utf-8", "ce-specversion": "1.0", "ce-id": "other"}
    reply = client.post("/v1/events", json=_event(), headers=headers)
    assert reply.json() == [{"id": "e1", "status": "accepted"}]


@pytest.mark.parametrize("odd", [rb'"half an emoji \ud83d"', b"NaN"])
def test_one_event_that_no_json_can_say_does_not_harm_the_others(
    client: httpx.Client, node: Desktop, odd: bytes
) -> None:
    body = json.dumps([_event("a"), _event("b", data={"url": "/x", "title": "ODD"}), _event("c")]).encode()
    reply = client.post("/v1/events", content=body.replace(b'"ODD"', odd))
    assert [receipt["status"] for receipt in reply.json()] == ["accepted", "quarantined", "accepted"]
    assert reply.json()[1]["reason"] == "NOT_JSON"


TWICE = gzip.compress(gzip.compress(b" " * 90_000_000, mtime=0), mtime=0)
DEEP = b'{"a":' * 20_000 + b"1" + b"}" * 20_000


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_compressed_bodies_are_taken(client: httpx.Client, encoding: str, pack: Any) -> None:
    body = pack(json.dumps([_event(str(number)) for number in range(50)]).encode())
    reply = client.post("/v1/events", content=body, headers={"content-encoding": encoding})
    assert len(reply.json()) == 50


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "NOT_JSON"),
        (b"", {}, 400, "NOT_JSON"),
        (b"[1,", {}, 400, "NOT_JSON"),
        (DEEP, {}, 400, "NOT_JSON"),
        (b"[" + DEEP + b"]", {}, 400, "NOT_JSON"),
        (DEEP, {"ce-specversion": "1.0"}, 400, "NOT_JSON"),
        (b"{", {"ce-specversion": "1.0"}, 400, "NOT_JSON"),
        (b"[" + b"1," * 200 + b"1]", {}, 413, "TOO_MANY_EVENTS"),
        (b" " * 200_001, {}, 413, "TOO_LARGE"),
        (gzip.compress(b" " * 500_000, mtime=0), {"content-encoding": "gzip"}, 413, "TOO_LARGE"),
        (gzip.compress(b"[]", mtime=0)[:-9], {"content-encoding": "gzip"}, 400, "BROKEN_ENCODING"),
        (gzip.compress(b"[]", mtime=0) * 2, {"content-encoding": "gzip"}, 400, "BROKEN_ENCODING"),
        (zlib.compress(b" " * 500_000), {"content-encoding": "deflate"}, 413, "TOO_LARGE"),
        (TWICE, {"content-encoding": "gzip"}, 400, "NOT_JSON"),
        (b"[]", {"content-encoding": "gzip, gzip"}, 415, "UNKNOWN_ENCODING"),
        (b"[]", {"content-encoding": "gzip"}, 400, "BROKEN_ENCODING"),
        (b"[]", {"content-encoding": "br"}, 415, "UNKNOWN_ENCODING"),
    ],
)
def test_what_can_not_be_read_is_refused_as_a_problem(
    client: httpx.Client, node: Desktop, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    reply = client.post("/v1/events", content=body, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert node.events == []


def test_a_busy_node_asks_to_come_back(client: httpx.Client, node: Desktop) -> None:
    node.trouble = Busy(7)
    reply = client.post("/v1/events", json=_event())
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "7")
