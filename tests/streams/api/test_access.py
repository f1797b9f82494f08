"""Who may come in: keys, scopes, limits, and nobody by the back door."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2 as httpx
import pytest
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from streams.api import ApiSettings, create_api
from streams.api.keys import KeyRing, Scope, make_key
from streams.cli import app as command
from tests.streams.api.serving import Desktop, serve
from tests.streams.queue.made import recommendation

Open = Callable[..., httpx.Client]


@pytest.fixture
def open_client(node: Desktop) -> Iterator[Open]:
    """Serves the API with given settings."""
    with ExitStack() as stack:

        def open_one(**settings: object) -> httpx.Client:
            url = stack.enter_context(serve(create_api(node, ApiSettings(**settings), CollectorRegistry())))
            return stack.enter_context(httpx.Client(base_url=url, timeout=60))

        yield open_one


def test_a_key_opens_its_scopes_and_no_others(open_client: Open) -> None:
    secret, text = make_key("crm", [Scope.QUEUE])
    client = open_client(keys=text)
    for headers in ({"Authorization": f"Bearer {secret}"}, {"X-API-Key": secret}):
        assert client.get("/v1/recommendations", headers=headers).status_code == 200
        refused = client.get("/v1/funnel", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "WRONG_SCOPE")
    assert client.get("/v1/recommendations", auth=(secret, "")).status_code == 200
    assert client.get("/v1/recommendations", auth=("jan", secret)).status_code == 200


def test_the_key_of_a_web_page_which_anybody_can_read_opens_what_pages_do_alone(
    open_client: Open, node: Desktop
) -> None:
    (site, site_text), (crm, crm_text) = (
        make_key(name, [scope]) for name, scope in (("site", Scope.WEB), ("crm", Scope.INGEST))
    )
    client = open_client(keys=f"{site_text} {crm_text}")
    call = {"userId": "1", "anonymousId": "d1", "properties": {"path": "/"}}
    for secret in (site, crm):
        assert client.post("/v1/page", json={**call, "writeKey": secret}).json()["accepted"] == 1
        assert client.post("/v1/web/decision", json={"anonymousId": "d1", "writeKey": secret}).status_code == 200
    erasure = {"specversion": "1.0", "id": "e1", "source": "/x", "type": "privacy.requested", "subject": "customer:1"}
    erasure |= {"time": "2026-11-20T10:00:00Z", "data": {"kind": "erase"}}
    for path in ("/v1/events", "/v1/events/schema", "/v1/recommendations", "/v1/customers/customer:1", "/"):
        asked = {"json": erasure} if path == "/v1/events" else {}
        reply = client.request("POST" if asked else "GET", path, headers={"X-API-Key": site}, **asked)
        assert (reply.status_code, reply.json()["code"]) == (403, "WRONG_SCOPE")
    assert {event.type for event in node.events} == {"web.viewed"}
    assert client.post("/v1/events", json=erasure, headers={"X-API-Key": crm}).json()[0]["status"] == "accepted"


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic !!", "Basic YQ==", "Digest x", "Bearer é", "Basic é"])
def test_without_a_valid_key_nothing_opens(open_client: Open, header: str) -> None:
    client = open_client(keys=make_key("crm", [Scope.ADMIN])[1])
    for path in ("/v1/recommendations", "/v1/funnel", "/v1/customers/customer:1", "/v1/changes"):
        reply = client.get(path, headers={"Authorization": header.encode()})
        assert (reply.status_code, reply.json()["code"]) == (401, "NO_KEY")
        assert "www-authenticate" in reply.headers
    assert client.post("/v1/events", content=b"[]").status_code == 401
    assert client.get("/health").status_code == 200


def test_the_name_of_a_caller_is_who_it_was_done_by(open_client: Open, node: Desktop) -> None:
    node.queue.apply([recommendation(1), recommendation(2)])
    secret, text = make_key("crm", [Scope.QUEUE])
    client = open_client(keys=text)
    claim = [client.post("/v1/recommendations/claim", json={}, auth=("jan", secret)).json()["items"][0]]
    claim += client.post("/v1/recommendations/claim", json={}, headers={"X-API-Key": secret}).json()["items"]
    assert [item["work"]["claimed_by"] for item in claim] == ["jan", "crm"]


def test_keys_rotate_by_having_two_of_one_name() -> None:
    (old, old_text), (new, new_text) = make_key("crm", [Scope.QUEUE]), make_key("crm", [Scope.QUEUE])
    ring = KeyRing(f"{old_text}\n{new_text}")
    assert ring.find(old).name == ring.find(new).name == "crm"
    assert KeyRing(new_text).find(old) is None


def test_keys_of_a_file_come_and_go_with_it(open_client: Open, node: Desktop, tmp_path: Path) -> None:
    (old, old_text), (new, new_text) = make_key("crm", [Scope.QUEUE]), make_key("newer", [Scope.QUEUE])
    file = tmp_path / "keys"
    file.write_text(old_text)
    client = open_client(keys_file=file)

    def asked(*secrets: str) -> list[int]:
        return [client.get("/v1/recommendations", headers={"X-API-Key": one}).status_code for one in secrets]

    assert asked(old, new) == [200, 401]
    with client.stream("GET", "/v1/changes", headers={"X-API-Key": old}) as stream:
        file.write_text(f"{new_text}\n")
        node.queue.apply([recommendation(1)])
        assert not [line for line in stream.iter_lines() if line.startswith("data:")]
    assert asked(old, new) == [401, 200]
    file.write_text("crm:queue")
    assert asked(old, new) == [401, 200], "a malformed file was taken over"
    file.unlink()
    assert asked(old, new) == [401, 200], "a file that is gone was taken for an empty one"
    file.write_text("")
    assert asked(old, new, "") == [401, 401, 401], "a file without keys let strangers in"


@pytest.mark.parametrize("content", [None, "crm:queue"])
def test_a_file_of_keys_that_cannot_be_used_is_refused_at_the_start(
    node: Desktop, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match="API key"):
        create_api(node, ApiSettings(keys_file=file), CollectorRegistry())


@pytest.mark.parametrize("text", ["crm", "crm:queue", "crm:queue:abc", ":queue:" + "0" * 64, "crm:cellar:" + "0" * 64])
def test_a_malformed_key_is_refused_at_the_start(node: Desktop, text: str) -> None:
    with pytest.raises(ValueError, match="API key"):
        create_api(node, ApiSettings(keys=text), CollectorRegistry())


def test_without_keys_only_the_loopback_may_be_served(node: Desktop) -> None:
    with pytest.raises(ValueError, match="signals key"):
        create_api(node, ApiSettings(host="0.0.0.0"), CollectorRegistry())
    create_api(node, ApiSettings(host="0.0.0.0", keys=make_key("x", [Scope.ADMIN])[1]), CollectorRegistry())


def test_without_keys_other_host_names_and_other_sites_are_refused(client: httpx.Client) -> None:
    for host in ("evil.example", "evil.example:99999", "127.0.0.1@evil.example", "["):
        rebound = client.get("/v1/funnel", headers={"Host": host})
        assert (rebound.status_code, rebound.json()["code"]) == (403, "UNKNOWN_HOST")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://["}, {"Origin": "null"}):
        forged = client.post("/v1/events", content=b"[]", headers=headers)
        assert (forged.status_code, forged.json()["code"]) == (403, "CROSS_SITE")
    assert client.post("/v1/events", content=b"[]", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_a_key_that_asks_too_often_is_slowed_down(open_client: Open) -> None:
    keys = [make_key(name, [Scope.OPERATIONS]) for name in ("busy", "calm")]
    client = open_client(keys=" ".join(text for _, text in keys), requests_per_second=0.001)
    busy, calm = ({"X-API-Key": secret} for secret, _ in keys)
    statuses = [client.get("/v1/funnel", headers=busy).status_code for _ in range(3)]
    assert statuses[-1] == 429
    assert int(client.get("/v1/funnel", headers=busy).headers["retry-after"]) > 0
    assert client.get("/v1/funnel", headers=calm).status_code != 401


def test_the_key_command_makes_a_key_that_works() -> None:
    made = CliRunner().invoke(command, ["key", "crm", "queue", "ingest"])
    secret = made.stdout.splitlines()[0].split()[-1]
    text = made.stdout.splitlines()[1].split()[-1]
    assert secret not in text
    assert KeyRing(text).find(secret).scopes == {Scope.QUEUE, Scope.INGEST}
    assert CliRunner().invoke(command, ["key", "crm", "cellar"]).exit_code == 2


@pytest.mark.parametrize("route", ["/v1/recommendations/claim", "/v1/recommendations/rec_1/outcome", "/v1/track"])
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_nobody_sends_more_than_allowed_also_without_a_key(
    open_client: Open, route: str, headers: dict[str, str]
) -> None:
    client = open_client(keys=make_key("crm", [Scope.ADMIN])[1], largest_body=200_000)
    body = iter([b'{"by": "', *[b"a" * 100_000] * 30, b'"}'])  # in pieces, so that no header says how much comes
    reply = client.post(route, content=body, headers=headers | {"content-type": "application/json"})
    assert (reply.status_code, reply.json()["code"]) == (413, "TOO_LARGE")


@pytest.mark.parametrize("verb", ["run", "api"])
def test_with_unfit_keys_all_that_is_wrong_is_said_and_nothing_starts(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:1")
    more = ["--data", str(tmp_path / "data")] if verb == "run" else []
    monkeypatch.setenv("SIGNALS_API_KEYS", f"a:ingest:xyz b:pigeon:{'0' * 64}")
    ended = CliRunner().invoke(command, [verb, *more])
    assert (ended.exit_code, len(ended.output.splitlines())) == (2, 2)
    assert "API key 'a' is not" in ended.output
    assert "API key 'b' has no such scope as pigeon" in ended.output
    monkeypatch.setenv("SIGNALS_API_KEYS", "")
    ended = CliRunner().invoke(command, [verb, *more, "--host", "0.0.0.0"])
    assert (ended.exit_code, "make a key with `signals key" in ended.output) == (2, True)
