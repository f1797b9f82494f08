"""Triggers written once for every season: in them ``<calendar>`` and ``<product>`` stand for each calendar's own.

So a pack runs in another market by naming another calendar, and ``season.<calendar>.opening`` becomes
``season.medicare_us.opening`` there. Of their tests those run that are marked with the calendar's name: ``season: …``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

CALENDAR, PRODUCT = "<calendar>", "<product>"


def for_each_season(name: str, content: Any, products: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """A trigger's name and content as it stands, or once per calendar; ``products`` has each calendar's product."""
    if CALENDAR not in name:
        yield name, content
        return
    for calendar, product in products.items():
        written = _filled(content, {CALENDAR: calendar, PRODUCT: product})
        if isinstance(written, dict) and isinstance(written.get("tests"), list):
            written["tests"] = [test for test in written["tests"] if _is_of(test, calendar)]
        yield name.replace(CALENDAR, calendar), written


def unfilled(content: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where a trigger that is no calendar's speaks of its calendar or product."""
    if isinstance(content, str):
        if CALENDAR in content or PRODUCT in content:
            yield place
        return
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for step, one in inner:
        yield from unfilled(one, (*place, step))


def _filled(content: Any, words: Mapping[str, str]) -> Any:
    if isinstance(content, dict):
        return {_filled(key, words): _filled(value, words) for key, value in content.items()}
    if isinstance(content, list):
        return [_filled(value, words) for value in content]
    if isinstance(content, str):
        for gap, word in words.items():
            content = content.replace(gap, word)
    return content


def _is_of(test: Any, calendar: str) -> bool:
    return not isinstance(test, dict) or test.get("season") in (None, calendar)
