"""What someone looked at, as words: the address of a page without the site's name, its title, a search, a form."""

import re
from typing import Any
from urllib.parse import unquote

TELLING_TYPES = ("web.viewed", "web.searched", "form.changed")
"""The types of events that tell what someone looked at."""

_SITE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def path_of(data: dict[str, Any]) -> str:
    """The address of a page on its site, with ``%20`` and the like as the signs they stand for; what the site itself
    is called says nothing of the page."""
    address = data.get("url") or data.get("path")
    return unquote(_SITE.sub("", address)) if isinstance(address, str) else ""


def words_of(text: str) -> str:
    """A text in lower case with one space between words, before the first and after the last."""
    return f" {_BETWEEN_WORDS.sub(' ', text.lower()).strip()} "


def plainly(value: Any) -> str:
    """What a value says, laid out as by ``words_of``, camel case apart; of lists and objects all that they hold."""
    if isinstance(value, dict):
        return "".join(plainly(name) + plainly(inner) for name, inner in value.items() if inner)
    if isinstance(value, list):
        return "".join(map(plainly, value))
    return "" if value is None else words_of(_CAMEL.sub(" ", str(value)))


def telling_fields(data: dict[str, Any]) -> tuple[Any, ...]:
    """The fields that ``looked_at`` reads, as they came: in events that are alike here it reads the same."""
    return data.get("url") or data.get("path"), data.get("title"), data.get("query"), data.get("form")


def looked_at(data: dict[str, Any]) -> list[str]:
    """The texts that tell what a page view, a search or a step in a form was about."""
    others = (data.get("title"), data.get("query"), data.get("form"))
    return [path_of(data), *(text for text in others if isinstance(text, str))]
