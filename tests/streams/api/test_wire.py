"""Requests as they come over a socket: several at once, in pieces, by the fast lane and past it; answers keep order."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from streams.api import ApiSettings, create_api
from tests.streams.api.serving import Desktop, serve
from tests.streams.queue.made import recommendation

HERE = "/v1/recommendations"


class Caller:
    """A plain socket."""

    def __init__(self, url: httpx.URL) -> None:
        address = urlsplit(str(url))
        self.socket = socket.create_connection((str(address.hostname), address.port or 80), timeout=60)
        self._file = self.socket.makefile("rb")

    def send(self, *requests: bytes) -> None:
        self.socket.sendall(b"".join(requests))

    def answer(self) -> tuple[int, dict[str, str], Any]:
        """Status, headers and content of the next answer."""
        status = int(self._file.readline().split()[1])
        headers: dict[str, str] = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        return status, headers, json.loads(self._file.read(int(headers["content-length"])))

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self.socket.close()

    @property
    def ended(self) -> bool:
        """Whether the server has hung up; waits for it."""
        return self._file.read(1) == b""


@pytest.fixture
def caller(client: httpx.Client, node: Desktop) -> Iterator[Caller]:
    node.queue.apply([recommendation(number) for number in range(3)])
    caller = Caller(client.base_url)
    yield caller
    caller.socket.close()


def _request(method: str, route: str, said: dict[str, Any] | None = None, more: str = "") -> bytes:
    body = b"" if said is None else json.dumps(said).encode()
    kind = "" if said is None else f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{method} {route} HTTP/1.1\r\nHost: 127.0.0.1\r\n{kind}{more}\r\n".encode() + body


def test_answers_keep_the_order_of_requests_sent_at_once(caller: Caller) -> None:
    caller.send(
        _request("POST", f"{HERE}/rec_00001/outcome", {"by": "jan", "outcome": "contacted"}),
        _request("GET", f"{HERE}/rec_00001"),
        _request("GET", "/health"),
        _request("POST", f"{HERE}/claim", {"by": "jan"}, "Idempotency-Key: k1\r\n"),
        _request("POST", f"{HERE}/claim", {"by": "jan"}),
        _request("GET", f"{HERE}?limit=1"),
        _request("GET", f"{HERE}/rec_nobody"),
    )
    answers = [caller.answer() for _ in range(7)]
    told, shown, health, first, second, listed, unknown = (content for _, _, content in answers)
    assert [status for status, _, _ in answers] == [200] * 6 + [404]
    assert told["work"] == shown["work"]
    assert told["work"]["outcome"] == "contacted"
    assert health == {"status": "ok"}
    assert [item["id"] for item in first["items"] + second["items"]] == ["rec_00000", "rec_00002"]
    assert len(listed["items"]) == 1
    assert unknown["code"] == "UNKNOWN"


def test_the_usual_requests_do_not_reach_the_application(node: Desktop) -> None:
    """They are taken where the server, in a method of its own, hands a request over; an upgrade may move that."""
    node.queue.apply([recommendation(number) for number in range(3)])
    api = FastAPI()
    api.state.lane = create_api(node, ApiSettings(), CollectorRegistry()).state.lane
    with serve(api) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert client.get(f"{HERE}/rec_00001").status_code == 200
        assert client.get(HERE, params={"limit": 1}).status_code == 200
        assert client.post(f"{HERE}/claim", json={"by": "jan"}).status_code == 200
        assert client.get("/health").status_code == 404


def test_a_body_may_come_later_than_its_head(caller: Caller) -> None:
    request = _request("POST", f"{HERE}/claim", {"by": "jan", "count": 2})
    for place in range(0, len(request), 40):
        caller.send(request[place : place + 40])
    status, headers, content = caller.answer()
    assert (status, headers["cache-control"], len(content["items"])) == (200, "no-store", 2)


def test_what_is_not_as_usual_is_told_what_is_the_matter(caller: Caller) -> None:
    caller.send(
        _request("POST", f"{HERE}/claim", {"by": "jan", "counts": 2}),
        _request("GET", f"{HERE}?limit=0"),
        _request("POST", f"{HERE}/claim", {"by": "jan", "note": "x" * 20_000}),
        _request("GET", f"{HERE}/rec_00001", more="Origin: https://elsewhere.example\r\n"),
        _request("POST", f"{HERE}/rec_nobody/outcome", {"by": "jan", "outcome": "contacted"}),
    )
    answers = [caller.answer() for _ in range(5)]
    assert [(status, content["code"]) for status, _, content in answers] == [
        (422, "INVALID"),
        (422, "INVALID"),
        (422, "INVALID"),
        (403, "CROSS_SITE"),
        (404, "UNKNOWN"),
    ]


def test_who_wants_to_hang_up_is_answered_and_let_go(caller: Caller) -> None:
    caller.send(_request("GET", f"{HERE}/rec_00001", more="Connection: close\r\n"))
    assert caller.answer()[0] == 200
    assert caller.ended


def test_who_hung_up_holds_up_nobody(caller: Caller, client: httpx.Client) -> None:
    caller.send(_request("POST", f"{HERE}/claim", {"by": "jan", "count": 3}))
    caller.socket.close()
    while client.get(HERE, params={"claimed_by": "jan"}).json()["items"] == []:
        pass
    assert client.post(f"{HERE}/claim", json={"by": "piet"}).json() == {"items": []}


@pytest.mark.parametrize(
    "head",
    [
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 400_000,
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X%d: x\r\n" % number for number in range(40_000)),
    ],
)
def test_a_head_without_end_is_refused_before_it_fills_the_memory(caller: Caller, head: bytes) -> None:
    with suppress(ConnectionError):  # it is told while we still send
        caller.send(head)
    status, _, said = caller.answer()
    assert (status, said["code"]) == (431, "TOO_LARGE")


def test_a_body_that_says_it_is_too_large_is_not_waited_for(caller: Caller) -> None:
    caller.send(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000\r\n\r\n[")
    status, _, said = caller.answer()
    assert (status, said["code"]) == (413, "TOO_LARGE")


def test_who_sends_a_head_bit_by_bit_or_nothing_at_all_keeps_no_connection(client: httpx.Client) -> None:
    slow, silent = Caller(client.base_url), Caller(client.base_url)
    slow.send(b"GET /health HTTP/1.1\r\nHost: loc")
    for caller in (slow, silent):
        status, _, said = caller.answer()
        assert (status, said["code"], caller.ended) == (408, "TOO_SLOW", True)
        caller.socket.close()


def test_who_hangs_up_in_the_midst_of_a_body_is_no_error_of_ours(client: httpx.Client) -> None:
    with capture_logs() as logs:
        caller = Caller(client.base_url)
        caller.send(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n[")
        caller.close()
        assert client.get("/health").status_code == 200
        assert client.post("/v1/events", content=b"[]").status_code == 200
    assert logs == []
