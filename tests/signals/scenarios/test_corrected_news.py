"""A competitor's later premium takes the place of the earlier, for whoever holds the product and in whatever order."""

from itertools import permutations

import pytest

from tests.signals.scenarios.driver import Story

SHARP = ("2026-03-02T10:00", "Rival", 40)
DEARER = ("2026-03-02T12:00", "Rival", 49)
OTHERS = ("2026-03-02T11:00", "Other", 60)


def told(*news: tuple[str, str, float]) -> Story:
    story = Story().consenting().insured("car", premium=50)
    for at, competitor, premium in news:
        tale = {"product": "car", "what": "premium", "premium": premium}
        story.on(at, "market.changed", id=f"{competitor} {premium}", competitor=competitor, **tale)
    return story


@pytest.mark.parametrize("news", [*permutations((SHARP, DEARER, OTHERS))])
def test_news_that_was_corrected_before_it_came_in_ends_as_in_order(news: tuple[tuple[str, str, float], ...]) -> None:
    in_order, story = told(SHARP, OTHERS, DEARER), told(*news)
    assert in_order.statuses("market.premium") == ["withdrawn"]
    assert story.of("market.premium") == in_order.of("market.premium")
    assert story.recommended("market.premium") == in_order.recommended("market.premium")


def test_another_competitors_news_corrects_nothing() -> None:
    story = told(("2026-03-02T12:00", "Other", 60), SHARP)
    assert story.statuses("market.premium") == ["released"]


def test_a_correction_that_is_sharp_too_corrects_nothing() -> None:
    story = told(("2026-03-02T12:00", "Rival", 44), SHARP)
    assert [decision["status"] for decision in story.of("market.premium") if decision["reason"] == "RELEASED"] == [
        "released"
    ]
