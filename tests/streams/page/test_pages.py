"""Every page in a real browser: fresh, readable, in two languages, on a phone, by keyboard, for everyone."""

import httpx2 as httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from signals.calendar.instant import format_instant, parse_instant
from streams.page.words import LANGUAGES
from streams.queue import Claim, Filter
from tests.streams.api.serving import Desktop
from tests.streams.page.conftest import OpenPage
from tests.streams.queue.made import NOW, decision, recommendation

PATHS = (
    "/",
    "/queue?by=jan",
    "/recommendations/rec_00900",
    "/decisions?reason=NO_CONSENT",
    "/customers",
    "/customers/customer:1900",
    "/controls",
)


@pytest.mark.parametrize("path", PATHS)
def test_every_page_passes_the_accessibility_rules_in_light_and_dark(open_page: OpenPage, path: str) -> None:
    page = open_page(path, bypass_csp=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # else colours are met on their way
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 360, "height": 740})  # what scrolls here must be reached by keyboard
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", PATHS)
def test_every_page_fits_a_phone(open_page: OpenPage, path: str) -> None:
    page = open_page(path, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("path", PATHS)
def test_every_page_speaks_both_languages(open_page: OpenPage, path: str) -> None:
    titles = {}
    for language in LANGUAGES:
        page = open_page(path + ("&" if "?" in path else "?") + f"lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        titles[language] = page.locator("nav").first.inner_text()
    assert titles["nl"] != titles["en"]


def test_the_language_is_the_browsers_and_a_choice_is_remembered(open_page: OpenPage) -> None:
    page = open_page("/", locale="nl-NL")
    expect(page.get_by_role("heading", name="Overzicht")).to_be_visible()
    page.get_by_role("link", name="English").click()
    page.goto("/queue")
    expect(page.get_by_role("heading", name="My queue")).to_be_visible()


def test_the_operations_page_shows_every_tile_and_its_figures_add_up(open_page: OpenPage, node: Desktop) -> None:
    page = open_page("/", locale="en-GB")
    tiles = ("funnel", "season", "desks", "reasons", "next", "triggers", "promises", "guards", "clock", "reach")
    for tile in (*tiles, "word", "quality", "selection", "overrules", "uplift", "delivery", "controls", "latest"):
        expect(page.locator(f"#{tile}")).to_be_visible()
    funnel = node.queue.funnel()
    figures = [int(text.replace(",", "")) for text in page.locator(".figures dd").all_inner_texts()[:4]]
    assert figures[0] == sum(figures[1:]) == sum(funnel.candidates.values()) == 200
    expect(page.locator("#conservation")).to_contain_text("Adds up")
    expect(page.locator("#season")).to_contain_text("41 days left")
    expect(page.locator("#uplift")).to_contain_text("+1.7 percentage points")
    expect(page.locator("#uplift")).to_contain_text("Not enough data yet.")
    expect(page.locator("#delivery")).to_contain_text("answered 503")
    assert len(page.locator("#triggers tbody tr").all()) == len(funnel.candidates)
    assert len(page.locator("#quality tbody tr").all()) == len(funnel.candidates)
    expect(page.locator("#selection li").first).to_be_visible()
    expect(page.locator("#reasons")).to_contain_text("Nobody overruled a decision.")


def test_the_funnel_can_be_read_on_a_phone_and_for_one_trigger(open_page: OpenPage, node: Desktop) -> None:
    page = open_page("/", locale="en-GB", viewport={"width": 360, "height": 740})
    for figure in page.locator("#funnel .steps b").all():
        box = figure.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360
    page.locator("#triggers tbody a").first.click()
    trigger, count = min(node.queue.funnel().candidates.items(), key=lambda item: (-item[1], item[0]))
    expect(page.locator("#triggers tbody code").first).to_have_text(trigger)
    expect(page.locator("#funnel .steps b").first).to_have_text(str(count))
    expect(page.locator("#conservation")).to_contain_text("Adds up")
    page.get_by_role("link", name="all triggers").click()
    expect(page.locator("#funnel .steps b").first).to_have_text("200")


def test_the_days_of_the_season_are_those_of_the_pages_clock(open_page: OpenPage, node: Desktop) -> None:
    node.moment = parse_instant("2026-11-30T23:30:00Z")  # half past midnight in Amsterdam
    expect(open_page("/", locale="en-GB").locator("#season")).to_contain_text("30 days left")


def test_a_lost_decision_is_shown_in_red(open_page: OpenPage, node: Desktop) -> None:
    with node.queue._write() as writer:  # type: ignore[attr-defined]
        writer.execute("UPDATE tallies SET count = count + 1 WHERE rowid = (SELECT MIN(rowid) FROM tallies)")
    expect(open_page("/", locale="en-GB").locator("#conservation.bad")).to_contain_text("Does not add up")


def test_the_operations_page_follows_what_happens(open_page: OpenPage, node: Desktop) -> None:
    page = open_page("/", locale="en-GB")
    expect(page.locator(".pulse.on")).to_be_visible()
    node.queue.apply_decisions([decision(500, "released", "RELEASED", recommendation="rec_00500")])
    node.queue.apply([recommendation(500)])
    expect(page.locator(".figures dd").first).to_have_text("201")


def test_a_reason_leads_to_its_decisions_and_these_to_the_customer(open_page: OpenPage) -> None:
    page = open_page("/", locale="en-GB")
    page.locator("#reasons").get_by_role("link", name="No consent").click()
    expect(page.locator(".reasonline")).to_contain_text("did not consent")
    page.locator(".rows a.grow").first.click()
    expect(page.locator(".reasonline")).to_contain_text("NO_CONSENT")


@pytest.mark.parametrize("scripts", [True, False])
def test_an_adviser_takes_works_and_tells(open_page: OpenPage, node: Desktop, scripts: bool) -> None:
    page = open_page("/queue?by=eva", locale="en-GB", java_script_enabled=scripts)
    page.get_by_role("button", name="Take the next").click()
    card = page.locator("article")
    expect(card).to_have_count(1)
    held = node.queue.list(Filter(claimed_by="eva"), NOW).items[0].recommendation["id"]
    card.get_by_label("Note").fill("very pleased")
    card.get_by_role("button", name="Glad with it").click()
    expect(page.get_by_text("Noted: thank you.")).to_be_visible()
    expect(page.locator("article")).to_have_count(0)
    told = [event.data for event in node.events]
    assert [(data["recommendation"], data["outcome"]) for data in told] == [(held, "claimed"), (held, "accepted")]
    assert told[1]["note"] == "very pleased"


def test_an_adviser_puts_aside_gives_back_and_sees_what_a_colleague_has(open_page: OpenPage, node: Desktop) -> None:
    page = open_page("/queue?by=jan", locale="en-GB")
    page.locator("article").first.get_by_role("button", name="Tomorrow").click()
    expect(page.get_by_text("Put aside.")).to_be_visible()
    page.locator("article").first.get_by_role("button", name="Give back").click()
    expect(page.get_by_text("Given back.")).to_be_visible()
    take = page.locator("section.tile").get_by_role("button").first
    first = node.queue.list(Filter(available=True), NOW).items[0].recommendation["id"]
    node.queue.claim(Claim(by="piet", lease=600, id=first), NOW)
    take.click()
    expect(page.get_by_text("A colleague has it now.")).to_be_visible()


def test_a_person_overrules_with_a_reason(open_page: OpenPage, node: Desktop) -> None:
    page = open_page("/recommendations/rec_00900", locale="en-GB")
    form = page.locator("#overrule")
    form.get_by_label("My name").fill("eva")
    form.get_by_label("Why?").fill("moved abroad")
    form.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text("Your word is noted")).to_be_visible()
    assert node.events[-1].data == {
        "recommendation": "rec_00900",
        "outcome": "overruled",
        "by": "eva",
        "note": "moved abroad",
        "direction": "stop",
    }
    page.goto("/")
    expect(page.locator("#overrules + table")).to_contain_text("RELEASED")
    assert httpx.get(f"{page.url}v1/overrules").json()["items"] == [
        {"trigger": "life_event.move", "reason": "RELEASED", "direction": "stop", "count": 1}
    ]
    counted = 'signals_overrules_total{direction="stop",reason="RELEASED",trigger="life_event.move"} 1.0'
    assert counted in httpx.get(f"{page.url}metrics").text


def test_the_customers_objection_offers_no_overruling(open_page: OpenPage, node: Desktop) -> None:
    node.queue.apply_decisions([decision(700, reason="OBJECTED"), decision(701, reason="FREQ_CAP")])
    expect(open_page("/decisions/dec_00700").locator("#overrule")).to_have_count(0)
    expect(open_page("/decisions/dec_00701").locator("#overrule")).to_have_count(1)


def test_a_decision_tells_all_that_led_to_it(open_page: OpenPage) -> None:
    page = open_page("/recommendations/rec_00900", locale="en-GB")
    expect(page.locator("#evidence tbody tr")).to_have_count(3)
    expect(page.locator("#gates")).to_contain_text("probability 0.82, at least 0.70")
    expect(page.locator("#counterfactual")).to_contain_text("without consent for marketing by phone")
    expect(page.locator("#counterfactual")).to_contain_text("Renewal: car")


def test_a_customer_is_found_by_number_and_by_mail(open_page: OpenPage) -> None:
    page = open_page("/customers", locale="en-GB")
    for subject in ("1900", "email:Sanne@Example.nl"):
        page.goto("/customers")
        page.get_by_label("Number").fill(subject)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Customer 1900")).to_be_visible()
    expect(page.locator("#journey li")).to_have_count(7)
    expect(page.locator("#beliefs")).to_contain_text("82 %")


def test_the_keyboard_reaches_the_content_first(open_page: OpenPage) -> None:
    page = open_page("/", locale="en-GB")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/queue/rec_00900/snooze", {"by": "eva", "days": "soon"}),
        ("/queue/rec_00900/snooze", {"by": "eva", "days": "999999999"}),
        ("/queue/rec_00900/snooze", {"by": "eva", "days": "9" * 5_000}),
        ("/controls/set", {"by": "ann", "kind": "stop", "name": "phone", "why": "a test", "value": "inf"}),
        ("/controls/set", {"by": "ann", "kind": "stop", "name": "phone", "why": "a test", "until": "tomorrow"}),
    ],
)
def test_what_no_form_of_ours_sends_is_told_to_make_no_sense(url: str, path: str, form: dict[str, str]) -> None:
    reply = httpx.post(f"{url}{path}", data=form, timeout=60)
    assert (reply.status_code, "failed=INVALID" in reply.headers["location"]) == (303, True)


def test_texts_of_customers_are_never_taken_for_markup(open_page: OpenPage, node: Desktop) -> None:
    evil = '<script>document.title="evil"</script><img src=x onerror=alert(1)>'
    node.queue.apply([recommendation(800, why={"en": evil, "nl": evil}, priority=1e6, created=format_instant(NOW))])
    page = open_page("/queue?by=jan")
    assert "evil" not in page.title()
    expect(page.get_by_text("<script>").first).to_be_visible()
