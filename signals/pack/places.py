"""Where in a trigger its conditions stand and its labels are named, so that each mistake is told in its own place."""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import BaseModel

from signals.calendar.instant import MINUTE
from signals.calendar.season import SeasonCalendar
from signals.faults import meant
from signals.pack.expression import ExpressionError, parse, translated
from signals.pack.fields import Asked, Own, Values, asked_of, types_with
from signals.pack.functions import FUNCTIONS
from signals.pack.model import (
    REMEMBERED,
    AbsenceRule,
    BeliefRule,
    CalendarRule,
    CountRule,
    GuardRule,
    MarketRule,
    SequenceRule,
    Trigger,
)
from signals.pack.page import TELLING_TYPES
from signals.pack.pattern import Pattern
from signals.pack.products import Products
from signals.pack.sentences import left_empty

Place = tuple[str | int, ...]
_CONDITIONS = frozenset({"condition", "key", "each", "due", "who", "still", "until", "news"})
"""The fields of a trigger that hold an expression."""
_MOMENTS = frozenset({"due", "until"})
"""Those of them that give a moment."""


class Known(NamedTuple):
    """What a pack's triggers may name."""

    labels: Collection[str] | None
    """What texts can be read to say; None where that is not known."""
    own: Own
    calendars: Mapping[str, SeasonCalendar]
    triggers: Collection[str] | None
    """None: there may be more than can be read."""
    products: Products | None
    """Those by whose names the trigger was written; None where it was written for another pack."""


def mistakes(trigger: Trigger, known: Known) -> Iterator[tuple[Place, str]]:
    """Every condition of no use, and every field, value, label, calendar or trigger in it that there is not; each with
    its place."""
    labels, own, *_ = known
    for place, part, asked in _parts(trigger.model_copy(update={"tests": []}), (), own, {}):
        for name, field in type(part).model_fields.items():
            text = getattr(part, name)
            if name in _CONDITIONS and isinstance(text, str):
                here = (*place, field.alias or name)
                try:
                    translated(text, FUNCTIONS, *(["about"] if isinstance(part, AbsenceRule) else []))
                except ExpressionError as error:
                    yield here, str(error)
                    continue
                yield from ((here, problem) for problem in (*asked[name].wrong_with(text), *_unknown(text, known)))
                if known.products is not None:
                    yield from ((here, problem) for problem in _misnamed(text, known.products))
                if name in _MOMENTS:
                    yield from ((here, problem) for problem in _no_moment(parse(text).body, text))
        if isinstance(part, Pattern) and part.mention:
            for problem in unsaid(part, labels) if labels is not None else ():
                yield (*place, "mention"), problem
            textless = [type_ for type_ in part.on if type_ not in types_with("text", own)]
            yield from (((*place, "on"), f"{type_} has no text that could mention anything") for type_ in textless)
    fired_by = _asked(getattr(trigger, trigger.kind), own)["variant"]
    if trigger.variant is not None:
        yield from ((("variant",), problem) for problem in fired_by.wrong_with(f"data.{trigger.variant}"))
    yield from left_empty(trigger, fired_by.data)


def _no_moment(node: ast.expr, text: str) -> Iterator[str]:
    """What is wrong with an expression that is to give a moment."""
    if _is_told(node):
        yield f"{text} is a text or a number, and a moment is wanted: write moment({text})"
    for part in ast.walk(node):
        if isinstance(part, ast.BinOp) and any(isinstance(side, ast.Call) for side in (part.left, part.right)):
            for side in (part.left, part.right):
                if isinstance(side, ast.Constant) and isinstance(side.value, int | float) and side.value < MINUTE:
                    yield (
                        f"{ast.unparse(part)} moves the moment by {side.value} milliseconds: take the number out and "
                        "say how long before it, as in before: P30D"
                    )


def _is_told(node: ast.expr) -> bool:
    """Whether an expression is nothing but what an event says in a field."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("data", "item")


def _unknown(text: str, known: Known) -> Iterator[str]:
    """The calendars and triggers in a condition that the pack doesn't have."""
    names: dict[str, Collection[str] | None] = {"calendar": known.calendars, "trigger": known.triggers}
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for kind, given in zip(_NAMING.get(node.func.id, ()), node.args, strict=False):
                all_of = names[kind]
                if all_of is None or not isinstance(given, ast.Constant):
                    continue
                if not any(map(_is_called(str(given.value)), all_of)):
                    yield f"there is no {kind} {given.value!r}; known are {', '.join(all_of) or 'none'}"
            if node.func.id == "season":
                yield from _unknown_phases(node.args, known.calendars)


