"""Constants in a mapping are held to the catalogue when it is read: every row would be refused for them, later."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from signals.events.catalogue import CATALOGUE, SUBJECT_FIELDS
from signals.events.subject import MARKET, STRENGTH, canonical_subject
from streams.sources.cells import COLUMN, Cell, Each

Place = tuple[str | int, ...]


def wrong_constants(kind: str, data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Every value that ``data`` of a type of event would be made of and its field never has; each with its place."""
    for field, source in data.items():
        yield from (((field, *place), message) for place, message in _of_no_effect(source))
        for place, value in _constants(source):
            if value is not None:
                yield from (((field, *place), message) for message in _refusals(kind, field, place, value))


def wrong_subject(text: object) -> Iterator[str]:
    """What is wrong with the subject of every event that a mapping makes."""
    if not isinstance(text, str):
        return
    kind, colon, _ = text.partition(":")
    if COLUMN.search(text):
        known = (*STRENGTH, MARKET)
        if colon and kind not in known and not COLUMN.search(kind):
            yield f"write a subject as kind:value with a kind out of {', '.join(known)}"
        return
    try:
        canonical_subject(text)
    except ValueError as error:
        yield str(error)


def wrong_template(text: object) -> Iterator[str]:
    """What is wrong with a text in which columns are filled."""
    if isinstance(text, str) and set("{}") & set(COLUMN.sub("", text)):
        yield "a brace stands alone; write a column as {name}"


def _of_no_effect(source: Any) -> Iterator[tuple[Place, str]]:
    """What is said of a value and does nothing to it, for it is not said what it becomes."""
    yield from (((), message) for message in wrong_template(source))
    if isinstance(source, Each):
        for name, inner in source.each.items():
            yield from ((("each", name, *place), message) for place, message in _of_no_effect(inner))
    elif isinstance(source, Cell) and source.values is None:
        said = source.model_fields_set
        if "decimal" in said and source.to != "number":
            yield ("decimal",), "counts only for numbers: add as: number"
        if said & {"format", "zone"} and source.to not in ("date", "time"):
            yield (
                ("format" if "format" in said else "zone",),
                "counts only for dates and times: add as: date or as: time",
            )


def _constants(source: Any) -> Iterator[tuple[Place, Any]]:
    """The values that stand in a mapping as they are, each with its place."""
    if isinstance(source, Each):
        for name, inner in source.each.items():
            yield from ((("each", name, *place), value) for place, value in _constants(inner))
    elif isinstance(source, Cell):
        for key, value in (source.values or {}).items():
            yield ("values", key), value
        yield ("otherwise",), source.otherwise
    elif not (isinstance(source, str) and COLUMN.search(source)):
        yield (), source


def _refusals(kind: str, field: str, place: Place, value: Any) -> Iterator[str]:
    """What the catalogue says of a value in one field of events that have no other."""
    if field in SUBJECT_FIELDS.get(kind, ()):
        yield from wrong_subject(value)
    inner = place[1] if place[:1] == ("each",) else None
    try:
        _shape(kind).validate_python({field: value if inner is None else [{inner: value}]})
    except ValidationError as error:
        where = (field,) if inner is None else (field, 0, inner)
        yield from (found["msg"] for found in error.errors() if found["loc"] == where)


@lru_cache
def _shape(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(CATALOGUE[kind])
