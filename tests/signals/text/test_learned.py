"""The classifier that a deployment trains for itself."""

from pathlib import Path

import pytest

from signals.text import load_reader
from signals.text.learned import read_model, train, write_model
from tests.signals.text.conftest import AMSTERDAM, LEXICON

SOUR = [f"dat was weer een zure citroen nummer {number}" for number in range(40)]
PLAIN = [f"mijn polisnummer is {number} en ik heb een vraag" for number in range(120)]
TEXTS = [*((text, frozenset({"complaint"})) for text in SOUR), *((text, frozenset[str]()) for text in PLAIN)]


def test_what_is_learned_is_told_after_the_rules(tmp_path: Path, at: int) -> None:
    model, lessons = train(TEXTS)
    assert lessons["complaint"].precision >= 0.9
    write_model(model, tmp_path / "weights")
    text = "alweer zo'n zure citroen zeg"
    assert "complaint" not in {mention.event for mention in load_reader(LEXICON, AMSTERDAM).read(text, "chat", at)}
    reader = load_reader(LEXICON, AMSTERDAM, weights=tmp_path / "weights")
    assert "complaint" in {mention.event for mention in reader.read(text, "chat", at)}


def test_an_event_that_texts_held_back_do_not_bear_out_is_left_out() -> None:
    texts = [("een vraag", frozenset({"complaint"} if number % 3 == 0 else ())) for number in range(90)]
    model, lessons = train(texts)
    assert lessons["complaint"].threshold is None
    assert model.events == {}


def test_the_same_texts_give_the_same_weights() -> None:
    assert train(TEXTS) == train(TEXTS)


def test_a_file_that_holds_no_weights_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="signals learn mentions"):
        read_model(tmp_path / "weights")
