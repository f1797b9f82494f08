"""The company's own pages: a small script in a real browser that respects consent, and what to show a visitor."""

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from prometheus_client import CollectorRegistry

from signals.calendar.instant import from_datetime
from signals.recommendation.visit import PassedOver, Shown, Visit
from streams.api import ApiSettings, Busy, create_api
from streams.api.keys import Scope, make_key
from tests.servers.process import free_port
from tests.streams.api.serving import Desktop, serve

SITE_KEY, SITE_TEXT = make_key("site", [Scope.WEB])
CRM_KEY, CRM_TEXT = make_key("crm", [Scope.INGEST, Scope.QUEUE])
SHOWN = Shown("rec_1", "purchase.quote_abandoned", "quote", "sales", {"en": "still here", "nl": "staat klaar"}, "2026")
HTML = """<!doctype html><html lang="nl"><title>Verhuizen</title>
<script src="{base}/v1/snippet.js" data-key="{key}"></script>
<form data-signals="quote" data-product="car"><input name="step"><button>Bereken</button></form>
<form id="login"><input name="password"></form></html>"""


@contextmanager
def _site(node: Desktop, sites: str = "", secret: str = "") -> Iterator[str]:
    settings = ApiSettings(keys=f"{SITE_TEXT} {CRM_TEXT}", sites=sites, identify_secret=secret)
    with serve(create_api(node, settings, CollectorRegistry())) as url:
        yield url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor nobody has seen."""
    context = browser.new_context()
    yield context
    context.close()


def _open(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """A page of the company's under the API's own name; and the requests with which the script tells of visits."""
    page = context.new_page()
    told: list[str] = []
    page.route("**/verhuizen*", lambda route: route.fulfill(content_type="text/html", body=_html()))
    page.on("request", lambda asked: told.append(asked.url) if asked.method == "POST" else None)
    page.goto(address)
    return page, told


def _html(base: str = "") -> str:
    return HTML.format(base=base, key=SITE_KEY)


def _until(page: Page, true: Callable[[], object]) -> None:
    for _ in range(600):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not happen within a minute")


def _present(node: Desktop) -> None:
    node.moment = from_datetime(datetime.now(UTC))


def test_the_script_is_small_and_kept_by_the_browser(client: httpx.Client) -> None:
    reply = client.get("/v1/snippet.js", headers={"Sec-Fetch-Site": "cross-site"})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert len(reply.content) <= 3 * 1024
    assert client.get("/v1/snippet.js", headers={"If-None-Match": reply.headers["etag"]}).status_code == 304


def test_without_consent_nothing_is_kept_and_nothing_is_sent(node: Desktop, context: BrowserContext) -> None:
    with _site(node) as url:
        page, told = _open(context, f"{url}/verhuizen?q=opzeggen")
        page.locator("input").first.fill("2")
        page.wait_for_timeout(2500)  # longer than the script waits before it sends
        assert page.evaluate("signals.decide()") is None
        page.evaluate("signals.consent({analytics: false, advertising: false})")
        kept = page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]")
        page.goto("about:blank")
        databases = context.storage_state()["origins"]
    assert (kept, told, context.cookies(), databases) == (["", 0, 0], [], [], [])
    assert node.events == []


def test_with_consent_views_searches_and_forms_arrive_of_one_device(node: Desktop, context: BrowserContext) -> None:
    _present(node)
    with _site(node) as url:
        page, _ = _open(context, f"{url}/verhuizen?q=opzeggen&token=secret")
        page.evaluate("signals.consent({analytics: true, advertising: true})")
        (cookie,) = context.cookies()
        assert (cookie["name"], cookie["sameSite"], cookie["value"]) == ("signals", "Lax", cookie["value"])
        _until(page, lambda: len(node.events) >= 4)
        page.locator("input").first.fill("12-ABC-3")
        page.locator("#login input").fill("geheim")
        _until(page, lambda: len(node.events) >= 5)
        page.goto("about:blank")
        _until(page, lambda: len(node.events) >= 6)
        again, _ = _open(context, f"{url}/verhuizen")
        _until(again, lambda: len(node.events) >= 7)
    assert {event.subject for event in node.events} == {f"device:{cookie['value']}"}
    seen = [(event.type, event.data) for event in node.events]
    viewed = {"url": f"{url}/verhuizen", "title": "Verhuizen"}
    form = {"form": "quote", "product": "car"}
    assert seen[0] == ("web.viewed", viewed)
    assert seen[1] == ("web.searched", {"query": "opzeggen"})
    assert [data["purpose"] for kind, data in seen[2:4] if kind == "consent.changed"] == ["profiling", "marketing"]
    assert [data for kind, data in seen if kind == "form.changed"] == [
        {**form, "step": "started"},
        {**form, "step": "abandoned"},
    ]
    assert seen[-1][0] == "web.viewed"
    assert "secret" not in str(seen)
    assert "geheim" not in str(seen)
    assert "ABC" not in str(seen)


def test_who_logs_in_is_told_with_what_the_sites_server_made(node: Desktop, context: BrowserContext) -> None:
    _present(node)
    signed = hmac.new(b"s3cret", b"7001", hashlib.sha256).hexdigest()
    with _site(node, secret="s3cret") as url:
        page, _ = _open(context, f"{url}/verhuizen")
        page.evaluate("signals.consent({advertising: true})")
        page.evaluate("signals.identify('7002', 'made up')")
        page.evaluate(f"signals.identify('7001', '{signed}')")
        _until(page, lambda: [event for event in node.events if event.type == "identity.linked"])
        (cookie,) = context.cookies()
    links = [(event.data["from"], event.subject) for event in node.events if event.type == "identity.linked"]
    assert links == [(f"device:{cookie['value']}", "customer:7001")]
    assert [one.rejected.reason for one in node.refused] == ["UNVERIFIED"]


def test_taking_consent_back_tells_so_and_forgets_the_device(node: Desktop, context: BrowserContext) -> None:
    _present(node)
    with _site(node) as url:
        page, told = _open(context, f"{url}/verhuizen")
        page.evaluate("signals.consent({advertising: true})")
        _until(page, lambda: len(node.events) == 2)
        page.evaluate("signals.consent({advertising: false})")
        _until(page, lambda: len(node.events) == 3)
        page.evaluate("signals")  # so that the browser has told of all requests before
        sent = len(told)
        page.evaluate("signals.track('Quote Started', {product: 'car'})")
        page.wait_for_timeout(1500)
        assert len(told) == sent
    assert context.cookies() == []
    assert [event.data["given"] for event in node.events if event.type == "consent.changed"] == [True, False]


def test_consent_taken_back_while_nothing_gets_through_is_told_afterwards(
    node: Desktop, context: BrowserContext
) -> None:
    _present(node)
    with _site(node) as url:
        page, _ = _open(context, f"{url}/verhuizen")
        page.evaluate("signals.consent({advertising: true})")
        _until(page, lambda: len(node.events) == 2)
        node.troubles.append(Busy(1))
        page.evaluate("signals.consent({advertising: false})")
        page.evaluate("signals.track('Quote Started', {product: 'car'})")
        _until(page, lambda: len(node.events) == 3)
        page.wait_for_timeout(1500)
    consents = [(event.subject, event.data["given"]) for event in node.events if event.type == "consent.changed"]
    assert consents == [(node.events[0].subject, True), (node.events[0].subject, False)]
    assert len(node.events) == 3, "what came after is nobody's"


def test_what_could_not_be_sent_is_sent_again_and_counts_once(node: Desktop, context: BrowserContext) -> None:
    _present(node)
    with _site(node) as url:
        page, told = _open(context, f"{url}/verhuizen")
        context.set_offline(True)
        page.evaluate("signals.consent({analytics: true})")
        _until(page, lambda: told)
        context.set_offline(False)
        _until(page, lambda: len(node.events) >= 2)
    assert [event.type for event in node.events] == ["web.viewed", "consent.changed"]


def test_a_page_of_another_host_calls_when_it_is_one_of_ours(node: Desktop, context: BrowserContext) -> None:
    _present(node)
    site = f"http://127.0.0.1:{free_port()}"
    with _site(node, site) as url, _hosting(site, _html(url)):
        page = context.new_page()
        page.goto(f"{site}/verhuizen")
        page.evaluate("signals.consent({analytics: true})")
        _until(page, lambda: len(node.events) >= 2)
        node.visits[node.events[0].subject] = Visit(SHOWN)
        assert page.evaluate("signals.decide()") == _body(SHOWN)
        page.evaluate("signals.track('Recommendation Shown', {recommendation: 'rec_1'})")
        _until(page, lambda: node.events[-1].type == "recommendation.outcome")
    assert node.events[-1].data == {"recommendation": "rec_1", "outcome": "shown", "by": "web"}


@contextmanager
def _hosting(site: str, html: str) -> Iterator[None]:
    """A web site of its own, with the same page everywhere."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", int(site.rpartition(":")[2])), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("headers", [{}, {"Authorization": f"Bearer {CRM_KEY}"}])
