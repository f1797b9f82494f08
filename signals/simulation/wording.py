"""How customers put it: sentences with gaps to fill, greetings, and slips of the pen."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from signals.calendar.instant import Instant
from signals.calendar.local_clock import LocalClock
from signals.simulation.population import Person
from signals.yaml_text import YamlText

_GAP = re.compile(r"\{(\w+)\}")
_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_WRITTEN = ("email", "letter", "form")
_SPOKEN = ("chat", "app", "whatsapp")


def load_yaml(name: str) -> Any:
    """The parsed content of a file of this package."""
    return YamlText(files(__package__).joinpath(name).read_text(encoding="utf-8")).content


@cache
def wording() -> dict[str, Any]:
    """The sentences, pages and names of everyday life; see ``wording.yaml``."""
    content: dict[str, Any] = load_yaml("wording.yaml")
    return content


def pick(random: Random, name: str) -> str:
    """One of the everyday words kept under that name."""
    return str(random.choice(wording()[name]))


def in_language(sentences: Mapping[str, Any], person: Person) -> Any:
    """The sentences in the person's language, Dutch where there are none."""
    return sentences.get(person.language) or sentences["nl"]


def said_too(sentence: str) -> list[str]:
    """The triggers of what a sentence says beside what it was chosen for."""
    also: Mapping[str, list[str]] = wording()["says_too"]
    return [trigger for trigger, parts in also.items() if any(part in sentence for part in parts)]


def fill(template: str, random: Random, language: str, clock: LocalClock, about: Instant) -> str:
    """The sentence with its gaps filled; days and months are those of the moment it is ``about``."""
    if "{" not in template:
        return template
    day = date.fromordinal(clock.ordinal(about))

    def word(match: re.Match[str]) -> str:
        gap = match[1]
        if gap == "month":
            return _month(day.month, "en") if language == "en" else f"in {_month(day.month, 'nl')}"
        if gap == "date":
            return _date(day.day, day.month, language, random)
        if gap == "day_of_event":
            return day.isoformat()
        return pick(random, _PLURALS[gap])

    return _GAP.sub(word, template).replace("in in ", "in ")


def compose(sentences: Sequence[str], person: Person, channel: str, random: Random) -> str:
    """A message of these sentences as that person writes it in that channel, slips of the pen included."""
    parts = list(sentences)
    if random.random() < 0.3:
        parts.append(random.choice(in_language(wording()["small_talk"], person)))
    if channel in _WRITTEN:
        parts.insert(0, random.choice(in_language(wording()["greetings"], person)))
        closing = random.choice(in_language(wording()["closings"], person))
        parts.append(closing.replace("{name}", pick(random, "names")))
    text = " ".join(parts)
    if channel in _SPOKEN and random.random() < 0.5:
        text = text.lower().rstrip(".")
    if random.random() < person.typo_share:
        text = _with_slip(text, random)
    return text


_PLURALS = {
    "city": "cities",
    "street": "streets",
    "name": "names",
    "car": "cars",
    "country": "countries",
    "trade": "trades",
    "rival": "rivals",
}


def _month(month: int, language: str) -> str:
    return _MONTHS[language].split()[month - 1]


def _date(day: int, month: int, language: str, random: Random) -> str:
    name = _month(month, "en" if language == "en" else "nl")
    if language == "en":
        return random.choice((f"{day} {name}", f"{name} {day}"))
    return random.choice((f"{day} {name}", f"{day} {name}", f"{day}-{month}", f"{day} {name[:3]}"))


def _with_slip(text: str, random: Random) -> str:
    """Two neighbouring letters swapped, or one left out or doubled."""
    at = random.randrange(max(1, len(text) - 2))
    slip = random.random()
    if slip < 0.4:
        return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if slip < 0.75 else text[:at] + text[at : at + 1] + text[at:]
