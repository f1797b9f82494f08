"""The classifier that a deployment trains for itself."""

from pathlib import Path

import pytest

from signals.text import load_reader
from signals.text.automaton import Words
from signals.text.learned import Labelled, Model, read_model, train, write_learned
from tests.signals.text.conftest import AMSTERDAM, LEXICON

SOUR = [f"dat was weer een zure citroen nummer {number}" for number in range(40)]
PLAIN = [f"mijn polisnummer is {number} en ik heb een vraag" for number in range(120)]
NOTHING = frozenset[str]()
TEXTS = [*(Labelled(text, frozenset({"complaint"})) for text in SOUR), *(Labelled(text, NOTHING) for text in PLAIN)]


def test_what_is_learned_is_told_after_the_rules(tmp_path: Path, at: int) -> None:
    learned, lessons = train(TEXTS)
    assert lessons["complaint"].precision >= 0.9
    write_learned(learned, tmp_path / "weights")
    text = "alweer zo'n zure citroen zeg"
    assert "complaint" not in {mention.event for mention in load_reader(LEXICON, AMSTERDAM).read(text, "chat", at)}
    reader = load_reader(LEXICON, AMSTERDAM, weights=tmp_path / "weights")
    assert "complaint" in {mention.event for mention in reader.read(text, "chat", at)}


def test_what_the_model_rules_out_is_let_go_unless_it_must_silence_us(tmp_path: Path, at: int) -> None:
    both = frozenset({"move", "bereavement"})
    told = [Labelled(f"de zon scheen op dag {number}", both) for number in range(40)]
    not_told = [
        Labelled(f"we gaan verhuizen na het overlijden van mijn man {number}", NOTHING) for number in range(400)
    ]
    write_learned(train([*told, *not_told])[0], tmp_path / "weights")
    text = "we gaan verhuizen na het overlijden van mijn man"
    assert {"move", "bereavement"} <= {
        mention.event for mention in load_reader(LEXICON, AMSTERDAM).read(text, "chat", at)
    }
    reader = load_reader(LEXICON, AMSTERDAM, weights=tmp_path / "weights")
    read = {mention.event: mention for mention in reader.read(text, "chat", at)}
    assert read.keys() & both == {"bereavement"}
    assert read["bereavement"].polarity == "hypothetical"


def test_a_text_that_tells_of_others_is_not_acted_on(tmp_path: Path, at: int) -> None:
    texts = [
        *(Labelled(f"de citroen is zuur {number}", frozenset({"complaint"}), True) for number in range(60)),
        *(Labelled(f"bij tante is de citroen zuur {number}", NOTHING, False) for number in range(60)),
        *(Labelled(f"wij gaan verhuizen {number}", frozenset({"move"}), True) for number in range(60)),
        *(Labelled(f"bij tante gaan wij verhuizen {number}", NOTHING, False) for number in range(60)),
        *(Labelled(text, NOTHING) for text in PLAIN),
    ]
    write_learned(train(texts)[0], tmp_path / "weights")
    reader = load_reader(LEXICON, AMSTERDAM, weights=tmp_path / "weights")
    assert [mention.event for mention in reader.read("zuur, die citroen", "chat", at)] == ["complaint"]
    assert reader.read("zuur is die citroen bij tante", "chat", at) == []
    assert reader.read("wij gaan verhuizen", "chat", at) != []
    assert reader.read("bij tante gaan wij verhuizen", "chat", at) == []


def test_what_a_weak_phrase_tells_must_be_more_likely_than_what_another_tells(tmp_path: Path, at: int) -> None:
    told = frozenset({"cancel_intent"})
    unlikely = [
        Labelled(f"{text} {number}", told if number < 3 else NOTHING)
        for text in ("doei noordhaven", "ik zeg mijn polis op")
        for number in range(60)
    ]
    others = [Labelled(f"zure citroen {number}", told) for number in range(30)]
    write_learned(train([*unlikely, *others])[0], tmp_path / "weights")
    reader = load_reader(LEXICON, AMSTERDAM, weights=tmp_path / "weights")
    rules = load_reader(LEXICON, AMSTERDAM)
    assert [mention.score for mention in rules.read("doei noordhaven", None, at)] == [0.6]
    assert reader.read("doei noordhaven", "chat", at) == []
    assert [mention.event for mention in reader.read("ik zeg mijn polis op", "chat", at)] == ["cancel_intent"]


def test_a_text_of_unknown_origin_is_left_to_the_rules(tmp_path: Path, at: int) -> None:
    write_learned(train(TEXTS)[0], tmp_path / "weights")
    reader = load_reader(LEXICON, AMSTERDAM, weights=tmp_path / "weights")
    assert reader.read("alweer zo'n zure citroen zeg", None, at) == []


def test_where_a_mask_undid_a_phrase_the_model_adds_nothing(tmp_path: Path, at: int) -> None:
    texts = [
        *(Labelled(f"mijn telefoon is overleden {number}", frozenset({"bereavement"})) for number in range(40)),
        *(Labelled(text, NOTHING) for text in PLAIN),
    ]
    write_learned(train(texts)[0], tmp_path / "weights")
    reader = load_reader(LEXICON, AMSTERDAM, weights=tmp_path / "weights")
    assert reader.read("mijn telefoon is overleden", "chat", at) == []


def test_an_event_that_texts_held_back_do_not_bear_out_is_never_told() -> None:
    texts = [Labelled("een vraag", frozenset({"complaint"} if number % 3 else ())) for number in range(90)]
    learned, lessons = train(texts)
    assert lessons["complaint"].used
    assert not lessons["complaint"].borne_out
    assert learned.borne_out == []
    words = Words("een vraag")
    model = Model(learned)
    assert model.probability("complaint", model.hear(words), words) >= 0.5
    assert model.sure(model.hear(words), words, beside=False) == []


def test_an_event_that_is_hardly_ever_told_is_left_out() -> None:
    learned, lessons = train([*TEXTS, Labelled("een hond erbij", frozenset({"pet"}))])
    assert not lessons["pet"].used
    assert learned.events == ["complaint"]


def test_two_words_together_can_say_what_neither_says() -> None:
    texts = [
        *(Labelled(f"wit zwart {number}", frozenset({"complaint"})) for number in range(60)),
        *(Labelled(f"zwart {number} wit", NOTHING) for number in range(20)),
        *(Labelled(text, NOTHING) for text in PLAIN),
    ]
    model = Model(train(texts)[0])
    heard = {text: model.hear(Words(text)) for text in ("wit zwart", "zwart of wit")}
    assert [model.sure(said, Words(text), beside=False) for text, said in heard.items()] == [["complaint"], []]


def test_the_same_texts_give_the_same_weights() -> None:
    assert train(TEXTS) == train(TEXTS)


def test_a_file_that_holds_no_weights_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="signals learn mentions"):
        read_model(tmp_path / "weights")
