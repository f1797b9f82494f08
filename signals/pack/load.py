"""Loading a pack: from a folder of YAML to checked models, with every problem at once, each with file and line."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from signals.calendar.season import SeasonCalendar, parse_season
from signals.calendar.season_version import Season
from signals.faults import faults_of
from signals.folders import digest_of
from signals.pack.document import Document, PackError
from signals.pack.header import PackHeader
from signals.pack.model import Trigger
from signals.pack.places import Known, mistakes
from signals.pack.season_triggers import for_each_season
from signals.text.lexicon import LexiconError, read_lexicon

_NAME = re.compile(r"[^\s|@][^\s|]*")
"""Rows keep what is under way by a trigger's name, ``|`` and what about; ``@`` begins what is no trigger's."""

BUILT_IN = Path(__file__).parent.parent / "packs"


class PackFiles(msgspec.Struct):
    """A pack as its files say it, before it is compiled for the engine."""

    header: PackHeader
    triggers: dict[str, Trigger]
    where: dict[str, tuple[Document, tuple[str | int, ...]]]
    seasons: dict[str, SeasonCalendar]
    lexicon: list[Path]
    """The folders that say together what texts say: the whole one first, then what each pack over it adds."""
    digest: str
    folders: list[Path]
    documents: list[Document]
    extended: "PackFiles | None" = None

    def mistakes_of(self, name: str, labels: Collection[str] | None) -> list[str]:
        """What is wrong in a trigger that can be read: what it asks, and what texts should say (if that is known)."""
        document, location = self.where[name]
        known = Known(labels, self.header.fields, self.seasons, self.triggers)
        found = mistakes(self.triggers[name], known)
        return [document.problem((*location, *place), message) for place, message in found]

    def written_for(self, document: Document) -> "PackFiles":
        """The pack a document belongs to: this one, or one that it extends."""
        below = self.extended
        return below.written_for(document) if below is not None and document in below.documents else self


def pack_folder(name: str) -> Path:
    """The folder of a pack: a path, or the name of a built-in one; raises ``PackError``."""
    for folder in (Path(name), BUILT_IN / name):
        if (folder / "pack.yaml").is_file():
            return folder
    known = ", ".join(sorted(path.parent.name for path in BUILT_IN.glob("*/pack.yaml")))
    raise PackError([f"there is no pack {name!r}: give a folder with a pack.yaml, or one of {known}"])


def lexicon_folders(name: str) -> list[Path]:
    """The folders of a pack's lexicon, those it builds on first; raises ``PackError`` when there is none."""
    found = _lexicon_of(_header_file(name))
    if not found:
        raise PackError([f"neither the pack {name!r} nor one that it extends or names as its lexicon has one"])
    return found


def load_pack(name: str, extended_by: tuple[Path, ...] = ()) -> PackFiles:
    """Read a pack and what it extends; raises ``PackError`` with all problems."""
    folder = pack_folder(name)
    problems: list[str] = []
    own = list(_documents(folder / "triggers", problems))
    try:
        header_file = _header_file(name)
        header, parent = _header(header_file, (*extended_by, folder.resolve()))
    except PackError as error:
        for document in own:
            _triggers(document, {}, problems)
        for document in _documents(folder / "calendars", problems):
            _take_season(document, {}, problems)
        raise PackError([*error.problems, *problems]) from None
    calendars = list(_documents(folder / "calendars", problems))
    seasons = _seasons(header_file, calendars, header, parent, problems)
    documents = [*(parent.documents if parent else []), *own]
    triggers: dict[str, Trigger] = {}
    where: dict[str, tuple[Document, tuple[str | int, ...]]] = {}
    products = {name: _product(header, season.latest.product) for name, season in seasons.items()}
    for document in documents:
        for name, (trigger, location) in _triggers(document, products, problems).items():
            known = where.get(name)
            if known is not None and known[1] == location and {known[0], document} <= set(own):
                problems.append(document.problem(location, f"stands in {known[0].path.name} already; keep one"))
            if not _NAME.fullmatch(name):
                problems.append(
                    document.problem(
                        location, "write a trigger's name as in life_event.move, without spaces, | or an @ before it"
                    )
                )
            triggers[name], where[name] = trigger, (document, location)
    problems += _unopened(calendars, triggers)
    folders = [*(parent.folders if parent else []), folder]
    try:
        lexicon = _lexicon_of(header_file)
    except PackError as error:
        raise PackError([*error.problems, *problems]) from None
    digest = digest_of([*(one for one in lexicon if one.parent not in folders), *folders])
    files = PackFiles(header, triggers, where, seasons, lexicon, digest, folders, documents, parent)
    if problems:
        labels, unread = _labels(lexicon)
        found = [problem for name in triggers for problem in files.mistakes_of(name, labels)]
        raise PackError(list(dict.fromkeys([*problems, *unread, *found])))
    return files


def _header(document: Document, extending: tuple[Path, ...]) -> tuple[PackHeader, PackFiles | None]:
    """A pack's header over that of what it extends, and what it extends."""
    header = document.check(PackHeader)
    name = _extended(document, header, extending)
    if name is None:
        return header, None
    parent = load_pack(name, extending)
    return header.over(parent.header), parent


def _extended(document: Document, header: PackHeader, extending: tuple[Path, ...]) -> str | None:
    """What a pack extends: a folder beside its own, else a built-in pack; raises ``PackError`` when it can't be."""
    return None if header.extends is None else _beside(document, "extends", header.extends, extending)


