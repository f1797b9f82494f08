"""Who orders all day is decided on like anybody else, whatever came of them since."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.signals.scenarios.driver import Story

BEGIN = datetime(2024, 1, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(("orders", "silent"), [(900, 30), (700, 900)])
def test_hundreds_of_orders_in_a_year_have_a_value(orders: int, silent: int) -> None:
    """It was nan, by which nothing can be ranked, and after years of silence it raised at every candidate."""
    story = Story(pack="retail")
    for number in range(orders):
        day = BEGIN + timedelta(days=365 * number / orders)
        story.on(day.isoformat(), "order.placed", items=[{"sku": f"S{number % 9}", "quantity": 1, "price": 10}])
    at = BEGIN + timedelta(days=365 + silent)
    story.on(at.isoformat(), "survey.answered", kind="nps", score=2)
    recommended = story.recommended("relationship.detractor")
    assert recommended["value"]["lifetime"] >= 0
    assert "NaN" not in json.dumps(recommended)
