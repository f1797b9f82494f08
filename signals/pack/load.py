"""Loading a pack: from a folder of YAML to checked models, with every problem at once, each with file and line."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from signals.calendar.season import SeasonCalendar, parse_season
from signals.calendar.season_version import Season
from signals.faults import faults_of, meant
from signals.folders import digest_of
from signals.pack.document import Document, PackError
from signals.pack.gathering import Dropped, Gathering, Misspelt
from signals.pack.header import PackHeader
from signals.pack.model import Trigger
from signals.pack.places import Known, mistakes
from signals.pack.products import Products
from signals.pack.unread import unread
from signals.text.lexicon import LexiconError, read_lexicon

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
    products: Products
    dropped: Dropped = frozenset()
    extended: "PackFiles | None" = None

    def mistakes_of(self, name: str, labels: Collection[str] | None, triggers: Collection[str] | None) -> list[str]:
        """What is wrong in a trigger that can be read: what it asks, and what texts should say and which triggers there
        are (if that is known)."""
        document, location = self.where[name]
        products = self.products if self.written_for(document) is self else None
        known = Known(labels, self.header.fields, self.seasons, triggers, products)
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
        gathering = Gathering({}, problems)
        for document in own:
            gathering.take_over(document, frozenset())
        for document in _documents(folder / "calendars", problems):
            _take_season(document, {}, problems)
        raise PackError([*error.problems, *problems, *unread(folder)]) from None
    named = not problems
    calendars = list(_documents(folder / "calendars", problems))
    seasons = _seasons(header_file, calendars, header, parent, problems)
    below, dropped = (parent.documents, parent.dropped) if parent else ([], frozenset())
    gathering = Gathering({name: _product(header, one.latest.product) for name, one in seasons.items()}, problems)
    for document in below:
        gathering.take_over(document, dropped)
    dropped |= gathering.drop(header_file, header.drop, below)
    for document in own:
        gathering.take(document, own, _misspelt(calendars, parent))
    triggers, where = gathering.triggers, gathering.where
    names = [*triggers, *gathering.unread]
    products = Products(header.products, header.product_endings)
    problems += [*_unopened(calendars, names), *_unused_labels(header_file, products), *unread(folder)]
    folders = [*(parent.folders if parent else []), folder]
    try:
        lexicon = _lexicon_of(header_file)
    except PackError as error:
        raise PackError([*error.problems, *problems]) from None
    digest = digest_of([*(one for one in lexicon if one.parent not in folders), *folders])
    documents = [*below, *own]
    files = PackFiles(header, triggers, where, seasons, lexicon, digest, folders, documents, products, dropped, parent)
    if problems:
        labels, unspoken = _labels(lexicon)
        found = [problem for name in triggers for problem in files.mistakes_of(name, labels, names if named else None)]
        raise PackError(list(dict.fromkeys([*problems, *unspoken, *found])))
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
        if below is not None and _lexicon_of(_header_file(below), reading):
            leave_it = "leave it out: the words of what a pack extends are its own"
            raise PackError([document.problem(("lexicon",), leave_it)])
        below = _beside(document, "lexicon", header.lexicon, reading)
    own = folder / "lexicon"
    return [*(_lexicon_of(_header_file(below), reading) if below is not None else []), *([own] if own.is_dir() else [])]


def _documents(folder: Path, problems: list[str]) -> Iterator[Document]:
    for path in sorted(folder.glob("*.yaml")):
        try:
            yield Document(path)
        except PackError as error:
            problems += error.problems


def _seasons(
    header_file: Document, own: list[Document], header: PackHeader, parent: PackFiles | None, problems: list[str]
) -> dict[str, SeasonCalendar]:
    """The calendars of a pack: its own and those of what it extends, or the ones its header names."""
    seasons = dict(parent.seasons) if parent else {}
    taken: dict[str, Document] = {}
    for document in own:
        name = _take_season(document, seasons, problems)
        if name is not None and (other := taken.setdefault(name, document)) is not document:
            problems.append(document.problem(("name",), f"{name} stands in {other.path.name} already; keep one"))
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


def _take_season(document: Document, seasons: dict[str, SeasonCalendar], problems: list[str]) -> str | None:
    """Add a document's calendar; returns its name, where it can be used."""
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
        return calendar.name
    return None


def _misspelt(own: list[Document], parent: PackFiles | None) -> Misspelt:
    """What tells a misspelt calendar; one that is spelled like none of the pack's may be of a pack above this one."""
    told = [str(one.get("name")) for document in own for one in _versions(document) if isinstance(one, dict)]
    known = [*told, *(parent.seasons if parent else ())]
    others = {path.stem for path in (BUILT_IN / "calendars").glob("*.yaml")}
    return lambda name: None if name in known or name in others else meant(name, known)


def _versions(document: Document) -> list[Any]:
    """Of a calendar's document its versions, as written."""
    return document.content if isinstance(document.content, list) else [document.content]


def _unused_labels(header_file: Document, products: Products) -> Iterator[str]:
    """Labels of what no product is called in the pack."""
    for name in header_file.content.get("labels") or ():
        if (known := products.name_of(name)) != name:
            yield header_file.problem(("labels", name), f"the pack calls this product {known}; write that")


def _unopened(calendars: list[Document], triggers: Collection[str]) -> Iterator[str]:
    """The triggers of which a pack's own calendars wait to open an exception, and which it doesn't have."""
    for document in calendars:
        versions = _versions(document)
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
