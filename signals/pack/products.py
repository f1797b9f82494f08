"""What a pack calls its products, whatever sources call them, and which of them a text names."""

import re
from collections.abc import Mapping, Sequence

_BETWEEN_WORDS = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W_]+")
_KNOWN_AT_MOST = 10_000


class Products:
    """The products of a pack by all their names.

    Each name also stands with each of the ``endings`` (auto, autoverzekering; car, car insurance). Case and what
    separates words make no difference.
    """

    def __init__(self, names: Mapping[str, Sequence[str]], endings: Sequence[str]) -> None:
        self._names: dict[str, str] = {}
        for product, aliases in names.items():
            for alias in map(in_plain_writing, (product, *aliases)):
                for written in (alias, *(f"{alias}{joint}{ending}" for ending in endings for joint in ("", "_"))):
                    self._names.setdefault(written, product)
        self._known: dict[str, str] = {}

    def name_of(self, text: str) -> str:
        """The pack's name of a product; one that the pack doesn't know keeps its own, in plain writing."""
        name = self._known.get(text)
        if name is None:
            plain = in_plain_writing(text)
            name = self._names.get(plain, plain)
            if len(self._known) < _KNOWN_AT_MOST:
                self._known[text] = name
        return name

    def knows(self, text: str) -> bool:
        """Whether a text is one of the names of a product of the pack."""
        return in_plain_writing(text) in self._names

    def named_in(self, text: str) -> list[str]:
        """The products whose names are words of a text, in the order of the text."""
        return [self._names[word] for word in _WORD.findall(text.lower()) if word in self._names]


def in_plain_writing(text: str) -> str:
    """A name in lower case, its words joined."""
    return _BETWEEN_WORDS.sub("_", text.lower()).strip("_") or text
