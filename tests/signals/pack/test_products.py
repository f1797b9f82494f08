"""Products by all the names sources have for them."""

import pytest

from signals.pack.products import Products

PRODUCTS = Products({"car": ["auto"], "health": ["zorg"], "home": []}, ["verzekering", "premie", "insurance"])


@pytest.mark.parametrize("name", ["car", "Auto", "autoverzekering", "Car Insurance", "car-insurance", "autopremie"])
def test_a_product_is_known_by_its_names_and_endings(name: str) -> None:
    assert PRODUCTS.name_of(name) == "car"


def test_a_product_the_pack_does_not_know_keeps_its_own_name() -> None:
    assert PRODUCTS.name_of("Dog Walker") == PRODUCTS.name_of("dog-walker") == "dog_walker"
    assert PRODUCTS.name_of("***") == "***"


def test_products_are_whole_words_of_a_text_in_its_order() -> None:
    assert PRODUCTS.named_in("/home/zorgverzekering?to=auto") == ["home", "health", "car"]
    assert PRODUCTS.named_in("/automatische-incasso/zorgeloos") == []