def _beside(document: Document, field: str, named: str, extending: tuple[Path, ...]) -> str:
    """The pack that a header's field names: a folder beside its own, else a built-in one; raises ``PackError``."""
    folder = document.path.parent
    beside = folder.parent / named
    name = str(beside) if (beside / "pack.yaml").is_file() and beside != folder else named
    try:
        if pack_folder(name).resolve() in extending:
            verb = "extend" if field == "extends" else "read with the words of"
            raise PackError([f"a pack can't {verb} itself, not even by way of another"])
    except PackError as error:
        raise PackError([document.problem((field,), problem) for problem in error.problems]) from None
    return name


def _header_file(name: str) -> Document:
    return Document(pack_folder(name) / "pack.yaml")


def _lexicon_of(document: Document, reading: tuple[Path, ...] = ()) -> list[Path]:
    """The folders of the lexicon of the pack with this header, those it builds on first: of packs only the headers are
    read."""
    folder = document.path.parent
    header, reading = document.check(PackHeader), (*reading, folder.resolve())
    below = _extended(document, header, reading)
    if header.lexicon is not None:
        if below is not None:
            leave_it = "leave it out: the words of what a pack extends are its own"
            raise PackError([document.problem(("lexicon",), leave_it)])
        below = _beside(document, "lexicon", header.lexicon, reading)
    own = folder / "lexicon"
    return [*(_lexicon_of(_header_file(below), reading) if below is not None else []), *([own] if own.is_dir() else [])]


def _documents(folder: Path, problems: list[str]) -> Iterator[Document]:
    problems += [f"{path}:1: is not read; call it {path.stem}.yaml" for path in sorted(folder.glob("*.yml"))]
    for path in sorted(folder.glob("*.yaml")):
        try:
            yield Document(path)
        except PackError as error:
            problems += error.problems


def _triggers(
    document: Document, products: Mapping[str, str], problems: list[str]
) -> dict[str, tuple[Trigger, tuple[str | int, ...]]]:
    """The triggers of a document and where they stand in it; what can't be used becomes problems."""
    content = document.content or {}
    if not isinstance(content, dict):
        problems.append(document.problem((), "write triggers by their names, as a mapping"))
        return {}
    found: dict[str, tuple[Trigger, tuple[str | int, ...]]] = {}
    wrong: dict[str, None] = {}
    for written, rules in content.items():
        for name, own in for_each_season(written, rules, products):
            try:
                found[name] = Trigger.model_validate(own), (written,)
            except ValidationError as error:
                found_wrong = faults_of(error, Trigger)
                wrong |= {document.problem((written, *place), message): None for place, message in found_wrong}
    problems += wrong
    return found


def _seasons(
    header_file: Document, own: list[Document], header: PackHeader, parent: PackFiles | None, problems: list[str]
) -> dict[str, SeasonCalendar]:
    """The calendars of a pack: its own and those of what it extends, or the ones its header names."""
    seasons = dict(parent.seasons) if parent else {}
    for document in own:
        _take_season(document, seasons, problems)
    if header.calendars is None:
        return seasons
    for document in _documents(BUILT_IN / "calendars", problems):
        if document.path.stem not in seasons:
            _take_season(document, seasons, problems)
    problems += [
        header_file.problem(("calendars", number), f"there is no calendar {name!r}; known are {', '.join(seasons)}")
        for number, name in enumerate(header.calendars)
        if name not in seasons
    ]
    return {name: seasons[name] for name in header.calendars if name in seasons}


def _product(header: PackHeader, name: str) -> str:
    """The pack's name of a calendar's product."""
    return next((own for own, aliases in header.products.items() if name in (own, *aliases)), name)


def _take_season(document: Document, seasons: dict[str, SeasonCalendar], problems: list[str]) -> None:
    content = document.content
    try:
        calendar = parse_season(content)
    except ValidationError as error:
        skipped = 0 if isinstance(content, list) else 1  # a file of one version has no places of versions
        problems += [
            document.problem(place[skipped:], message) for place, message in faults_of(error, tuple[Season, ...])
        ]
    except ValueError as error:
        problems.append(document.problem((), str(error)))
    else:
        seasons[calendar.name] = calendar


def _unopened(calendars: list[Document], triggers: Collection[str]) -> Iterator[str]:
    """The triggers of which a pack's own calendars wait to open an exception, and which it doesn't have."""
    for document in calendars:
        versions = document.content if isinstance(document.content, list) else [document.content]
        for place, version in enumerate(versions):
            within = (place,) if versions is document.content else ()
            for number, opener in enumerate(_openers(version)):
                if opener is not None and opener not in triggers:
                    where = (*within, "exceptions", number, "opened_by")
                    yield document.problem(where, f"there is no trigger {opener!r}; known are {', '.join(triggers)}")


def _openers(version: Any) -> list[Any]:
    """Of each exception of a calendar's version, the trigger that it waits for."""
    exceptions = version.get("exceptions") if isinstance(version, dict) else None
    if not isinstance(exceptions, list):
        return []
    return [one.get("opened_by") if isinstance(one, dict) else None for one in exceptions]


def _labels(lexicon: list[Path]) -> tuple[Collection[str] | None, list[str]]:
    """The labels that texts can be read to say, and what is wrong in the lexicon when they can't."""
    try:
        return (read_lexicon(*lexicon).labels if lexicon else ()), []
    except LexiconError as error:
        return None, str(error).splitlines()