def test_a_page_of_a_stranger_is_refused_whatever_its_browser_adds(node: Desktop, headers: dict[str, str]) -> None:
    stranger = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", **headers}
    with _site(node, "https://www.example.nl") as url:
        for path in ("/v1/web/decision", "/v1/track"):
            body = {"writeKey": SITE_KEY, "anonymousId": "a-1"}
            reply = httpx.post(f"{url}{path}", json=body, headers=stranger)
            assert (reply.status_code, reply.json()["code"]) == (403, "CROSS_SITE")
            ours = stranger | {"Origin": "https://www.example.nl"}
            assert httpx.post(f"{url}{path}", json={"anonymousId": "a-1"}, headers=ours).status_code == 403
            allowed = httpx.post(f"{url}{path}", json=body, headers=ours)
            assert allowed.headers["access-control-allow-origin"] == "https://www.example.nl"


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/web/decision"])
def test_a_page_that_sends_json_by_its_name_is_told_that_it_may(node: Desktop, path: str) -> None:
    wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    with _site(node, "https://www.example.nl") as url:
        ours = httpx.options(f"{url}{path}", headers=wish | {"Origin": "https://www.example.nl"})
        theirs = httpx.options(f"{url}{path}", headers=wish | {"Origin": "https://evil.example"})
    assert (ours.status_code, ours.headers["access-control-allow-origin"]) == (200, "https://www.example.nl")
    assert "POST" in ours.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in theirs.headers


