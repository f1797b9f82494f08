"""What the YAML of triggers may look for in an event, and the words that all parts of a pack are written in."""

import re
from collections.abc import Collection
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from signals.calendar.duration import SpanField
from signals.calendar.local_clock import zone_named
from signals.events.catalogue import CATALOGUE
from signals.events.shapes import Channel
from signals.pack.page import TELLING_TYPES, words_of


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_listed)]
"""One name or a list of them."""


def _one_of(kind: str, names: Collection[str]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"there is no {kind} {name!r}; known are {', '.join(names)}")
        return name

    return AfterValidator(check)


EventType = Annotated[str, _one_of("event type", CATALOGUE)]
"""A type of event."""

EventTypes = Annotated[list[EventType], BeforeValidator(_listed)]
"""One type of event or a list of them."""

ChannelName = Annotated[str, _one_of("channel", get_args(Channel))]
"""A channel as events name it."""

ZoneName = Annotated[str, AfterValidator(lambda name: zone_named(name).key)]
"""The IANA name of a time zone."""

WORDS = ("about", "count", "events", "competitor", "form", "status", "field", "product", "date")
"""What a sentence may name between braces; all closed fields, never a free text."""
_GAP, _BRACE = re.compile(r"\{(.*?)\}"), re.compile("[{}]")


def _known_words(sentence: str) -> str:
    for word in _GAP.findall(sentence):
        if word not in WORDS:
            raise ValueError(f"nothing is filled in for {{{word}}}; known are {', '.join(WORDS)}")
    if _BRACE.search(_GAP.sub("", sentence)):
        raise ValueError("a brace stands alone; they come in pairs, around the word that is filled in")
    return sentence


Sentence = Annotated[str, AfterValidator(_known_words)]


class Model(BaseModel):
    """A part of a pack: unknown keys are errors, so that a typo never passes silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class Saying(Model):
    """One sentence in both languages of the pack; ``{about}``, ``{product}`` and so on are filled in."""

    en: Sentence
    nl: Sentence


class Pattern(Model):
    """What to look for in one event. At least one of ``on``, ``mention`` and ``telling`` is needed.

    ``on`` names event types; ``mention`` text labels, with ``reading`` saying which ones count; ``telling`` words in
    the address or title of a page, in a search or in the name of a form. ``if`` is a condition on the event, ``key`` an
    expression that says what about (a case, a form, a promise), ``each`` a list in the event to go through as ``item``.
    """

    on: EventTypes = []
    mention: Names = []
    reading: Literal["actionable", "affirmed", "negated", "any"] = "actionable"
    telling: Names = []
    condition: str | None = Field(None, alias="if")
    key: str | None = None
    each: str | None = None

    @model_validator(mode="after")
    def _looks_for_something(self) -> "Pattern":
        if not (self.on or self.mention or self.telling):
            raise ValueError("a pattern needs at least one of on, mention and telling: it would match every event")
        if self.telling and self.mention:
            raise ValueError("a pattern has either mention or telling, not both: write two patterns")
        if not all(words_of(word).strip() for word in self.telling):
            raise ValueError("telling words are made of letters and digits: without any they would be in every page")
        if self.telling and (others := [one for one in self.on if one not in TELLING_TYPES]):
            raise ValueError(f"telling looks at {', '.join(TELLING_TYPES)}; never at {', '.join(others)}")
        return self


class EvidencePattern(Pattern):
    """A pattern that speaks for a belief, by ``weight``; at most ``per_day`` of its kind count on one day.

    With ``due`` (an expression) it speaks only from that moment on, or from ``before`` it, unless it was matched again.
    """

    weight: Annotated[float, Field(gt=0, le=1)]
    per_day: Annotated[int, Field(ge=1)] | None = None
    due: str | None = None
    before: SpanField | None = None
    saw: Saying

    @model_validator(mode="after")
    def _before_what(self) -> "EvidencePattern":
        if self.before is not None and self.due is None:
            raise ValueError("before says how long before due: without due it says nothing")
        return self
