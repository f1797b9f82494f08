"""What the engine says of a decision, and the audit log of a deed, in the reader's language.

Records say it in English. Here each saying is known as a pattern with its Dutch; what stands in a gap (a channel, a
trigger, a moment) is named as everywhere on the pages. What nobody translated stays as it was said.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from streams.page.words import Words

_GAP = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"\d+\.\d+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_NAMED = ("channel", "consent", "guard", "class", "field", "product")

Pattern = tuple[re.Pattern[str], str, str]


class Told:
    """Tells in one language; ``sayings`` are the pack's own, English to Dutch; ``evidence``: what each event told."""

    def __init__(
        self, words: Words, sayings: Mapping[str, str], evidence: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._words = words
        self._evidence = evidence
        self._patterns = _compiled(tuple(sorted(sayings.items())))

    def __call__(self, text: str) -> str:
        """A saying of the engine."""
        for pattern, english, dutch in self._patterns:
            if found := pattern.fullmatch(text):
                template = english if self._words.language == "en" else dutch
                parts = found.groupdict()
                return _GAP.sub(lambda gap, parts=parts: self._part(parts[f"p{gap[1]}"]), template)  # type: ignore[misc]
        return text

    def _part(self, text: str) -> str:
        said = self(text)
        return said if said != text else ", ".join(map(self._name, text.split(", ")))

    def _name(self, code: str) -> str:
        words = self._words
        if code in self._evidence:
            return f"“{self(self._evidence[code])}” ({code})"
        if _MOMENT.fullmatch(code):
            return words.moment(code)
        if _NUMBER.fullmatch(code):
            return words.number(float(code), len(code.partition(".")[2]))
        if days := re.fullmatch(r"P(\d+)D", code):
            return words("season.day") if days[1] == "1" else f"{days[1]} {words('season.days')}"
        for kind in _NAMED:
            if words.knows(f"{kind}.{code}"):
                return words.named(kind, code)
        return words.trigger(code) if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", code) else code


@cache
def _own() -> dict[str, str]:
    return msgspec.json.decode((files(__package__) / "told.json").read_bytes(), type=dict[str, str])


@lru_cache(maxsize=8)
def _compiled(sayings: tuple[tuple[str, str], ...]) -> list[Pattern]:
    """The patterns, those that say most first."""
    found = sorted((_own() | dict(sayings)).items(), key=lambda pair: -len(_GAP.sub("", pair[0])))
    return [(re.compile(_regex(english)), english, dutch) for english, dutch in found]


def _regex(english: str) -> str:
    parts = _GAP.split(english)
    literal = [re.escape(part) if place % 2 == 0 else f"(?P<p{part}>.+?)" for place, part in enumerate(parts)]
    return "".join(literal)
