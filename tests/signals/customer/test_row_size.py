"""A customer's row stays small: a year of an ordinary customer takes at most 3 KiB."""

from datetime import date
from statistics import median

from signals.config import Config
from signals.customer.codec import encode_customer
from signals.engine import Engine
from signals.pack.compile import open_pack
from signals.simulation.play import Simulation
from tests.signals.scenarios.driver import Story


def test_a_year_of_the_median_customer_takes_three_kib_at_most() -> None:
    engine = Engine(open_pack(Config()))
    events = sorted(Simulation(300, 365, 2, date(2025, 1, 1)).events(), key=lambda event: event.time)
    engine.process(events)
    sizes = [len(encode_customer(customer)) for customer in engine.cached]
    assert len(sizes) >= 300
    assert median(sizes) <= 3 * 1024


def test_offers_about_one_thing_are_forgotten_once_their_episodes_have_long_passed() -> None:
    story = Story().consenting()
    for product, day in ("car", "2026-01-12"), ("contents", "2026-03-20"), ("liability", "2026-06-02"):
        story.insured(product, at=f"{day}T10:00", premium=40.0)
        story.on(f"{day}T11:00", "market.changed", product=product, what="premium", competitor="Rival", premium=20.0)
    assert story.fired.count("market.premium") == 3
    offers = [slot for slot in story.customer().episodes if slot.startswith("market.premium")]
    assert offers == ["market.premium|contents", "market.premium|liability"]
