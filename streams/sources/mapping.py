"""Mapping files: how the rows of another system's export become our events, declared in YAML.

A mapping names the columns an event is made of. A text is a template: ``customer:{CustomerID}`` puts the value of a
column in, a text without braces is a constant. Where a value must be converted, ``column`` says which and ``as`` what
it becomes. See ``tests/realdata/*.yaml`` for whole examples.
"""

import codecs
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from signals.events.catalogue import CATALOGUE, WITHOUT_SUBJECT, required_fields
from signals.faults import meant
from signals.pack.document import Document, PackError
from streams.sources.cells import COLUMN, Cell, Each, Source, Strict, Zone
from streams.sources.constants import Place, wrong_constants, wrong_subject, wrong_template


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"encoding {name!r} is unknown; write for example utf-8 or cp1252") from None
    return name


def _event_type(name: str) -> str:
    if name not in CATALOGUE:
        raise ValueError(f"{name!r} is no type of event; " + (meant(name, CATALOGUE) or "see `signals schema events`"))
    return name


Encoding = Annotated[str, AfterValidator(_encoding)]
EventType = Annotated[str, AfterValidator(_event_type)]
"""A type of the catalogue."""


class EventOf(Strict):
    """How one event is made of a row.

    ``only`` and ``unless`` name columns with the values at which it is made, or not made: it is when every column of
    ``only`` has one of its values and no column of ``unless`` has.
    """

    type: EventType
    source: str
    id: str
    subject: Source | None = None
    time: Source
    data: dict[str, Source] = Field(default_factory=dict)
    only: dict[str, list[str]] = Field(default_factory=dict)
    unless: dict[str, list[str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        check_required(self.type, self.data)
        if self.subject is None and self.type not in WITHOUT_SUBJECT:
            raise ValueError(f"{self.type} needs a subject")
        return self


def check_required(kind: str, data: Container[str]) -> None:
    """Raise ``ValueError`` when an event of this type would lack ``data`` that it must have."""
    if missing := [f"data.{field}" for field in required_fields(kind) if field not in data]:
        raise ValueError(f"{kind} needs {', '.join(missing)}")


class Mapping(Strict):
    """A mapping file: how rows are read, and the events each of them makes.

    ``group``: consecutive rows with the same values in these columns belong together and make one event.
    """

    read: Literal["csv", "jsonl", "mbox"] = "csv"
    encoding: Encoding = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    zone: Zone = "Europe/Amsterdam"
    group: list[str] = Field(default_factory=list)
    events: list[EventOf] = Field(min_length=1)

    def columns(self) -> Iterator[str]:
        """Every column the mapping speaks of."""
        yield from self.group
        for event in self.events:
            yield from [*event.only, *event.unless]
            yield from _columns([event.id, event.source, event.subject, event.time, *event.data.values()])


EXPORTS = Path(__file__).parent / "exports"
"""The mapping files that come with us."""


def _columns(sources: Iterable[Any]) -> Iterator[str]:
    for source in sources:
        if isinstance(source, str):
            yield from COLUMN.findall(source)
        elif isinstance(source, Cell):
            yield source.column
        elif isinstance(source, Each):
            yield from [source.of] if source.of else _columns(source.each.values())


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file, or the one that comes with us by that name (``calls``, ``mailbox``, ``mentions``).

    Raises ``PackError`` with one ``file:line: field: problem`` for each thing to mend.
    """
    own = EXPORTS / f"{path}.yaml"
    document = Document(own if not path.exists() and own.exists() else path)
    mapping = document.check(Mapping)
    problems = [
        document.problem(("events", number, *place), message)
        for number, event in enumerate(mapping.events)
        for place, message in _never_events(event)
    ]
    if problems:
        raise PackError(problems)
    return mapping


def _never_events(event: EventOf) -> Iterator[tuple[Place, str]]:
    """Every constant with which none of the rows could become this event; each with its place."""
    if not COLUMN.search(event.id):
        yield ("id",), "has no column in it: all rows but the first would be duplicates"
    yield from ((("subject",), message) for message in wrong_subject(event.subject))
    for field in ("id", "source", "subject", "time"):
        yield from (((field,), message) for message in wrong_template(getattr(event, field)))
    yield from ((("data", *place), message) for place, message in wrong_constants(event.type, event.data))
