"""The triggers that the documents of a pack write down, and of what it extends those that it wants."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from signals.faults import Place, faults_of, meant
from signals.pack.document import Document
from signals.pack.model import Trigger
from signals.pack.season_triggers import CALENDAR, PRODUCT, for_each_season, unfilled

_NAME = re.compile(r"[^\s|@<>][^\s|<>]*")
"""Rows keep what is under way by a trigger's name, ``|`` and what about; ``@`` begins what is no trigger's."""
_NAMED_SO = "write a trigger's name as in life_event.move, without spaces, | or an @ before it"
_GAPS = f"; of what stands between < and > only {CALENDAR} is filled in"
_NOT_FILLED = f"{CALENDAR} and {PRODUCT} are filled in where a trigger's name has {CALENDAR}, as in season.{CALENDAR}.x"

Dropped = frozenset[tuple[Path, str]]
"""The triggers that a pack left out of what it extends: the file they stand in, and their name."""


Misspelt = Callable[[str], "str | None"]
"""Which calendar was meant by a name, where it is none's."""


class Gathering:
    """Takes one document after another: a trigger takes the place of one of its name from a pack below."""

    def __init__(self, products: Mapping[str, str], problems: list[str]) -> None:
        """``products`` has each calendar's; ``problems`` grows by what can't be used."""
        self.triggers: dict[str, Trigger] = {}
        self.where: dict[str, tuple[Document, Place]] = {}
        self.unread: list[str] = []
        """Those that stand there and can't be used."""
        self._products = products
        self._problems = problems

    def take_over(self, document: Document, dropped: Dropped) -> None:
        """Add the triggers of a document of what the pack extends, less those that were dropped on the way."""
        for name, trigger, location in self._written(document):
            if not dropped.intersection(((document.path, name), (document.path, str(location[0])))):
                self.triggers[name], self.where[name] = trigger, (document, location)

    def drop(self, header: Document, names: Collection[str], over: Collection[Document]) -> Dropped:
        """Leave triggers out of what was taken ``over``, by their names or for every season as they are written."""
        for number, name in enumerate(names):
            found = [one for one in self.triggers if name in (one, self.where[one][1][0])]
            if not found and not any(name in document.content for document in over if document.content):
                says = f"what this pack extends has no trigger {name!r}"
                question = meant(name, self.triggers)
                self._problems.append(header.problem(("drop", number), f"{says}; {question}" if question else says))
            for one in found:
                del self.triggers[one], self.where[one]
        return frozenset((document.path, name) for document in over for name in names)

    def take(self, document: Document, own: Collection[Document], misspelt: Misspelt) -> None:
        """Add the triggers of one of the pack's ``own`` documents; ``misspelt`` asks of the seasons of their tests."""
        for name, trigger, location in self._written(document):
            known = self.where.get(name)
            if known is not None and known[1] == location and known[0] in own:
                self._problems.append(document.problem(location, f"stands in {known[0].path.name} already; keep one"))
            if not _NAME.fullmatch(name):
                self._problems.append(document.problem(location, _NAMED_SO + (_GAPS if "<" in name else "")))
            self.triggers[name], self.where[name] = trigger, (document, location)
        for name, content in document.content.items() if isinstance(document.content, dict) else ():
            if CALENDAR not in name:
                self._problems += (document.problem((name, *place), _NOT_FILLED) for place in unfilled(content))
            for place, season in _seasons_of_tests(content):
                if question := misspelt(season):
                    self._problems.append(
                        document.problem((name, *place), f"there is no calendar {season!r}; {question}")
                    )

    def _written(self, document: Document) -> list[tuple[str, Trigger, Place]]:
        """The triggers of a document and where they stand in it; what can't be used becomes problems."""
        content = document.content or {}
        if not isinstance(content, dict):
            self._problems.append(document.problem((), "write triggers by their names, as a mapping"))
            return []
        found: list[tuple[str, Trigger, Place]] = []
        wrong: dict[str, None] = {}
        for written, rules in content.items():
            for name, own in for_each_season(written, rules, self._products):
                try:
                    found.append((name, Trigger.model_validate(own), (written,)))
                except ValidationError as error:
                    self.unread.append(name)
                    found_wrong = faults_of(error, Trigger)
                    wrong |= {document.problem((written, *place), message): None for place, message in found_wrong}
        self._problems += wrong
        return found


def _seasons_of_tests(content: Any) -> Iterator[tuple[Place, str]]:
    tests = content.get("tests") if isinstance(content, dict) else None
    for number, test in enumerate(tests if isinstance(tests, list) else ()):
        if isinstance(test, dict) and isinstance(season := test.get("season"), str):
            yield ("tests", number, "season"), season
