"""The phrase language of the lexicon: plain words with a few signs, compiled to regular expressions.

========================  =====================================================================================
``verhuisd naar``         the words, next to each other, in this order
``ik ... zwanger``        up to six words in between (``..``: up to two), within one clause (a mask: one sentence)
``(ben|bent|was)``        one of these; ``ben?`` and ``(nog niet)?`` may be left out
``verhui*``               any ending; ``*panelen`` any beginning; ``_`` any word; ``#`` a number in digits
``verhui[sz]en``          one of these letters
``{ik}``                  a word class from ``words.yaml``
``†``                     the sign of death
``gekocht``               ``cht`` is also heard where ``gt`` is written
``e-bike``                the hyphen may be a space or nothing; apostrophes and full stops may be missing
``^`` and ``$``           the text begins or ends here
========================  =====================================================================================
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby, product
from typing import Literal

import msgspec

Stems = frozenset[str]
"""Words of which a text must have one; ``verhui~`` and ``~polis`` are open at one end, ``ik`` is a whole word."""


# Words of nearly every message: a phrase that waited for one of them would be tried far too often.
_EVERYDAY = """
a aan al alle alleen alles als altijd and any app are at aub ben bent bij but by can d daar dan dat de deze die dit do
door e een eens en er erg even for ga gaan gaat geen goed graag had have heb hebben heeft heel het hier hoe hoi how i
iets ik in is it je jij jullie just kan kon krijg krijgen kunnen kunt maar mag me meer met mij mijn moet moeten my na
naar need new niet nieuwe nog not now nu o of om on onze ook op or our out over p per please polis polis~ s so the this
to t toch tot u uit up uw van veel verzek via voor waar wanneer want was wat we weer wel welke wie wij wil willen wilt
word worden wordt would you your ze zelf zijn zit zo zonder zou zouden
1 2 3 af auto been binnen dus eigen from haar hij huis jaar keer kl maand man no noordhaven off ons policy premie re
schade sinds staat te ve volgende vorige week weken what with
"""
EVERYDAY = frozenset(_EVERYDAY.split())


class Expression(msgspec.Struct, frozen=True):
    """``exact`` is the regular expression that decides; a text that lacks all stems of one of ``needs`` can't match it.

    That of a phrase takes in the sign before its first word, so that it is only tried where a word begins.

    ``spellings`` lists every spelling of a piece that is a plain word or part of one; ``None`` if it is more than that.
    """

    exact: str
    needs: tuple[Stems, ...] = ()
    spellings: Stems | None = None


_STEP = r"[^\w!?\n]{1,3}"
_IN_SENTENCE, _IN_CLAUSE = (
    {dots: rf"(?:{inner}+\w+){{0,{most}}}?{inner}+" for dots, most in (("...", 6), ("..", 2))}
    for inner in (r"[^\w!?\n.;]", r"[^\w!?\n.;:,]")
)
_OPEN = frozenset({"~"})
_MAYBE_APART = frozenset({"", " "})
_SIGNS = {
    "*": Expression(r"\w*", (), _OPEN),
    "_": Expression(r"\w+", (), _OPEN),
    "#": Expression(r"\d+", (), _OPEN),
    "-": Expression(r"[- ]?", (), _MAYBE_APART),
    "'": Expression(r"'?", (), _MAYBE_APART),
    ".": Expression(r"\.?", (), _MAYBE_APART),
    "†": Expression("_", (), frozenset({"_"})),
} | {sign: Expression("\\" + sign, (), frozenset({" "})) for sign in '$%&/+@:,"'}
_MOST_SPELLINGS = 200
_PLAIN = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*(?=[|)])")
_LETTERS = re.compile(r"[a-zA-Z0-9]+")


def parse_phrase(source: str, words: Mapping[str, Expression], *, within: Literal["clause", "sentence"]) -> Expression:
    """Parse one phrase, with gaps within a clause or a sentence. Raises ``ValueError`` when it can't be read."""
    body = source.strip()
    head, tail = body.startswith("^"), body.endswith("$")
    gaps = _IN_CLAUSE if within == "clause" else _IN_SENTENCE
    inner = _Parser(body[head : len(body) - tail].strip(), words, gaps).alternatives("")
    begin, end = r"\A\W+" if head else r"\W", r"\W*\Z" if tail else ""
    return Expression(rf"{begin}(?:{inner.exact})(?!\w){end}", inner.needs)


