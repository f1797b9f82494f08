"""Folding: one plain spelling of a text, character for character, so that offsets stay true."""

import re
import unicodedata

_UNSEEN = re.compile(r"[\u0300-\u036f\u00ad\u200c\u200d\u2060\ufeff]")
"""Accents that are signs of their own (as some systems write é), and what stands in words without any width."""


_LETTERS = dict(zip("ßẞıœŒæÆøØłŁ", "ssiooaaooll", strict=True))
"""What letters that are no other with an accent are folded to: one for one, so that offsets stay true."""


def _plain(code: int) -> str:
    sign = chr(code)
    if sign in "‘’‚`´":
        return "'"
    if sign in "“”„«»":
        return '"'
    if sign in "–—‐‑−":
        return "-"
    if sign in "€£":
        return "$"
    if sign in "†✝":
        return "_"  # a word of its own, like the one it stands for
    if sign in _LETTERS:
        return _LETTERS[sign]
    letter = unicodedata.normalize("NFKD", sign)[0].lower()
    return letter if letter.isascii() and letter.isalnum() else "*"


class _Table(dict[int, str]):
    """Translation table that learns each character the first time it is met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = chr(code).lower() if code < 128 and code != 96 else _plain(code)
        return folded


_TABLE = _Table()


def fold(text: str) -> str:
    """Lower case without accents, ASCII only (emoji become ``*``), of exactly the same length as ``text``."""
    if text.isascii() and "`" not in text:
        return text.lower()
    return text.translate(_TABLE)


def seen(text: str) -> tuple[str, list[int] | None]:
    """A text without signs that would cut its words in two, and where each sign of it, and its end, stood before.

    None where there was nothing to take out, as in nearly every text.
    """
    if text.isascii() or _UNSEEN.search(text) is None:
        return text, None
    places = [place for place, sign in enumerate(text) if not _UNSEEN.match(sign)]
    return "".join([text[place] for place in places]), [*places, len(text)]
