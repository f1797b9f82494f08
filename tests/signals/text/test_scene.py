"""Where sentences end."""

from datetime import date

import pytest

from signals.text.automaton import Words
from signals.text.scene import Cues, Scene


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("een. twee", "een"),
        ("een.twee", "een.twee"),
        ("een? twee", "een"),
        ("een!twee", "een"),
        ("een?!twee", "een"),
        ("een..twee", "een"),
        ("een.*", "een"),
        ("een\n\ntwee", "een"),
        ("een.\ntwee", "een"),
        ("op 3 mei jl. verhuisd", "op 3 mei jl. verhuisd"),
        ("op 3 mei jl! verhuisd", "op 3 mei jl"),
        ("op 3 mei jl... verhuisd", "op 3 mei jl"),
        ("dag mr. en mrs. bos\nbel mij", "dag mr. en mrs. bos"),
        ("mevr. bos is overleden. groet", "mevr. bos is overleden"),
    ],
)
def test_a_sentence_ends_at_its_sign_unless_that_shortens_a_word(text: str, first: str) -> None:
    scene = Scene(Words(text), Cues([]), date(2026, 11, 22), prose=None)
    start, end = scene.sentence((0, 1))
    assert text[start:end] == first


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("een", "vijf", 3),
        ("vijf", "een", 3),
        ("twee", "drie", 0),
        ("ee", "drie", 2),
        ("een", "ier", 3),
        ("een", "een twee", 0),
    ],
)
def test_words_between_are_counted_parts_of_words_too(one: str, other: str, words: int) -> None:
    text = "een twee\tdrie\n vier  vijf"
    scene = Scene(Words(text), Cues([]), date(2026, 11, 22), prose=None)
    spans = [(text.index(part), text.index(part) + len(part)) for part in (one, other)]
    assert scene.words_between(*spans) == words
