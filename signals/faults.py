"""What pydantic finds wrong in a file that people write, in words that say what to do."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_MAPPING = "write keys and their values here, as in name: value"
_LIST = "write a list here, as in [one, another]"
_DATE = "write a date here, as in 2026-01-01"
_IN_PLACE_OF = {
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DATE),
    "missing": "is missing; it has to be given",
    "dict_type": _MAPPING,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "string_type": 'write a text here; what looks like a number, a date or true goes in quotes, as in "1.0"',
}
"""What to say for pydantic's own words, by the type of error."""


Place = tuple[str | int, ...]
"""The keys and numbers that lead to a part of what was read."""


class Misplaced(ValueError):
    """What a look at the whole finds wrong in its parts: each with the place where it is to be mended."""

    def __init__(self, wrong: Sequence[tuple[Place, str]]) -> None:
        super().__init__("; ".join(message for _, message in wrong))
        self.wrong = wrong


def faults_of(error: ValidationError, model: Any) -> Iterator[tuple[Place, str]]:
    """Where something is wrong, and what and what to do, of all that pydantic found in a ``model``."""
    errors = error.errors()
    for found in errors:
        if found["type"] == "too_short" and any(_within(other["loc"], found["loc"]) for other in errors):
            continue  # it is too short for what is told of it already
        cause = found.get("ctx", {}).get("error")
        if isinstance(cause, Misplaced):
            yield from (((*found["loc"], *place), message) for place, message in cause.wrong)
        else:
            yield found["loc"], _told(found, model)


def _within(place: Place, around: Place) -> bool:
    return len(place) > len(around) and place[: len(around)] == around


def _told(found: ErrorDetails, model: Any) -> str:
    match found["type"]:
        case "extra_forbidden":
            return _no_such_key(str(found["loc"][-1]), keys_at(model, found["loc"][:-1]))
        case "union_tag_invalid" if "ctx" in found:
            return f"{_named(found)} is one of {found['ctx']['expected_tags']}"
        case "union_tag_not_found" if "ctx" in found:
            return f"{_named(found)} is missing; it says what this is"
        case "model_type":
            known = keys_at(model, found["loc"])
            return f"{_MAPPING}; known are {', '.join(known)}" if known else _MAPPING
        case kind:
            return _IN_PLACE_OF.get(kind, found["msg"])


def _named(found: ErrorDetails) -> str:
    """The field that says which part of a union it is."""
    return str(found["ctx"]["discriminator"]).strip("'")


def keys_at(model: Any, location: tuple[str | int, ...]) -> list[str]:
    """The keys that may be given at a place of a ``model``; none where that can't be told.

    In a union pydantic puts the name of its part into the location, which no file has.
    """
    places = [model]
    for step in location:
        places = [inner for place in places for inner in _inside(place, step)] or places
    return list(dict.fromkeys(key for place in places for kind in _kinds(place) for key in _fields(kind)))


def meant(written: str, known: Iterable[str]) -> str | None:
    """A question whether it was one of those known, where one is spelled much like what was written."""
    near = get_close_matches(written, known, 1)
    return f"is it {near[0]}?" if near else None


def _no_such_key(key: str, known: list[str]) -> str:
    if question := meant(key, known):
        return f"there is no such key; {question}"
    return f"there is no such key; known are {', '.join(known)}" if known else "there is no such key; take it out"


def _inside(place: Any, step: str | int) -> Iterator[Any]:
    """What may stand under a key or at a number; of a union, the part that is called so."""
    for kind in _kinds(place):
        origin, inner, fields = get_origin(kind), get_args(kind), _fields(kind)
        if origin in (list, tuple, set, frozenset) and isinstance(step, int):
            yield inner[0]
        elif origin is dict and isinstance(step, str):
            yield inner[1]
        elif step in fields:
            yield fields[str(step)]
        elif any(get_origin(field) is Literal and step in get_args(field) for field in fields.values()):
            yield kind


def _kinds(place: Any) -> Iterator[Any]:
    """A type, or each of those it is a union of."""
    if get_origin(place) is Annotated:
        yield from _kinds(get_args(place)[0])
    elif get_origin(place) in (Union, UnionType):
        for part in get_args(place):
            yield from _kinds(part)
    else:
        yield place


def _fields(kind: Any) -> dict[str, Any]:
    """What may be given of each field, by the name it has in files."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return {}
    return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
