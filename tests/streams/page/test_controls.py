"""The page to steer by: every control used, with and without a script."""

import pytest
from playwright.sync_api import Page, expect

from signals.calendar.instant import HOUR
from tests.streams.api.serving import Desktop
from tests.streams.page.conftest import OpenPage


def fill(page: Page, place: str, why: str, by: str = "ann") -> None:
    form = page.locator(place).locator("form").first
    form.get_by_label("Why?").fill(why)
    form.get_by_label("My name").fill(by)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("stop", "phone", None),
        ("shadow", "life_event.move", None),
        ("cap", "sales/P14D", "1"),
        ("holdout", "all", "0.25"),
        ("capacity", "service", "8"),
    ],
)
def test_each_control_is_set_shown_and_lifted(
    open_page: OpenPage, node: Desktop, kind: str, name: str, value: str | None
) -> None:
    page = open_page("/controls", locale="en-GB")
    tile = page.locator(f"#set-{kind}")
    tile.get_by_label("Which").select_option(name)
    if value:
        tile.locator("input[name=value]").fill(value)
    tile.get_by_label("Until").fill("2026-12-24T18:00")
    fill(page, f"#set-{kind}", "for a test")
    tile.get_by_role("button", name="Set").click()
    expect(page.get_by_text("Set; it holds for the next decision.")).to_be_visible()
    expect(page.locator("#standing li")).to_contain_text("for a test")
    expect(page.locator("#standing li")).to_contain_text("until Thu 24 Dec 2026, 18:00")
    [control] = node.controls()
    assert (control.kind, control.name, control.value) == (kind, name, float(value or 1))
    page.locator("#standing summary").click()
    fill(page, "#standing", "no longer")
    page.locator("#standing").get_by_role("button", name="Lift").click()
    expect(page.get_by_text("Lifted.")).to_be_visible()
    assert node.controls() == []


@pytest.mark.parametrize("scripts", [True, False])
def test_one_person_stops_everything_and_two_start_again(open_page: OpenPage, node: Desktop, scripts: bool) -> None:
    page = open_page("/controls", locale="en-GB", java_script_enabled=scripts)
    fill(page, "#emergency", "texts are wrong")
    page.get_by_role("button", name="Stop everything").click()
    expect(page.get_by_role("heading", name="Everything is stopped")).to_be_visible()
    page.goto("/")
    expect(page.locator(".notice.bad")).to_contain_text("ann")
    page.goto("/queue")
    expect(page.locator(".notice.bad")).to_contain_text("ask before you make contact")
    page.goto("/controls")
    fill(page, "#emergency", "texts are mended")
    page.get_by_role("button", name="Propose to start again").click()
    fill(page, "#proposals", "yes", "ann")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Another person than the one who proposed it")).to_be_visible()
    fill(page, "#proposals", "yes", "bob")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Emergency stop")).to_be_visible()
    expect(page.locator("#audit li").first).to_contain_text("lifted stop")
    page.goto("/controls?lang=nl")
    expect(page.locator("#audit li").first).to_contain_text("hief stop op")
    assert node.controls() == []


def test_a_proposal_is_refused_and_a_pack_that_cannot_be_gone_back_on_says_so(
    open_page: OpenPage, node: Desktop
) -> None:
    page = open_page("/controls", locale="en-GB")
    fill(page, "#pack", "was better")
    page.get_by_role("button", name="Propose to go back").click()
    expect(page.get_by_text("There is no earlier pack")).to_be_visible()
    fill(page, "#emergency", "a test")
    page.get_by_role("button", name="Stop everything").click()
    fill(page, "#emergency", "tested")
    page.get_by_role("button", name="Propose to start again").click()
    fill(page, "#proposals", "not yet", "bob")
    page.get_by_role("button", name="Refuse").click()
    expect(page.locator("#proposals")).to_contain_text("refused")
    node.moment += HOUR
    assert len(node.controls()) == 1
