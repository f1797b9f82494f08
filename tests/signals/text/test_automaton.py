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
from tests.signals.text.conftest import AMSTERDAM
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
EXPRESSIONS = [parse_phrase(phrase, WORDS) for phrase in PHRASES]
NATIVE, PLAIN = Automaton(EXPRESSIONS), Automaton(EXPRESSIONS, native=False)
PARTS = "ik we verhuis verhuizen zeg op de e-bike ebike e bike fatbike gekocht in huis geen hond meer 12 jaar autopolis"
TEXTS = st.lists(st.sampled_from([*PARTS.split(), "stop", "eraf", ".", ",", "!", "\n"]), max_size=14).map(" ".join)


def matches(automaton: Automaton, text: str) -> list[tuple[int, tuple[int, int]]]:
    return [(number, match.span()) for number, match in automaton.find(Words(text))]


@given(TEXTS)
def test_hyperscan_the_index_and_the_bare_expressions_agree(text: str) -> None:
    bare = [(n, m.span()) for n, e in enumerate(EXPRESSIONS) for m in re.finditer(e.exact, text)]
    assert matches(NATIVE, text) == bare
    assert matches(PLAIN, text) == bare


def test_the_fallback_reads_the_same(reader: Reader, at: int) -> None:
    plain = Reader(reader.lexicon, AMSTERDAM, native=False)
    for case in CASES:
        assert plain.read(case.text, case.channel, at) == reader.read(case.text, case.channel, at), case.id


def test_narrowing_loses_no_phrase_of_the_lexicon(reader: Reader) -> None:
    lexicon: Lexicon = reader.lexicon
    automaton = Automaton([phrase.expression for phrase in lexicon.phrases])
    for case in CASES[::60]:
        folded = fold(case.text)
        found = {number for number, _ in automaton.find(Words(folded))}
        assert found == {n for n, p in enumerate(lexicon.phrases) if re.search(p.expression.exact, folded)}


def test_one_reader_serves_many_threads(reader: Reader, at: int) -> None:
    texts = [case.text for case in CASES[:60]]
    alone = [reader.read(text, "chat", at) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        for together in threads.map(lambda _: [reader.read(text, "chat", at) for text in texts], range(8)):
            assert together == alone
