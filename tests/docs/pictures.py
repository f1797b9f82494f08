"""Takes the README's pictures anew, from a played year: ``python -m tests.docs.pictures``."""

import tempfile
from datetime import date
from pathlib import Path

from playwright.sync_api import sync_playwright
from prometheus_client import CollectorRegistry

from signals.calendar.instant import DAY
from signals.config import Config
from streams.api import ApiSettings, create_api
from streams.node import EmbeddedNode
from streams.node.advisers import Advisers
from streams.node.demo import play, year_until
from streams.queue import Claim, Filter
from streams.steering import Steering, Who, Wish
from tests.servers.browser import find_browser
from tests.streams.api.serving import serve

PICTURES = Path(__file__).parents[2] / "deploy" / "pictures"
DESK, PHONE = (1280, 860), (390, 800)
YEAR_ENDS, CUSTOMERS = date(2026, 11, 28), 1_500


def lived(folder: Path) -> EmbeddedNode:
    """A node with a year behind it, steered a little and worked on."""
    node = EmbeddedNode(Config.model_validate({"holdout": {"share": 0.1}}), folder)
    simulation = year_until(YEAR_ENDS, CUSTOMERS, 1)
    play(node, simulation, 0, Advisers(node, simulation, CUSTOMERS))
    steering, now = Steering(node), node.now()
    steering.set(Wish("shadow", "life_event.e_bike", 1.0, "new words are tried first", now + 30 * DAY), Who("Eva"))
    steering.set(Wish("capacity", "service", 12.0, "two colleagues are ill", now + 3 * DAY), Who("Jan"))
    steering.set(
        Wish("stop", "whatsapp" if "whatsapp" in node.names().channels else "app", 1.0, "an outage"), Who("Jan")
    )
    node.queue.claim(Claim(by="Eva", lease=3600, count=1, desk="advisers"), now)
    return node


def main() -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        node = lived(Path(folder))
        sales = node.queue.list(Filter(available=True, class_="sales"), node.now(), 1).items[0].recommendation
        shots = {
            "operations": ("/?lang=en", DESK),
            "controls": ("/controls?lang=en&by=Eva", DESK),
            "queue-phone": ("/queue?by=Eva&lang=nl", PHONE),
            "decision": (f"/recommendations/{sales['id']}?lang=en", DESK),
        }
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        with serve(create_api(node, ApiSettings(), CollectorRegistry())) as url:
            for name, (path, (width, height)) in shots.items():
                page = browser.new_context(base_url=url, viewport={"width": width, "height": height}).new_page()
                page.goto(path)
                page.screenshot(path=PICTURES / f"{name}.png")
                page.context.close()
        browser.close()
        node.close()


if __name__ == "__main__":
    main()