def _body(shown: Shown) -> dict[str, Any]:
    fields = ("recommendation", "trigger", "play", "text", "until")
    return {**{name: getattr(shown, name) for name in fields}, "class": shown.class_}


def test_the_sites_key_asks_for_a_device_and_learns_nothing_else(node: Desktop) -> None:
    node.visits["device:a-1"] = node.visits["customer:7"] = Visit(SHOWN, [PassedOver("x", "CARE_GUARD", "complaint")])
    with _site(node) as url:

        def ask(key: str, **who: str | None) -> httpx.Response:
            return httpx.post(f"{url}/v1/web/decision", json={"writeKey": key, **who})

        assert ask(SITE_KEY, anonymousId="a-1", userId=None).json() == {"show": _body(SHOWN)}
        assert ask(SITE_KEY, anonymousId="a-2").json() == {"show": None}
        assert ask(SITE_KEY, userId="7").json()["code"] == "WRONG_SCOPE"
        assert ask(CRM_KEY, userId="7").json()["passed_over"][0]["reason"] == "CARE_GUARD"
        assert ask("wrong", anonymousId="a-1").status_code == 401
        assert ask(SITE_KEY).json()["code"] == "MISSING_FIELD"
        for body in (b"[", b'{"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}"):
            assert httpx.post(f"{url}/v1/web/decision", content=body).json()["code"] == "NOT_JSON"
