"""The automaton: which phrases of a lexicon occur in a text, all looked for in one pass.

Every phrase waits for one of its telling words. One pass of Hyperscan over the text finds those words; where it can't
be installed an index on the words of the text does. Then the phrase's own regular expression decides, so the answers
are the same either way.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

from signals.text.phrase import EVERYDAY, Expression, Stems

try:
    import hyperscan
except ImportError:  # no wheel for this platform
    hyperscan = None  # type: ignore[assignment]

_SHORTEST, _LONGEST = 3, 6  # letters of a word that are looked at
_MOST_PAIRS = 400  # of words that stand side by side in the index for one phrase
_WORD = re.compile(r"\w+")
Scan = Callable[["Words"], Collection[str]]


class Words:
    """A folded text and the beginnings of its words, of three letters up."""

    __slots__ = ("_beginnings", "folded")

    def __init__(self, folded: str) -> None:
        self.folded = folded
        self._beginnings: set[str] | None = None

    @property
    def beginnings(self) -> set[str]:
        if self._beginnings is None:
            heads = {word[:_LONGEST] for word in _WORD.findall(self.folded)}
            self._beginnings = heads.union(*({head[:n] for head in heads} for n in range(_SHORTEST, _LONGEST)))
        return self._beginnings


class Automaton:
    """Immutable after construction; safe to share between threads."""

    def __init__(self, expressions: Sequence[Expression], *, native: bool = hyperscan is not None) -> None:
        self._expressions = expressions
        self._compiled: list[re.Pattern[str] | None] = [None] * len(expressions)
        self._always: list[int] = []
        self._alone: dict[str, list[int]] = {}
        self._pairs: dict[str, dict[str, list[int]]] = {}
        self._further: list[tuple[Stems, ...]] = []
        self._index(expressions)
        waiting = {*self._alone, *self._pairs}
        self._scan = _native(sorted(waiting)) if native else partial(_look_up, waiting)

    def find(self, words: Words) -> Iterator[tuple[int, re.Match[str]]]:
        """Every match of every phrase in a text, in the order of the phrases."""
        for number in self.candidates(words):
            for match in self.matches(number, words):
                yield number, match

    def matches(self, number: int, words: Words) -> Iterator[re.Match[str]]:
        """The matches of one phrase."""
        return (self._compiled[number] or self._compile(number)).finditer(words.folded)

    def _index(self, expressions: Sequence[Expression]) -> None:
        """Let every phrase wait for its rarest needs: no everyday words, and the fewest phrases that share a word."""
        common = Counter(stem for expression in expressions for need in expression.needs for stem in need)
        for number, expression in enumerate(expressions):
            ranked = sorted(
                expression.needs, key=lambda need: (len(need & EVERYDAY), max(common[stem] for stem in need))
            )
            needs = [frozenset(_key(stem) for stem in stems) for stems in ranked]
            beginnings = [frozenset(key.rstrip("~") for key in need) for need in needs]
            if not needs:
                self._always.append(number)
                self._further.append(())
            elif len(needs) > 1 and len(needs[0]) * len(needs[1]) <= _MOST_PAIRS:
                self._further.append(tuple(beginnings[2:]))
                for key in needs[0]:
                    beside = self._pairs.setdefault(key, {})
                    for other in beginnings[1]:
                        beside.setdefault(other, []).append(number)
            else:
                self._further.append(tuple(beginnings[1:]))
                for key in needs[0]:
                    self._alone.setdefault(key, []).append(number)

    def candidates(self, words: Words) -> list[int]:
        """The phrases that may match, in order: all that have one of their words for each of their needs."""
        found = self._scan(words)
        if not found:
            return self._always
        beginnings = words.beginnings
        told = set(self._always)
        for key in found:
            told.update(self._alone.get(key, ()))
            beside = self._pairs.get(key)
            if beside is not None:
                for other in beside.keys() & beginnings:
                    told.update(beside[other])
        further = self._further
        return sorted(
            n for n in told if not further[n] or not any(stems.isdisjoint(beginnings) for stems in further[n])
        )

    def _compile(self, number: int) -> re.Pattern[str]:
        # Thousands of phrases would take seconds; most are never met. Compiling one twice is harmless.
        self._compiled[number] = compiled = re.compile(self._expressions[number].exact)
        return compiled


def _key(stem: str) -> str:
    """What is looked at of a stem: its first letters, open (``~``) when a word may go on after a short stem."""
    return stem[:_LONGEST] if not stem.endswith("~") or len(stem) > _LONGEST else stem


def _look_up(waiting: set[str], words: Words) -> set[str]:
    return waiting & (words.beginnings | {f"{beginning}~" for beginning in words.beginnings})


def _native(keys: list[str]) -> Scan:
    database = hyperscan.Database()
    database.compile(
        expressions=[_literal(key).encode("ascii") for key in keys],
        ids=list(range(len(keys))),
        elements=len(keys),
        flags=hyperscan.HS_FLAG_SINGLEMATCH,
        literal=True,
    )
    own = threading.local()  # scratch space may serve one scan at a time

    def scan(words: Words) -> list[str]:
        scratch = getattr(own, "scratch", None)
        if scratch is None:
            scratch = own.scratch = hyperscan.Scratch(database)
        found: list[str] = []
        spaced = b" " + words.folded.encode("ascii").translate(_SPACED) + b" "
        database.scan(spaced, lambda number, *_: found.append(keys[number]), scratch=scratch)
        return found

    return scan


_SPACED = bytes(code if _WORD.match(chr(code)) and code < 128 else 32 for code in range(256))


def _literal(key: str) -> str:
    """A key between the spaces around words; word borders in expressions would take far longer to compile."""
    if key.endswith("~"):
        return f" {key[:-1]}"
    return f" {key}" if len(key) == _LONGEST else f" {key} "
