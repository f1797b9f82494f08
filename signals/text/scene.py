"""The scene of a mention: the sentences, clauses and cues of one text, laid out once."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Literal

from signals.text.automaton import Automaton, Span, Words
from signals.text.dates import Stated, stated_dates
from signals.text.phrase import Expression
from signals.text.written import by_others

_SHORTENED = (
    *("jl", "nr", "st", "ca", "mw", "dhr", "evt", "ivm", "mevr", "bijv", "incl", "excl", "mr", "mrs", "dr"),
    *("kl", "kln"),
)
_NOT_SHORTENED = "".join(rf"(?<!\b{word}[.!?])" for word in _SHORTENED)
_SENTENCE = re.compile(  # begins with a sign, so that the letters of a text are skipped at once
    rf"[.!?\n](?:(?<!\n){_NOT_SHORTENED}[.!?]*(?=\s|\Z|[*])|(?<=\n)\n*|(?<=[!?])[!?]*|(?<=\.)\.+)"
)
_COMMA = re.compile(r"[,;:()]| - ")
_SPACED = re.compile(r"\S+")

Prose = Literal["post", "unknown"]
"""Whole sentences as in a newspaper, in a post to everybody or nobody knows where; messages are written to us."""


class Cues:
    """The compiled cues of a lexicon, by kind."""

    def __init__(self, cues: Sequence[tuple[str, Expression]]) -> None:
        self._automaton = Automaton([expression for _, expression in cues])
        self._kinds = [kind for kind, _ in cues]

    def waiting(self, words: Words) -> dict[str, list[int]]:
        """The cues that may stand in a text."""
        waiting: dict[str, list[int]] = {}
        for number in self._automaton.candidates(words):
            waiting.setdefault(self._kinds[number], []).append(number)
        return waiting

    def find(self, numbers: list[int], words: Words) -> list[Span]:
        """Where some cues stand."""
        return [span for number in numbers for span in self._automaton.matches(number, words)]


class Scene:
    """Cues by kind, and the borders of sentences and clauses of one folded text; all is found when it is asked for."""

    __slots__ = (
        "_around_spans",
        "_borders",
        "_cues",
        "_dates",
        "_found",
        "_sentences",
        "_waiting",
        "_word_bounds",
        "_words",
        "folded",
        "prose",
        "quoted",
        "spoken_for",
        "today",
    )

    def __init__(self, words: Words, cues: Cues, today: date, *, prose: Prose | None) -> None:
        self.folded = folded = words.folded
        self.prose = prose
        self._words, self._cues = words, cues
        self._waiting = cues.waiting(words)
        self._found: dict[str, list[Span]] = {}
        self._sentences = [match.start() for match in _SENTENCE.finditer(folded)]
        commas = [match.start() for match in _COMMA.finditer(folded)]
        self._borders = sorted({*self._sentences, *commas, *(start for start, _ in self.of("clause"))})
        self.spoken_for: list[Span] = []
        """Phrases with a denial of their own ("kan niet betalen"), which denies nothing beside them."""
        self.quoted = by_others(folded, self.of("clerk") if "\n" in folded and ":" in folded else ())
        self._around_spans: dict[tuple[bool, Span], Span] = {}
        self.today = today
        self._dates: list[Stated] | None = None
        self._word_bounds: tuple[list[int], list[int]] | None = None

    def of(self, kind: str) -> list[Span]:
        """The cues of a kind."""
        found = self._found.get(kind)
        if found is None:
            numbers = self._waiting.get(kind)
            self._found[kind] = found = self._cues.find(numbers, self._words) if numbers else []
        return found

    @property
    def dates(self) -> list[Stated]:
        if self._dates is None:
            self._dates = stated_dates(self._words, self.today)
        return self._dates

    def sentence(self, span: Span) -> Span:
        """The sentence around a span; a span over several sentences takes them all."""
        return self._around_spans.get((True, span)) or self._around(span, True)

    def clause(self, span: Span) -> Span:
        """The clause around a span, up to the nearest comma, conjunction or end of the sentence on either side."""
        return self._around_spans.get((False, span)) or self._around(span, False)

    def _around(self, span: Span, sentence: bool) -> Span:
        borders = self._sentences if sentence else self._borders
        before, after = bisect_right(borders, span[0]), bisect_left(borders, span[1])
        start = borders[before - 1] if before else 0
        end = borders[after] if after < len(borders) else len(self.folded)
        self._around_spans[sentence, span] = start, end
        return start, end

    def answer(self, quote: Span) -> Span:
        """What the writer says to words of somebody else: what follows them, or what stands before if nothing does."""
        number = self.quoted.index(quote)
        after = quote[1], self.quoted[number + 1][0] if number + 1 < len(self.quoted) else len(self.folded)
        before = self.quoted[number - 1][1] if number else 0, quote[0]
        return after if self.folded[slice(*after)].strip() else before

    def words_between(self, one: Span, other: Span) -> int:
        """How many words stand between two spans; 0 when they touch or overlap."""
        start, end = (one[1], other[0]) if one[1] <= other[0] else (other[1], one[0])
        if start >= end:
            return 0
        if self._word_bounds is None:  # once: in a text that repeats itself it is asked thousands of times
            spans = [match.span() for match in _SPACED.finditer(self.folded)]
            self._word_bounds = [first for first, _ in spans], [last for _, last in spans]
        starts, ends = self._word_bounds
        return bisect_left(starts, end) - bisect_right(ends, start)


def inside(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
