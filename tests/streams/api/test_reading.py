"""Reading recommendations, decisions and customers over HTTP."""

import gzip
import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2 as httpx
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from streams.api import ApiSettings, create_api
from streams.cluster.topics import TopicsError
from streams.queue.redis import RedisQueue
from tests.streams.api.serving import Desktop, serve
from tests.streams.queue.made import decision, recommendation

HERE = "/v1/recommendations"


def test_lists_in_pages_with_filters(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(number, priority=float(number), **{"class": "care"}) for number in range(5)])
    node.queue.apply([recommendation(9, desk="claims")])
    seen, cursor = [], None
    while True:
        query = {"desk": "advisers", "class": "care", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get(HERE, params=query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"rec_{number:05d}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"cursor": "nonsense"}, 400, "BAD_CURSOR"),
        ({"limit": 0}, 422, "INVALID"),
        ({"status": "lost"}, 422, "INVALID"),
        ({"dsk": "advisers"}, 422, "INVALID"),
        ({"status": ["released", "held"]}, 422, "INVALID"),
    ],
)
def test_a_wrong_question_is_a_problem(client: httpx.Client, query: dict, status: int, code: str) -> None:
    reply = client.get(HERE, params=query)
    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_one_recommendation_with_its_etag(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    first = client.get(f"{HERE}/rec_00001")
    assert {name: first.json()[name] for name in recommendation(1)} == recommendation(1)
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        assert client.get(f"{HERE}/rec_00001", headers={"if-none-match": known}).status_code == 304
    node.queue.apply([recommendation(1, 2)])
    assert client.get(f"{HERE}/rec_00001", headers={"if-none-match": tag}).status_code == 200
    assert client.get(f"{HERE}/rec_nobody").json()["code"] == "UNKNOWN"


def test_decisions_and_their_funnel(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply_decisions([decision(1), decision(2, "held", "CAPACITY"), decision(3, reason="FREQ_CAP")])
    funnel = client.get("/v1/funnel").json()
    assert (funnel["conserved"], funnel["candidates"], funnel["held"]) == (True, 3, 1)
    assert funnel["triggers"] == {"life_event.move": 3}
    assert client.get("/v1/funnel", params={"days": 1}).json() == funnel
    assert client.get("/v1/decisions/dec_00002").json() == decision(2, "held", "CAPACITY")
    assert client.get("/v1/decisions/dec_nobody").status_code == 404

    found = client.get("/v1/decisions", params={"reason": "FREQ_CAP"}).json()["items"]
    assert [record["id"] for record in found] == ["dec_00003"]


def test_decisions_in_pages(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply_decisions([decision(number) for number in range(1, 6)])
    first = client.get("/v1/decisions", params={"limit": 3}).json()
    last = client.get("/v1/decisions", params={"limit": 3, "cursor": first["next"]}).json()
    assert [one["id"][-1] for one in first["items"] + last["items"]] == ["5", "4", "3", "2", "1"]
    assert last["next"] is None
    assert client.get("/v1/decisions", params={"cursor": "nonsense"}).json()["code"] == "BAD_CURSOR"


def test_decisions_about_one_customer(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply_decisions([decision(number) for number in range(1, 5)])
    node.queue.apply_decisions(
        [decision(number, reason="FREQ_CAP") | {"customer": "customer:x"} for number in (7, 8, 9)]
    )
    mine = {"customer": "customer:x", "limit": 2}
    first = client.get("/v1/decisions", params=mine).json()
    last = client.get("/v1/decisions", params={**mine, "cursor": first["next"]}).json()
    assert [one["id"][-1] for one in first["items"] + last["items"]] == ["9", "8", "7"]
    assert last["next"] is None
    assert client.get("/v1/decisions", params={"customer": "customer:x", "reason": "RELEASED"}).json()["items"] == []
    for route in ("/v1/decisions", HERE):
        assert client.get(route, params={"customer": "nobody"}).status_code == 422
    assert client.get("/v1/decisions", params={**mine, "cursor": "nonsense"}).json()["code"] == "BAD_CURSOR"


@pytest.mark.parametrize(
    ("route", "known"), [("/v1/decisions", "limit, cursor, reason, customer"), (HERE, "desk, owner")]
)
def test_a_parameter_that_nothing_reads_is_refused_with_those_there_are(
    client: httpx.Client, route: str, known: str
) -> None:
    reply = client.get(route, params={"custmer": "customer:1"})
    assert (reply.status_code, reply.json()["code"]) == (422, "INVALID")
    assert "there is no parameter 'custmer'; known are" in reply.json()["detail"]
    assert known in reply.json()["detail"]


def test_desks_and_operations(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    node.state = {"season": {"calendar": "health_nl"}}
    assert client.get("/v1/desks").json() == [
        {
            "desk": "advisers",
            "available": 1,
            "claimed": 0,
            "waiting": 0,
            "value": 100.0,
            "oldest": "2026-11-20T09:00:00Z",
            "expiring": 0,
        }
    ]
    assert client.get("/v1/operations").json() == node.state


def test_a_customer_by_any_spelling_of_a_subject(client: httpx.Client, node: Desktop) -> None:
    node.customers = {"email:jan@x.nl": {"customer": "customer:1"}, "social:x/jan": {"customer": "customer:1"}}
    assert client.get("/v1/customers/email:Jan@X.NL").json() == {"customer": "customer:1"}
    assert client.get("/v1/customers/social:x/jan").status_code == 200
    assert client.get("/v1/customers/customer:2").json()["code"] == "UNKNOWN"
    assert client.get("/v1/customers/nonsense").json()["code"] == "BAD_SUBJECT"


def test_changes_stream_live_and_go_on_where_they_broke_off(client: httpx.Client, node: Desktop) -> None:
    def read(count: int, seen: str | None) -> tuple[list[tuple[str, int]], str]:
        headers = {} if seen is None else {"Last-Event-ID": seen}
        found, last = [], ""
        with client.stream("GET", "/v1/changes", headers=headers) as reply:
            if seen is None:
                node.queue.apply([recommendation(1), recommendation(2)])
            for line in reply.iter_lines():
                if line.startswith("id:"):
                    last = line[3:].strip()
                if line.startswith("data:"):
                    record = json.loads(line[5:])
                    found.append((record["id"], record["revision"]))
                if line == "" and len(found) == count:
                    return found, last
        raise AssertionError("the stream ended")

    found, last = read(2, None)
    assert found == [("rec_00001", 1), ("rec_00002", 1)]
    node.queue.apply([recommendation(2, 2), recommendation(1, 2), recommendation(2, 3)])
    assert read(2, last)[0] == [("rec_00001", 2), ("rec_00002", 3)]


@pytest.mark.parametrize("seen", ["7", "9" * 30, "9" * 5_000, "-1", "²"])
def test_who_has_seen_what_never_was_gets_what_comes(client: httpx.Client, node: Desktop, seen: str) -> None:
    node.queue.apply([recommendation(1)])
    with client.stream("GET", "/v1/changes", headers={"Last-Event-ID": seen.encode("latin-1")}) as reply:
        node.queue.apply([recommendation(2)])
        data = next(line for line in reply.iter_lines() if line.startswith("data:"))
    assert json.loads(data[5:])["id"] == "rec_00002"


def test_health_readiness_and_metrics(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    node.queue.apply_decisions([decision(1)])
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ready"}
    metrics = client.get("/metrics").text
    assert 'signals_candidates_total{trigger="life_event.move"} 1.0' in metrics
    assert 'signals_queue_depth{desk="advisers",state="available"} 1.0' in metrics
    assert "signals_decisions_conserved 1.0" in metrics
    node.trouble = TopicsError("Kafka can't be reached at kafka-1.internal:9092")
    with capture_logs() as logged:
        told = [client.get("/ready") for _ in range(2)]
    assert [one.status_code for one in told] == [503, 503]
    assert told[0].json()["detail"] == "not ready: TopicsError; the log says more"
    assert [one["error"] for one in logged if one["event"] == "not ready"] == [str(node.trouble)]


def test_whoever_asks_whether_it_is_ready_keeps_nobody_else_waiting(
    client: httpx.Client, node: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question needs no key, and the answer may wait for Kafka: forty of them took all threads of the API."""
    looking, ended = threading.Event(), threading.Event()

    def look() -> None:
        looking.set()
        ended.wait(60)

    monkeypatch.setattr(node, "check", look)
    with ThreadPoolExecutor(60) as many:
        asked = [many.submit(httpx.get, client.base_url.join("/ready"), timeout=60)]
        assert looking.wait(60)
        asked += [many.submit(httpx.get, client.base_url.join("/ready"), timeout=60) for _ in range(59)]
        try:
            assert [one.result(30).status_code for one in asked[1:]] == [200] * 59
            assert client.get("/v1/desks", timeout=30).status_code == 200
        finally:
            ended.set()
        assert asked[0].result(60).status_code == 200


def test_a_part_that_cannot_be_read_takes_no_other_metrics_with_it(
    client: httpx.Client, node: Desktop, tmp_path: Path
) -> None:
    node.queue.apply([recommendation(1)])
    node.queue.apply_decisions([decision(1)])
    with closing(sqlite3.connect(tmp_path / "queue.sqlite", isolation_level=None)) as broken:
        broken.execute("drop table recommendations")
    metrics = client.get("/metrics")
    assert metrics.status_code == 200
    assert "signals_decisions_conserved 1.0" in metrics.text
    assert 'signals_queue_readable{part="decisions"} 1.0' in metrics.text
    assert 'signals_queue_readable{part="desks"} 0.0' in metrics.text
    assert 'signals_queue_readable{part="overrules"} 1.0' in metrics.text


def test_products_that_only_their_sender_knows_make_no_end_of_metrics(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply_decisions([decision(number, trigger=f"renewal.product_{number}") for number in range(700)])
    told = [line for line in client.get("/metrics").text.splitlines() if line.startswith("signals_candidates_total{")]
    assert len(told) == 501
    assert sum(float(line.split()[-1]) for line in told) == 700
    assert 'signals_candidates_total{trigger="other"} 200.0' in told


def test_every_error_is_a_problem(client: httpx.Client) -> None:
    for reply in (client.get("/v1/nothing"), client.delete("/v1/events"), client.post(f"{HERE}/claim", content=b"{")):
        assert reply.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "instance", "code"} <= reply.json().keys()


def test_who_asks_with_a_slash_too_many_is_sent_on_wherever_they_asked(client: httpx.Client, node: Desktop) -> None:
    """Behind a proxy that ends TLS the whole address would be one of http."""
    reply = client.get(f"{HERE}/", params={"limit": 1}, headers={"host": "localhost"})
    assert (reply.status_code, reply.headers["location"]) == (307, f"{HERE}?limit=1")
    assert client.get(f"{HERE}/", follow_redirects=True).json() == {"items": [], "next": None}


def test_what_is_not_there_says_what_is(client: httpx.Client) -> None:
    wrong = client.delete(HERE)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")
    assert wrong.json()["detail"] == "this path takes GET, HEAD"
    assert "POST" in client.get("/v1/events").json()["detail"]
    assert "/v1/openapi.json" in client.get("/v1/nothing").json()["detail"]
    packed = client.post(f"{HERE}/claim", content=gzip.compress(b"{}"), headers={"content-type": "application/json"})
    assert (packed.status_code, packed.json()["detail"]) == (
        400,
        "the body can't be read; send JSON in UTF-8, not compressed",
    )


@pytest.mark.parametrize("route", ["/health", "/ready", "/metrics", HERE, f"{HERE}/rec_00001", "/v1/snippet.js", "/"])
def test_who_only_looks_is_answered_as_who_reads(client: httpx.Client, node: Desktop, route: str) -> None:
    node.queue.apply([recommendation(1)])
    read, looked = client.get(route), client.head(route)
    assert (looked.status_code, looked.content) == (read.status_code, b"")
    assert looked.headers["content-type"] == read.headers["content-type"]
    assert looked.headers.get("etag") == read.headers.get("etag")


@pytest.mark.parametrize("route", ["/v1/changes", "/live"])
def test_a_stream_that_never_ends_is_not_looked_at(client: httpx.Client, route: str) -> None:
    assert client.head(route).status_code == 405


def test_who_hangs_up_while_much_is_told_is_no_failure_of_ours(
    client: httpx.Client, node: Desktop, caplog: pytest.LogCaptureFixture
) -> None:
    node.queue.apply([recommendation(number) for number in range(2000)])
    with capture_logs() as logs:
        for _ in range(30):
            with client.stream("GET", "/v1/changes", headers={"Last-Event-ID": "0"}) as stream:
                next(stream.iter_lines())
        assert client.get("/health").status_code == 200
    assert [line for line in logs if line["log_level"] == "error"] == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("query", [{"cursor": "5"}, {"before": ["5", "6"]}])
def test_a_page_of_the_audit_log_is_asked_for_by_its_own_parameter(client: httpx.Client, query: dict) -> None:
    reply = client.get("/v1/audit", params=query)
    assert (reply.status_code, reply.json()["code"]) == (422, "INVALID")


@pytest.mark.parametrize("route", ["", "/rec_00001", "/claim"])
def test_who_asks_while_redis_is_away_is_told_to_try_again(route: str) -> None:
    with closing(RedisQueue("redis://127.0.0.1:1/0")) as away:
        api = create_api(Desktop(away), ApiSettings(), CollectorRegistry())
        with serve(api) as url, httpx.Client(base_url=url, timeout=60) as client:
            reply = client.post(f"{HERE}{route}", json={}) if route == "/claim" else client.get(f"{HERE}{route}")
            slowly = client.get("/v1/funnel")
    for answer in (reply, slowly):
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "BUSY", "5")


def test_what_fails_here_is_logged_by_its_route_and_never_by_who_it_was_about(
    client: httpx.Client, node: Desktop
) -> None:
    node.customers["customer:1001"] = {"name": object()}
    with capture_logs() as logged:
        reply = client.get("/v1/customers/customer:1001")
    assert (reply.status_code, reply.json()["code"]) == (500, "UNFORESEEN")
    assert [(line["route"], line["error"]) for line in logged] == [("/v1/customers/{subject:path}", "TypeError")]