def _misnamed(text: str, products: Products) -> Iterator[str]:
    """The products in a condition that the pack calls otherwise: no contract would ever be of these."""
    for node in ast.walk(parse(text)):
        for given in _named_products(node):
            name = given.value
            if isinstance(name, str) and "<" not in name and (known := products.name_of(name)) != name:
                yield f"the pack calls this product {known!r}, not {name!r}"


def _named_products(node: ast.AST) -> Iterator[ast.Constant]:
    """The names in a part of a condition that are compared with the pack's own names of products."""
    match node:
        case ast.Call(ast.Name("holds" | "may_concern"), args) | ast.Call(ast.Name("changed_since"), [_, *args]):
            compared: list[ast.expr] = args
        case ast.Compare(left, _, others) if any(map(_gives_product, (left, *others))):
            compared = [one for side in (left, *others) for one in getattr(side, "elts", [side])]
        case _:
            return
    yield from (one for one in compared if isinstance(one, ast.Constant))


def _gives_product(node: ast.expr) -> bool:
    match node:
        case ast.Call(ast.Name("product" | "page_product")):
            return True
    return False


def _unknown_phases(given: list[ast.expr], calendars: Mapping[str, SeasonCalendar]) -> Iterator[str]:
    """The phases after a calendar's name that it doesn't have."""
    name, *phases = (one.value for one in given if isinstance(one, ast.Constant))
    calendar = calendars.get(str(name))
    for phase in phases:
        if calendar is not None and phase not in calendar.phase_names:
            yield f"calendar {name!r} has no phase {phase!r}; it has {', '.join(calendar.phase_names)}"


def _is_called(text: str) -> Callable[[str], bool]:
    """Whether a text names something, or one of what it has per key or product."""
    return lambda name: text == name or text.startswith((f"{name}|", f"{name}."))


_NAMING = {
    "season": ("calendar",),
    "switching": ("calendar",),
    "may_switch": ("calendar",),
    "choose_until": ("calendar", "trigger"),
    "fired": ("trigger",),
    "changed_since": ("trigger",),
    "waits": ("trigger",),
}
"""What the functions of conditions name by their first arguments."""


_NO_LEXICON = "the pack reads no texts: name whose words it reads with in pack.yaml, as in lexicon: insurance-nl"


def unsaid(pattern: Pattern, labels: Collection[str]) -> Iterator[str]:
    """What is wrong with the labels that a pattern names, where texts can be read to say ``labels``."""
    for label in pattern.mention:
        if label not in labels:
            said = meant(label, labels) or (f"known are {', '.join(labels)}" if labels else _NO_LEXICON)
            yield f"the lexicon has no label {label!r}: no text would ever say it; {said}"


def _parts(
    part: object, place: Place, own: Own, around: Mapping[str, Asked]
) -> Iterator[tuple[Place, BaseModel, Mapping[str, Asked]]]:
    """All models within a part, itself first, each with what its conditions may ask."""
    if isinstance(part, BaseModel):
        asked = {**around, **_asked(part, own)}
        yield place, part, asked
        for name, field in type(part).model_fields.items():
            yield from _parts(getattr(part, name), (*place, field.alias or name), own, asked)
    elif isinstance(part, list):
        for number, item in enumerate(part):
            yield from _parts(item, (*place, number), own, around)


def _asked(part: BaseModel, own: Own) -> dict[str, Asked]:
    """What each condition of a part may ask, and the ``variant`` of a trigger of this kind."""
    match part:
        case Pattern():
            return dict.fromkeys(_CONDITIONS, asked_of(_types([part], own), own, part.each)) | {
                "each": asked_of(_types([part], own), own)
            }
        case BeliefRule():
            return {"variant": asked_of(_types(part.evidence, own), own)}
        case GuardRule():
            return {"variant": asked_of(_types(part.sets, own), own)}
        case CountRule():
            return dict.fromkeys(("who", "variant"), asked_of(_types(part.of, own), own))
        case AbsenceRule():
            each = next((one.each for one in part.starts if one.each), None)
            begun = asked_of(_types(part.starts, own), own, each)
            kept = {field: values for field, values in begun.data.items() if field in REMEMBERED}
            return {"due": begun} | dict.fromkeys(("still", "variant"), Asked("what is remembered of the start", kept))
        case SequenceRule():
            return dict.fromkeys(("until", "variant"), asked_of(_types(part.steps, own), own))
        case CalendarRule():
            return dict.fromkeys(("who", "variant"), Asked("the season", {"product": [Values()]}))
        case MarketRule():
            return dict.fromkeys(("news", "who", "variant"), asked_of(["market.changed"], own))
    return {}


def _types(patterns: Iterable[Pattern], own: Own) -> list[str]:
    """The types of events that patterns can match."""
    unnamed = {True: types_with("text", own), False: TELLING_TYPES}
    return [type_ for one in patterns for type_ in one.on or unnamed[bool(one.mention)]]
