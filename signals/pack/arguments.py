"""What a condition hands to a function as it is written, by the type of the function's parameter."""

from collections.abc import Callable
from typing import Any, NamedTuple, NewType

from signals.pack.page import plainly


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and value > 0 and value is not True


def _is_count(value: object) -> bool:
    return isinstance(value, int) and 0 < value <= _MOST and value is not True


def _is_word(value: object) -> bool:
    return isinstance(value, str) and not plainly(value).isspace()


def _is_part(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _word(written: str) -> str:
    """A word as texts are laid out to be looked through; a space at its end stands for that of a word."""
    return plainly(written).strip() + (" " if written[-1] == " " else "")


Word = NewType("Word", str)
"""The beginning of a word, or of several: a condition may write it in any case and with any separators."""

Part = NewType("Part", str)
"""A part of a text: a condition may write it in any case."""


class Written(NamedTuple):
    """What may stand there, in words, whether something is that, and what the function is given for it."""

    words: str
    fits: Callable[[object], bool]
    read: Callable[[Any], Any] = lambda value: value


_MOST = 1_000
WRITTEN: dict[Any, Written] = {
    str: Written("a quoted text", _is_text),
    Word: Written("a quoted word", _is_word, _word),
    Part: Written("a quoted text", _is_part, str.lower),
    int: Written(f"a whole number from 1 to {_MOST}", _is_count),
    float: Written("a number above 0", _is_number),
}
"""What stands in the condition for a parameter of these types; for any other an event's own values will do."""