def parse_words(source: str, words: Mapping[str, Expression]) -> Expression:
    """Parse a word class: alternatives separated by ``|``. Raises ``ValueError`` when it can't be read."""
    return _Parser(source, words, _IN_CLAUSE).alternatives("")


class _Parser:
    """Recursive descent over one phrase."""

    def __init__(self, source: str, words: Mapping[str, Expression], gaps: Mapping[str, str]) -> None:
        self.source, self.words, self.gaps, self.at = source, words, gaps, 0

    def alternatives(self, closing: str) -> Expression:
        branches = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.sequence())
        if self.peek() != closing:
            raise ValueError(f"unexpected {self.peek() or 'end'!r} at position {self.at + 1} of {self.source!r}")
        self.at += len(closing)
        return _one_of(branches)

    def sequence(self) -> Expression:
        """Words and gaps one after the other; a word that may be left out takes one of its two joints along."""
        if plain := _PLAIN.match(self.source, self.at):
            self.at = plain.end()
            return _words(plain[0])
        exact = ""
        certain: list[Expression] = []
        waiting: list[tuple[str, Expression]] = []  # words that may be left out, each with the joint before it
        while True:
            step = self.step()
            item, optional = self.item()
            if item is None:
                break
            if optional and (not exact or waiting or step is not _STEP):
                waiting.append((step, item))
            elif optional:
                exact += f"(?:{step}{item.exact})?"
            else:
                joints = [*(joint for joint, _ in waiting), step]
                exact += joints[0] if exact else ""
                for (_, word), joint in zip(waiting, joints[1:], strict=True):
                    exact += f"(?:{word.exact}{joint})?"
                exact, waiting = exact + item.exact, []
                certain.append(item)
        if not certain:
            raise ValueError(f"nothing certain to look for in {self.source!r}")
        needs = tuple(need for item in certain for need in item.needs)
        alone = len(certain) == 1 and exact == certain[0].exact
        return Expression(exact, needs, certain[0].spellings if alone else None)

    def step(self) -> str:
        step = _STEP
        while True:
            dots = next((dots for dots in self.gaps if self.source.startswith(dots, self.at)), None)
            if dots:
                step, self.at = self.gaps[dots], self.at + len(dots)
            elif self.peek() == " ":
                self.at += 1
            else:
                return step

    def item(self) -> tuple[Expression | None, bool]:
        atoms: list[Expression] = []
        while (sign := self.peek()) not in ("", " ", "|", ")", "?") and not self.source.startswith("..", self.at):
            atoms.append(self.atom(sign))
        optional = bool(atoms) and self.peek() == "?"
        if optional and len(atoms) > 1 and self.source[self.at - 1] == ")":
            raise ValueError(f"write out both words instead of a part that may be left out, in {self.source!r}")
        self.at += optional
        return (_joined(atoms) if atoms else None), optional

    def atom(self, sign: str) -> Expression:
        self.at += 1
        if sign == "(":
            return self.alternatives(")")
        if sign == "{":
            return self.word_class()
        if sign == "[":
            letters, closed, _ = self.source[self.at :].partition("]")
            if not closed or not _LETTERS.fullmatch(letters):
                raise ValueError(f"write the letters one may be between [ and ], as in [sz], in {self.source!r}")
            self.at, letters = self.at + len(letters) + 1, letters.lower()
            return Expression(f"[{letters}]", (), frozenset(letters))
        if sign in _SIGNS:
            return _SIGNS[sign]
        if run := _LETTERS.match(self.source, self.at - 1):
            self.at, letters = run.end(), run[0].lower()
            return Expression(_heard(letters), (), _spellings(letters))
        raise ValueError(f"{sign!r} is no sign of the phrase language, in {self.source!r} (write it without accents)")

    def word_class(self) -> Expression:
        end = self.source.find("}", self.at)
        name, self.at = self.source[self.at : end], end + 1
        if end < 0 or name not in self.words:
            raise ValueError(f"unknown word class {{{name}}} in {self.source!r}; known are: {', '.join(self.words)}")
        return self.words[name]

    def peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""


