"""The customer's own page: only by its link, in both languages, and what it switches off or corrects becomes events."""

import json

import httpx2 as httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from signals.calendar.instant import HOUR
from streams.api.links import Links
from tests.streams.api.serving import Desktop
from tests.streams.page.conftest import OpenPage
from tests.streams.queue.made import NOW


@pytest.fixture
def path(url: str, node: Desktop) -> str:
    """A link, handed out."""
    node.customers["customer:1900"] |= {"profile": {"address": "Dorpsstraat 1", "email": "sanne@example.nl"}}
    reply = httpx.post(f"{url}/v1/links", json={"customer": "customer:1900"}, timeout=30)
    return str(reply.json()["path"])


def test_it_tells_and_takes_back_a_consent(open_page: OpenPage, node: Desktop, path: str) -> None:
    page = open_page(path, locale="nl-NL", java_script_enabled=False)
    expect(page.get_by_role("heading", name="Wat we van u weten")).to_be_visible()
    expect(page.locator("#known")).to_contain_text("Dorpsstraat 1")
    page.locator("button[value=marketing]").click()
    expect(page.get_by_text("het is genoteerd")).to_be_visible()
    event = node.events[-1]
    assert (event.type, event.subject) == ("consent.changed", "customer:1900")
    assert event.data == {"purpose": "marketing", "given": False, "evidence": "own page"}
    page.get_by_role("button", name="Ik wil helemaal geen aanbod meer").click()
    assert (node.events[-1].type, node.events[-1].data) == ("privacy.requested", {"kind": "object"})


def test_what_has_run_out_is_off_and_renewals_of_the_past_are_not_announced(
    open_page: OpenPage, node: Desktop, path: str
) -> None:
    policies = [{"policy": f"P{year}", "product": "car", "renewal_date": f"{year}-12-01"} for year in (2025, 2026)]
    consents = [{"purpose": "profiling", "given": True, "expires": "2026-01-01T00:00:00Z"}]
    consents += [{"purpose": "marketing", "given": True, "channels": ["phone"], "expires": None}]
    node.customers["customer:1900"] |= {"policies": policies, "consents": consents}
    page = open_page(path, locale="en-GB")
    lines = {line.split("\n")[0]: line for line in page.locator("#consents li").all_inner_texts()}
    assert ["Switch off" in line for line in lines.values()] == [True, False, False, False]
    assert "phone" in next(iter(lines.values()))
    told = page.locator("#known").inner_text()
    assert "renews on Tue 1 Dec 2026" in told
    assert "2025" not in told.replace("P2025", "")


def test_it_corrects_and_gives_everything_along(open_page: OpenPage, node: Desktop, path: str) -> None:
    page = open_page(path, locale="en-GB")
    page.locator("select[name=field]").select_option("address")
    page.get_by_label("It should be").fill("Kerkstraat 2")
    page.get_by_role("button", name="Correct it").click()
    expect(page.get_by_text("it is noted")).to_be_visible()
    assert (node.events[-1].type, node.events[-1].data) == (
        "profile.changed",
        {"field": "address", "new": "Kerkstraat 2"},
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert json.loads(download.value.path().read_bytes())["profile"]["address"] == "Dorpsstraat 1"


def test_it_is_for_everyone_on_a_phone_too(open_page: OpenPage, path: str) -> None:
    page = open_page(path, bypass_csp=True, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        assert found.violations_count == 0, found.generate_report()


def test_without_the_link_or_after_its_time_there_is_nothing(url: str, node: Desktop, path: str) -> None:
    with httpx.Client(base_url=url, timeout=30) as client:
        forged = f"/me/{Links('a guess').make('customer:1900', NOW + HOUR)}"
        altered = f"{path[:20]}{'B' if path[20] == 'A' else 'A'}{path[21:]}"
        for wrong in (forged, path[:-1], altered, "/me/%00", "/me/aaaa"):
            assert client.get(wrong).status_code == 404
            assert client.post(f"{wrong}/object").status_code == 404
        assert client.post(f"{path}/object", headers={"Origin": "https://elsewhere.example"}).status_code == 404
        assert client.get(path).status_code == 200
        node.moment += 73 * HOUR
        assert client.get(path).status_code == 404
        assert client.get(f"{path}/download").status_code == 404
        assert client.post("/v1/links", json={"customer": "customer:nobody"}).status_code == 404
    assert node.events == []
