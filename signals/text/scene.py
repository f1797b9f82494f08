"""The scene of a mention: the sentences, clauses and cues of one text, laid out once."""

import re
from bisect import bisect_left, bisect_right
from datetime import date
from typing import Literal

from signals.text.automaton import Automaton, Words
from signals.text.dates import Stated, stated_dates

_SENTENCE = re.compile(r"[.!?]+(?=\s|\Z|[*])|\n+|[!?]+|\.{2,}")
_COMMA = re.compile(r"[,;:()]| - ")
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)

Span = tuple[int, int]
Prose = Literal["post", "unknown"]
"""Whole sentences as in a newspaper, in a post to everybody or nobody knows where; messages are written to us."""


class Scene:
    """Cues by kind, in reading order, and the borders of sentences and clauses of one folded text."""

    __slots__ = ("_around_spans", "_borders", "_dates", "_sentences", "_today", "cues", "folded", "prose", "quoted")

    def __init__(self, words: Words, cues: Automaton, kinds: list[str], today: date, *, prose: Prose | None) -> None:
        self.folded = folded = words.folded
        self.prose = prose
        self.cues: dict[str, list[Span]] = {}
        for index, match in cues.find(words):
            self.cues.setdefault(kinds[index], []).append(match.span())
        self._sentences = [match.start() for match in _SENTENCE.finditer(folded)]
        commas = [match.start() for match in _COMMA.finditer(folded)]
        self._borders = sorted({*self._sentences, *commas, *(start for start, _ in self.of("clause"))})
        self.quoted = [match.span() for match in _QUOTED.finditer(folded)] if ">" in folded else []
        self._around_spans: dict[tuple[bool, Span], Span] = {}
        self._today = today
        self._dates: list[Stated] | None = None

    def of(self, kind: str) -> list[Span]:
        return self.cues.get(kind, [])

    @property
    def dates(self) -> list[Stated]:
        if self._dates is None:
            self._dates = stated_dates(self.folded, self._today)
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

    def words_between(self, one: Span, other: Span) -> int:
        """How many words stand between two spans; 0 when they touch or overlap."""
        start, end = (one[1], other[0]) if one[1] <= other[0] else (other[1], one[0])
        return len(self.folded[start:end].split()) if start < end else 0


def inside(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
