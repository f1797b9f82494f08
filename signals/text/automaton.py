"""The automaton: which phrases of a lexicon occur in a text, all looked for in one pass.

Every phrase waits for one of its telling words. One pass of Hyperscan over the text finds those words; where it can't
be installed an index on the words of the text does. Then the phrase's own regular expression decides, so the answers
are the same either way.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from signals.text.phrase import EVERYDAY, Expression, Stems

try:
    import hyperscan
except ImportError:  # no wheel for this platform
    hyperscan = None  # type: ignore[assignment]

_SHORTEST, _LONGEST = 3, 6  # letters of a word that are looked at
_WORD = re.compile(r"\w+")
Scan = Callable[[str], Iterable[str]]


class _Need(NamedTuple):
    """Words of which a text must have one: by their first letters, or by any beginning."""

    heads: frozenset[str]
    beginnings: tuple[str, ...]

    def met(self, heads: set[str]) -> bool:
        if not self.heads.isdisjoint(heads):
            return True
        return bool(self.beginnings) and any(head.startswith(self.beginnings) for head in heads)


class Automaton:
    """Immutable after construction; safe to share between threads."""

    def __init__(self, expressions: Sequence[Expression], *, native: bool = hyperscan is not None) -> None:
        self._expressions = expressions
        self._compiled: list[re.Pattern[str] | None] = [None] * len(expressions)
        self._always: list[int] = []
        self._waiting: dict[str, list[int]] = {}
        self._needs: list[list[_Need]] = []
        self._index(expressions)
        self._scan: Scan = _native(list(self._waiting)) if native else self._look_up

    def find(self, folded: str) -> Iterator[tuple[int, re.Match[str]]]:
        """Every match of every phrase in a folded text, in the order of the phrases."""
        for number in self._candidates(folded):
            for match in (self._compiled[number] or self._compile(number)).finditer(folded):
                yield number, match

    def _index(self, expressions: Sequence[Expression]) -> None:
        """Let every phrase wait for its rarest need: no everyday words, and the fewest phrases that share a word."""
        common = Counter(stem for expression in expressions for need in expression.needs for stem in need)
        for number, expression in enumerate(expressions):
            ranked = sorted(
                expression.needs, key=lambda need: (len(need & EVERYDAY), max(common[stem] for stem in need))
            )
            self._needs.append([_need(stems) for stems in ranked[1:]])
            if not ranked:
                self._always.append(number)
            for key in {_key(stem) for stem in ranked[0]} if ranked else ():
                self._waiting.setdefault(key, []).append(number)

    def _candidates(self, folded: str) -> list[int]:
        found = self._scan(folded)
        if not found:
            return self._always
        heads = _heads(folded)
        told = set(self._always)
        for key in found:
            for number in self._waiting[key]:
                for need in self._needs[number]:
                    if not need.met(heads):
                        break
                else:
                    told.add(number)
        return sorted(told)

    def _look_up(self, folded: str) -> list[str]:
        heads = _heads(folded)
        keys = heads | {head[:length] + "~" for head in heads for length in range(_SHORTEST, _LONGEST)}
        return [key for key in keys if key in self._waiting]

    def _compile(self, number: int) -> re.Pattern[str]:
        # Thousands of phrases would take seconds; most are never met. Compiling one twice is harmless.
        self._compiled[number] = compiled = re.compile(self._expressions[number].exact)
        return compiled


def _need(stems: Stems) -> _Need:
    keys = {_key(stem) for stem in stems}
    return _Need(
        frozenset(key for key in keys if not key.endswith("~")),
        tuple(sorted(key[:-1] for key in keys if key.endswith("~"))),
    )


def _key(stem: str) -> str:
    """What is looked at of a stem: its first letters, open (``~``) when a word may go on after a short stem."""
    return stem[:_LONGEST] if not stem.endswith("~") or len(stem) > _LONGEST else stem


def _heads(folded: str) -> set[str]:
    return {word[:_LONGEST] for word in _WORD.findall(folded)}


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

    def scan(folded: str) -> list[str]:
        scratch = getattr(own, "scratch", None)
        if scratch is None:
            scratch = own.scratch = hyperscan.Scratch(database)
        found: list[str] = []
        spaced = b" " + folded.encode("ascii").translate(_SPACED) + b" "
        database.scan(spaced, lambda number, *_: found.append(keys[number]), scratch=scratch)
        return found

    return scan


_SPACED = bytes(code if _WORD.match(chr(code)) and code < 128 else 32 for code in range(256))


def _literal(key: str) -> str:
    """A key between the spaces around words; word borders in expressions would take far longer to compile."""
    if key.endswith("~"):
        return f" {key[:-1]}"
    return f" {key}" if len(key) == _LONGEST else f" {key} "
