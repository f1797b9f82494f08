"""The automaton: which phrases of a lexicon occur in a text, all looked for in one pass over its words.

Every word of a text votes for the phrases that wait for it, in one step for all phrases: a set of phrases is a number
with a bit for each. Then the regular expression of the few phrases that have all their words decides.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, reduce
from operator import or_

from signals.text.phrase import Expression, telling

_SLOTS = 3  # needs of one phrase that are looked at, side by side in one number; more cost more than they save
_MOST_WORDS = 1 << 14  # remembered with their votes
_SPACED = bytes(code if re.match(r"\w", chr(code), re.ASCII) else 32 for code in range(256))

Span = tuple[int, int]


class Words:
    """A folded text with a space before it, its words in order, and the different ones among them."""

    __slots__ = ("folded", "order", "padded", "words")

    def __init__(self, folded: str) -> None:
        self.folded = folded
        self.padded = f" {folded}"
        self.order = folded.encode("ascii").translate(_SPACED).split()
        self.words = set(self.order)


class Automaton:
    """Immutable after construction; safe to share between threads."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        self._expressions = expressions
        self._compiled: list[re.Pattern[str] | None] = [None] * len(expressions)
        self._width = len(expressions)
        self._all = (1 << self._width) - 1
        self._idle = 0  # the slots of phrases that have fewer needs
        self._votes = lru_cache(_MOST_WORDS)(_voter(self._index()))

    def find(self, words: Words) -> Iterator[tuple[int, Span]]:
        """Where every phrase matches in a text, in the order of the phrases."""
        for number in self.candidates(words):
            for span in self.matches(number, words):
                yield number, span

    def matches(self, number: int, words: Words) -> list[Span]:
        """Where one phrase matches."""
        compiled = self._compiled[number] or self._compile(number)
        first = compiled.search(words.padded)  # most match nowhere, and then this is the cheapest way to know
        if first is None:
            return []
        rest = compiled.finditer(words.padded, first.end())
        return [(match.start(), match.end() - 1) for match in (first, *rest)]

    def candidates(self, words: Words) -> list[int]:
        """The phrases that may match, in order: all that have one of their words for each of their needs."""
        met = reduce(or_, filter(None, map(self._votes, words.words)), self._idle)
        for _ in range(_SLOTS - 1):
            met &= met >> self._width
        return _bits(met & self._all)

    def _index(self) -> dict[str, int]:
        """The phrases that wait for each stem, every phrase with its most telling needs."""
        waiting: dict[str, int] = {}
        for number, expression in enumerate(self._expressions):
            needs = sorted(expression.needs, key=telling, reverse=True)
            for slot in range(_SLOTS):
                bit = 1 << slot * self._width + number
                for stem in needs[slot] if slot < len(needs) else ():
                    waiting[stem] = waiting.get(stem, 0) | bit
                self._idle |= 0 if slot < len(needs) else bit
        return waiting

    def _compile(self, number: int) -> re.Pattern[str]:
        # Thousands of phrases would take seconds; most are never met. Compiling one twice is harmless.
        self._compiled[number] = compiled = re.compile(self._expressions[number].exact, re.ASCII)
        return compiled


def _voter(waiting: dict[str, int]) -> Callable[[bytes], int]:
    """The votes of a word: of the whole of it, and of the stems that it begins or ends with."""
    whole = {stem.encode(): votes for stem, votes in waiting.items() if "~" not in stem}
    begun = {stem[:-1].encode(): votes for stem, votes in waiting.items() if stem.endswith("~")}
    ended = {stem[1:].encode(): votes for stem, votes in waiting.items() if stem.startswith("~")}
    heads, tails = sorted({*map(len, begun)}), sorted({*map(len, ended)})

    def votes(word: bytes) -> int:
        told = whole.get(word, 0)
        for length in heads:
            told |= begun.get(word[:length], 0)
        for length in tails:
            told |= ended.get(word[-length:], 0)
        return told

    return votes


def _bits(number: int) -> list[int]:
    bits = []
    while number:
        highest = number.bit_length() - 1
        bits.append(highest)
        number ^= 1 << highest
    return bits[::-1]