@cache
def _words(letters: str) -> Expression:
    """Plain words next to each other; most of a lexicon."""
    needs = tuple(_spellings(word) for word in dict.fromkeys(letters.split(" ")))
    return Expression(_heard(letters).replace(" ", _STEP), needs, needs[0] if len(needs) == 1 else None)


def _heard(letters: str) -> str:
    """Dutch ``cht`` as it sounds: many write gekogt, gebragt, verwagt."""
    return letters.replace("cht", "(?:ch|g)t")


def _spellings(word: str) -> Stems:
    return frozenset({word, word.replace("cht", "gt")})


def _joined(atoms: list[Expression]) -> Expression:
    """Atoms that make up one word."""
    exact = "".join(atom.exact for atom in atoms)
    if len(atoms) == 1 and atoms[0].needs:
        return atoms[0]
    spellings = frozenset({""})
    for atom in atoms:
        parts = atom.spellings or _OPEN
        if len(spellings) * len(parts) > _MOST_SPELLINGS:
            parts = _OPEN
        spellings = frozenset(a if a.endswith("~") and a != "~" else a + b for a, b in product(spellings, parts))
    stems = frozenset(_stem(spelling) for spelling in spellings)
    return Expression(exact, () if "" in stems else (stems,), spellings)


def _one_of(branches: list[Expression]) -> Expression:
    if len(branches) == 1:
        return branches[0]
    exact = _either([*_gathered([branch.exact for branch in branches])])
    spellings: Stems | None = None
    if all(branch.spellings is not None for branch in branches):
        spellings = frozenset().union(*(branch.spellings or _OPEN for branch in branches))
    if any(not branch.needs for branch in branches):
        return Expression(exact, (), spellings)
    ranked = [sorted(branch.needs, key=telling, reverse=True) for branch in branches]
    most = max(map(len, ranked))
    padded = [needs + needs[:1] * (most - len(needs)) for needs in ranked]  # asks no more
    return Expression(exact, tuple(frozenset().union(*needs) for needs in zip(*padded, strict=True)), spellings)


def _gathered(branches: list[str]) -> Iterator[str]:
    """The branches with neighbours of one beginning gathered by first letter, so that fewer are tried in vain."""
    for beginning, run in groupby(branches, _beginning):
        if beginning is None:
            yield from run
            continue
        by_letter: dict[str, list[str]] = {}
        for branch in run:
            word = branch.removeprefix(beginning)
            by_letter.setdefault(word[0], []).append(word[1:])
        words = [letter + _either(rests) for letter, rests in by_letter.items()]
        yield from [beginning + _either(words)] if beginning else words


def _either(branches: list[str]) -> str:
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _beginning(branch: str) -> str | None:
    """What stands before the plain word of a branch: nothing or an open beginning; ``None`` if it is more than that."""
    begun = branch.startswith(_SIGNS["*"].exact)
    beginning = _SIGNS["*"].exact if begun else ""
    return beginning if branch.removeprefix(beginning).isalnum() else None


def _stem(spelling: str) -> str:
    """The longest word of a spelling of which the first or the last letter is known; empty if there is none."""
    words = [word for word in spelling.split(" ") if word and not (word.startswith("~") and word.endswith("~"))]
    longest = max(words, key=lambda word: ("~" not in word, word not in EVERYDAY, len(word)), default="")
    return "" if "~" in longest and len(longest) < 4 else longest


def telling(need: Stems) -> tuple[int, int, int]:
    """How much a need narrows down: no everyday words, no short ones, and few."""
    return -len(need & EVERYDAY), min(len(stem) for stem in need), -len(need)
