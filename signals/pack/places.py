"""Where in a trigger its conditions stand and its labels are named, so that each mistake is told in its own place."""

import ast
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import BaseModel

from signals.pack.expression import ExpressionError, parse, translated
from signals.pack.fields import Asked, Values, asked_of, types_with
from signals.pack.functions import FUNCTIONS
from signals.pack.model import (
    REMEMBERED,
    AbsenceRule,
    CalendarRule,
    CountRule,
    MarketRule,
    Pattern,
    SequenceRule,
    Trigger,
)
from signals.pack.page import TELLING_TYPES

Place = tuple[str | int, ...]
_CONDITIONS = frozenset({"condition", "key", "each", "due", "who", "still", "until", "news"})
"""The fields of a trigger that hold an expression."""


Own = Mapping[str, Iterable[str]]
"""Type of event → the fields that senders add to it."""


class Known(NamedTuple):
    """What a pack's triggers may name."""

    labels: Container[str] | None
    """What texts can be read to say; None where that is not known."""
    own: Own
    calendars: Iterable[str]
    triggers: Iterable[str]


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
                    translated(text, FUNCTIONS)
                except ExpressionError as error:
                    yield here, str(error)
                    continue
                yield from ((here, problem) for problem in (*asked[name].wrong_with(text), *_unknown(text, known)))
        for problem in unsaid(part, labels) if isinstance(part, Pattern) and labels is not None else ():
            yield (*place, "mention"), problem
    variant = trigger.variant
    if variant is not None:
        yield from ((("variant",), problem) for problem in _fired_by(trigger, own).wrong_with(f"data.{variant}"))


def _unknown(text: str, known: Known) -> Iterator[str]:
    """The calendars and triggers in a condition that the pack doesn't have."""
    names = {"calendar": known.calendars, "trigger": known.triggers}
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for kind, given in zip(_NAMING.get(node.func.id, ()), node.args, strict=False):
                if isinstance(given, ast.Constant) and not any(map(_is_called(str(given.value)), names[kind])):
                    yield f"there is no {kind} {given.value!r}; known are {', '.join(names[kind]) or 'none'}"


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


def unsaid(pattern: Pattern, labels: Container[str]) -> Iterator[str]:
    """What is wrong with the labels that a pattern names, where texts can be read to say ``labels``."""
    for label in pattern.mention:
        if label not in labels:
            yield f"the lexicon has no label {label!r}: no text would ever say it"


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
    """What each condition of a part may ask."""
    match part:
        case Pattern():
            return dict.fromkeys(_CONDITIONS, asked_of(_types([part]), own, part.each)) | {
                "each": asked_of(_types([part]), own)
            }
        case CountRule():
            return {"who": asked_of(_types(part.of), own)}
        case AbsenceRule():
            begun = asked_of(_types(part.starts), own, next((one.each for one in part.starts if one.each), None))
            kept = {field: values for field, values in begun.data.items() if field in REMEMBERED}
            return {"due": begun, "still": Asked("what is remembered of the start", kept)}
        case SequenceRule():
            return {"until": asked_of(_types(part.steps), own)}
        case CalendarRule():
            return {"who": Asked("the season", {"product": [Values()]})}
        case MarketRule():
            return dict.fromkeys(("news", "who"), asked_of(["market.changed"], own))
    return {}


def _fired_by(trigger: Trigger, own: Own) -> Asked:
    """What may be asked of the events on which a trigger fires."""
    rule = getattr(trigger, trigger.kind)
    patterns: list[Pattern] = next((found for name in _FIRING if (found := getattr(rule, name, None))), [])
    return asked_of(_types(patterns) if patterns else ["market.changed"], own)


_FIRING = ("of", "starts", "steps", "evidence", "sets")
"""Under which names the kinds of triggers have their patterns."""


def _types(patterns: Iterable[Pattern]) -> list[str]:
    """The types of events that patterns can match."""
    return [type_ for one in patterns for type_ in one.on or (types_with("text") if one.mention else TELLING_TYPES)]
