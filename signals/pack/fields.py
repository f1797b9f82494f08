"""Whether conditions ask of events what events can tell: fields that there are, and values that these may have."""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, get_args

from pydantic import TypeAdapter

from signals.events.catalogue import CATALOGUE
from signals.pack.expression import parse
from signals.text.lexicon import Polarity, Subject, Tense

Fields = dict[str, list["Values"]]
"""Field → what it may hold, once for every type of event that has it."""

Own = Mapping[str, Collection[str]]
"""Type of event → the fields that senders add to it; ``list.field`` is one of what a list holds."""


class Values(NamedTuple):
    """What one field may hold; ``types`` as JSON Schema names them, none of them: anything."""

    types: frozenset[str] = frozenset()
    choices: tuple[str, ...] = ()
    lowest: float = float("-inf")
    highest: float = float("inf")
    inside: Fields | None = None
    """The fields of what a list holds."""

    def allow(self, value: Any, ordered: bool) -> bool:
        """Whether the field can be equal to a value, or be compared with it by order."""
        if not self.types or value is None:
            return True
        if isinstance(value, bool):
            return "boolean" in self.types
        if isinstance(value, str):
            return "string" in self.types and (ordered or not self.choices or value in self.choices)
        return isinstance(value, int | float) and "number" in self.types and self.lowest <= value <= self.highest

    def __str__(self) -> str:
        """What is allowed, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if "number" in self.types and self.lowest > -_UNBOUNDED:
            return f"a number from {self.lowest:g} to {self.highest:g}"
        return " or ".join(_WORDS.get(kind, kind) for kind in sorted(self.types)) or "anything"


_UNBOUNDED = 1e9
_WORDS = {
    "string": "a text",
    "number": "a number",
    "boolean": "True or False",
    "array": "a list",
    "object": "an object",
}


class Asked(NamedTuple):
    """What a condition may ask: the types of events it sees, their fields, and those of each ``item``."""

    who: str
    """Whose fields they are, in words."""
    data: Fields
    item: Fields | None = None
    types: tuple[str, ...] = ()

    def wrong_with(self, text: str) -> Iterator[str]:
        """Every field in a condition that nothing has, and every value that a field never holds.

        Raises ``ExpressionError`` where it is no expression.
        """
        for node in ast.walk(parse(text)):
            match node:
                case ast.Attribute(ast.Name("data"), field) if field not in self.data:
                    own = "; your own go under fields in pack.yaml" if self.types else ""
                    yield f"{self.who} has no field {field!r}; known are {_listed(self.data)}{own}"
                case ast.Attribute(ast.Name("item"), field) if self.item is not None and field not in self.item:
                    own = "; your own go under fields in pack.yaml, as list.field"
                    yield f"what it goes through has no field {field!r}; known are {_listed(self.item)}{own}"
                case ast.Compare():
                    yield from self._never(node)
                case ast.BinOp(left, _, right):
                    yield from self._uncounted((left, right))

    def _never(self, node: ast.Compare) -> Iterator[str]:
        """The values in a comparison that what they are compared with never has."""
        for operator, (left, right) in zip(node.ops, pairwise([node.left, *node.comparators]), strict=True):
            ordered = isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
            for one, other in ((left, right), (right, left)):
                allowed = self._values(one)
                if allowed and not (isinstance(operator, ast.In | ast.NotIn) and one is right):
                    for value in _written(other):
                        if not any(values.allow(value, ordered) for values in allowed):
                            told = " or ".join(dict.fromkeys(map(str, allowed)))
                            yield f"{ast.unparse(one)} is never {value!r}: it is {told}"

    def _uncounted(self, sides: Iterable[ast.expr]) -> Iterator[str]:
        """What is calculated with and is never a number."""
        for side in sides:
            allowed = self._values(side)
            if allowed and not any(not one.types or one.types & _NUMBERS for one in allowed):
                told = " or ".join(dict.fromkeys(map(str, allowed)))
                yield f"nothing can be calculated with {ast.unparse(side)}: it is {told}"

    def _values(self, node: ast.expr) -> list[Values]:
        match node:
            case ast.Attribute(ast.Name("data"), field):
                return self.data.get(field, [])
            case ast.Attribute(ast.Name("item"), field):
                return (self.item or {}).get(field, [])
            case ast.Attribute(ast.Name("mention"), field):
                return [_MENTIONS[field]] if field in _MENTIONS else []
            case ast.Attribute(ast.Name("event"), "type"):
                return [Values(_TEXT, self.types)]
        return []


_TEXT = frozenset({"string"})
_NUMBERS = frozenset({"number", "integer"})
_MENTIONS = {
    field: Values(_TEXT, get_args(words))
    for field, words in (("subject", Subject), ("polarity", Polarity), ("time", Tense))
}


def asked_of(types: Iterable[str], own: Own, each: str | None = None) -> Asked:
    """What may be asked of events of these types, and of the items of the list that a pattern goes through."""
    known = tuple(dict.fromkeys(types))
    data: Fields = {}
    for type_ in known:
        for field, values in _fields_of(type_).items():
            data.setdefault(field, []).append(values)
        for field in own.get(type_, ()):
            data.setdefault(field, []).append(Values())
    return Asked(" or ".join(known), data, _inside(each.strip().removeprefix("data."), data) if each else None, known)


def _inside(field: str, data: Fields) -> Fields | None:
    """The fields of what a list holds; None where nobody knows them all."""
    lists = [values.inside for values in data.get(field, ())]
    if not lists or None in lists:
        return None
    own = {name.removeprefix(f"{field}."): values for name, values in data.items() if name.startswith(f"{field}.")}
    return own | {name: values for inside in lists if inside is not None for name, values in inside.items()}


def types_with(field: str, own: Own) -> list[str]:
    """The types of events that have a field, or whose senders add it."""
    return [type_ for type_ in CATALOGUE if field in _fields_of(type_) or field in own.get(type_, ())]


@lru_cache
def _fields_of(type_: str) -> dict[str, Values]:
    schema = TypeAdapter(CATALOGUE[type_]).json_schema()
    return _of_schema(schema, schema.get("$defs", {}).__getitem__)


def _of_schema(schema: dict[str, Any], named: Callable[[str], dict[str, Any]]) -> dict[str, Values]:
    return {field: _values_of(told, named) for field, told in schema.get("properties", {}).items()}


def _values_of(told: dict[str, Any], named: Callable[[str], dict[str, Any]]) -> Values:
    """Of a field that may be absent, what it is when it is there."""
    there = next((one for one in told.get("anyOf", ()) if one.get("type") != "null"), told)
    if "type" not in there:
        return Values()
    shape = there.get("items", {}).get("$ref", "").rpartition("/")[2]
    inside = {field: [values] for field, values in _of_schema(named(shape), named).items()} if shape else None
    bounds = there.get("minimum", float("-inf")), there.get("maximum", float("inf"))
    return Values(frozenset({there["type"]}), tuple(there.get("enum", ())), *bounds, inside)


def _written(node: ast.expr) -> Iterator[Any]:
    """The values that stand in a condition as they are: one, or those of a list."""
    for element in node.elts if isinstance(node, ast.Tuple | ast.List) else [node]:
        try:
            yield ast.literal_eval(element)
        except (ValueError, TypeError):  # it is worked out when the event is there
            continue


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
