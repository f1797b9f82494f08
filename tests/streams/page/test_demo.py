"""The pages of a running demonstration: every tile filled from a played year, steered, and still adding up."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import expect
from prometheus_client import CollectorRegistry

from signals.calendar.instant import HOUR, format_instant
from signals.config import Config
from signals.simulation.play import Simulation
from streams.api import ApiSettings, create_api
from streams.node import EmbeddedNode
from streams.node.advisers import Advisers
from streams.node.demo import play
from tests.streams.api.serving import serve
from tests.streams.page.conftest import OpenPage

TILES = (
    *("funnel", "season", "controls", "reasons", "desks", "next", "triggers", "promises", "guards", "clock"),
    *("reach", "word", "uplift", "latest", "quality", "selection"),
)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNode]:
    """A node with a year behind it."""
    config = Config.model_validate({"holdout": {"share": 0.2}})
    node = EmbeddedNode(config, tmp_path_factory.mktemp("node"))
    simulation = Simulation(80, 400, 1, date(2025, 10, 24))
    play(node, simulation, 0, Advisers(node, simulation, 80))
    yield node
    node.close()


@pytest.fixture(scope="module")
def url(lived: EmbeddedNode) -> Iterator[str]:
    """Where it is served."""
    with serve(create_api(lived, ApiSettings(), CollectorRegistry())) as url:
        yield url


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_tile_is_filled(open_page: OpenPage, language: str) -> None:
    page = open_page(f"/?lang={language}")
    for tile in TILES:
        assert len(page.locator(f"#{tile}").inner_text().splitlines()) > 1, tile
    expect(page.locator("#conservation.good")).to_be_visible()
    assert "–" not in page.locator("#season .big").inner_text()
    assert page.locator("#funnel .fact").count() > 0, "what people say came of the recommendations"
    assert page.locator("#quality .drawing").count() > 0, "right or wrong, with the interval"
    for path in ("/queue", "/decisions", "/controls", "/customers/customer:100001"):
        assert page.goto(f"{path}?lang={language}").status == 200  # type: ignore[union-attr]


def test_a_stop_made_on_the_page_stops_the_next_decision(open_page: OpenPage, lived: EmbeddedNode) -> None:
    page = open_page("/controls?lang=en")
    form = page.locator("#emergency form")
    form.get_by_label("Why?").fill("a test")
    form.get_by_label("My name").fill("ann")
    form.get_by_role("button", name="Stop everything").click()
    expect(page.get_by_role("heading", name="Everything is stopped")).to_be_visible()
    lived.ingest(
        [
            b'{"specversion": "1.0", "id": "demo-1", "source": "/test", "type": "survey.answered", "time": "%s",'
            b' "subject": "customer:new", "data": {"kind": "nps", "score": 1}}' % format_instant(lived.now()).encode()
        ]
    )
    page.goto("/decisions?reason=KILL_SWITCH")
    expect(page.locator(".rows li").first).to_contain_text("new")
    lived.play([], lived.now() + HOUR)
    page.goto("/")
    expect(page.locator("#conservation.good")).to_be_visible()
