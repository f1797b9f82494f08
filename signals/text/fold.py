"""Folding: one plain spelling of a text, character for character, so that offsets stay true."""

import unicodedata


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
