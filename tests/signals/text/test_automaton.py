"""Narrowing down must never change an answer."""

import re
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from signals.text.automaton import Automaton, Words
from signals.text.fold import fold
from signals.text.lexicon import Lexicon
from signals.text.phrase import parse_phrase, parse_words
from signals.text.reader import Reader
from tests.signals.text.labelled import development_cases, own_cases

CASES = [*development_cases(), *own_cases()]
WORDS = {"wij": parse_words("ik|we|wij", {})}
PHRASES = (
    "{wij} ... verhui[sz]*",
    "zeg ... op",
    "(e-bike|fatbike) (gekocht|in huis)",
    "geen? hond .. (meer)? gekocht",
    "^ op $",
    "# jaar",
    "*polis ... (stop|eraf)",
)
EXPRESSIONS = [parse_phrase(phrase, WORDS, within="clause") for phrase in PHRASES]
AUTOMATON = Automaton(EXPRESSIONS)
PARTS = "ik we verhuis verhuizen zeg op de e-bike ebike e bike fatbike gekocht in huis geen hond meer 12 jaar autopolis"
TEXTS = st.lists(st.sampled_from([*PARTS.split(), "stop", "eraf", ".", ",", "!", "\n"]), max_size=14).map(" ".join)


@given(TEXTS)
def test_the_automaton_and_the_bare_expressions_agree(text: str) -> None:
    bare = [(n, (m.start(), m.end() - 1)) for n, e in enumerate(EXPRESSIONS) for m in re.finditer(e.exact, f" {text}")]
    assert list(AUTOMATON.find(Words(text))) == bare


TOLD = st.sampled_from(["polis", "autopolis", "polissen", "premie", "premies", "dekking", "schade", ".", ","])


@given(st.lists(TOLD).map(" ".join))
def test_gathering_alternatives_of_one_beginning_loses_none(text: str) -> None:
    alternatives = ("*polis", "*premie", "*premies", "polissen", "dekking", "premie", "*schade")
    one = Automaton([parse_phrase("|".join(alternatives), {}, within="clause")])
    each = Automaton([parse_phrase(alternative, {}, within="clause") for alternative in alternatives])
    assert {span for _, span in one.find(Words(text))} == {span for _, span in each.find(Words(text))}


def test_narrowing_loses_no_phrase_of_the_lexicon(reader: Reader) -> None:
    lexicon: Lexicon = reader.lexicon
    automaton = Automaton([phrase.expression for phrase in lexicon.phrases])
    for case in CASES[::60]:
        folded = fold(case.text)
        found = {number for number, _ in automaton.find(Words(folded))}
        assert found == {n for n, p in enumerate(lexicon.phrases) if re.search(p.expression.exact, f" {folded}")}


def test_every_word_of_an_alternative_counts() -> None:
    automaton = Automaton([parse_phrase("(scheiding van goederen|alimentatie)", {}, within="clause")])
    assert automaton.candidates(Words("de goederen zijn onderweg")) == []
    assert automaton.candidates(Words("een scheiding van jaren terug")) == []
    assert automaton.candidates(Words("alimentatie voor de kinderen")) == [0]
    assert automaton.candidates(Words("scheiding van goederen bij de notaris")) == [0]


def test_one_reader_serves_many_threads(reader: Reader, at: int) -> None:
    texts = [case.text for case in CASES[:60]]
    alone = [reader.read(text, "chat", at) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        for together in threads.map(lambda _: [reader.read(text, "chat", at) for text in texts], range(8)):
            assert together == alone
