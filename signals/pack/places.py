"""Where in a trigger its conditions stand and its labels are named, so that each mistake is told in its own place."""

from collections.abc import Container, Iterator

from pydantic import BaseModel

from signals.pack.expression import ExpressionError, translated
from signals.pack.functions import FUNCTIONS
from signals.pack.model import Pattern, Trigger

Place = tuple[str | int, ...]
_CONDITIONS = frozenset({"condition", "key", "each", "due", "who", "still", "until", "news"})
"""The fields of a trigger that hold an expression."""


def mistakes(trigger: Trigger, labels: Container[str]) -> Iterator[tuple[Place, str]]:
    """Every condition of no use, and every label that texts can't be read to say; each with its place."""
    for place, part in _parts(trigger.model_copy(update={"tests": []}), ()):
        for name, field in type(part).model_fields.items():
            text = getattr(part, name)
            if name in _CONDITIONS and isinstance(text, str):
                try:
                    translated(text, FUNCTIONS)
                except ExpressionError as error:
                    yield (*place, field.alias or name), str(error)
        for problem in unsaid(part, labels) if isinstance(part, Pattern) else ():
            yield (*place, "mention"), problem


def unsaid(pattern: Pattern, labels: Container[str]) -> Iterator[str]:
    """What is wrong with the labels that a pattern names, where texts can be read to say ``labels``."""
    for label in pattern.mention:
        if label not in labels:
            yield f"the lexicon has no label {label!r}: no text would ever say it"


def _parts(part: object, place: Place) -> Iterator[tuple[Place, BaseModel]]:
    """All models within a part, itself first."""
    if isinstance(part, BaseModel):
        yield place, part
        for name, field in type(part).model_fields.items():
            yield from _parts(getattr(part, name), (*place, field.alias or name))
    elif isinstance(part, list):
        for number, item in enumerate(part):
            yield from _parts(item, (*place, number))
