"""What concerns every customer at once, a season that opens or a competitor's premium, is worked on with few rows."""

import pytest

from signals.batch import Batch
from signals.engine import Engine
from signals.events.event import Event
from tests.signals.properties.histories import pack
from tests.signals.scenarios.driver import moment

CUSTOMERS, AT_HAND = 120, 20
BEGIN = moment("2026-10-20T10:00")


class Kept:
    """The rows that came out of an engine, and how many it had at hand whenever it asked for one."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.at_hand: list[int] = []
        self.engine = Engine(pack(), self.load, cached_rows=AT_HAND, write_through=False)

    def load(self, key: str) -> bytes | None:
        self.at_hand.append(len(self.engine.cached))
        return self.rows.get(key)

    def take(self, batch: Batch) -> list[str]:
        """Keep the rows; returns the triggers that were decided on."""
        for key, row in (batch.rows | self.engine.take_rows()).items():
            self.rows.pop(key, None)
            if row is not None:
                self.rows[key] = row
        return [decision["trigger"] for decision in batch.decisions]


@pytest.fixture
def kept() -> Kept:
    kept = Kept()
    for number in range(CUSTOMERS):
        for product in ("health", "car"):
            policy: dict[str, object] = {
                "policy": f"{product}{number}",
                "product": product,
                "change": "started",
                "premium": 180.0,
            }
            event = Event(f"{product}{number}", "/made", "policy.changed", BEGIN, BEGIN, f"customer:{number}", policy)
            kept.take(kept.engine.process([event]))
    kept.at_hand.clear()
    return kept


def test_a_season_that_opens_for_all(kept: Kept) -> None:
    decided = kept.take(kept.engine.advance(moment("2026-11-20T10:00")))
    assert sum(trigger.startswith("season.") for trigger in decided) >= CUSTOMERS
    assert len(kept.at_hand) > CUSTOMERS - AT_HAND
    assert max(kept.at_hand) <= AT_HAND


def test_a_premium_that_concerns_all(kept: Kept) -> None:
    now = moment("2026-10-21T10:00")
    news = {"product": "car", "what": "premium", "competitor": "Ander", "premium": 30.0}
    told = Event("n1", "/market", "market.changed", now, now, "market:NL", news)
    decided = kept.take(kept.engine.process([told]))
    assert len(decided) >= CUSTOMERS
    assert len(kept.at_hand) > CUSTOMERS - AT_HAND
    assert max(kept.at_hand) <= AT_HAND


@pytest.mark.parametrize("product", [",", "§,§", "boat"])
def test_whatever_a_product_is_called_its_news_reaches_who_holds_it_after_a_restart(product: str) -> None:
    before = Kept()
    policy = {"policy": "P", "product": product, "change": "started", "premium": 180.0}
    before.take(before.engine.process([Event("p", "/made", "policy.changed", BEGIN, BEGIN, "customer:1", policy)]))
    after = Engine(pack(), before.rows.get)
    after.restore(before.rows.items(), clock=before.engine.clock)
    data = {"product": product, "what": "premium", "competitor": "X", "premium": 90.0, "previous_premium": 180.0}
    later = BEGIN + 1
    told = after.process([Event("n", "/market", "market.changed", later, later, "market:NL", data)])
    assert [decision["trigger"] for decision in told.decisions] == ["market.premium"]
