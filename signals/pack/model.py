"""What the YAML of triggers may say: the pydantic models of rules and plays."""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from signals.calendar.duration import (
    Duration,
    DurationField,
    FixedLengthField,
    FixedSpanField,
    LengthField,
    SpanField,
)
from signals.faults import Misplaced
from signals.pack.pattern import ChannelName, EvidencePattern, Model, Pattern, Saying

Class = Literal["care", "service", "sales"]

Patterns = Annotated[list[Pattern], Field(min_length=1)]
"""What a rule looks for: without any it would never fire."""


class BeliefRule(Model):
    """Fires when the noisy-or of decaying evidence reaches ``threshold``.

    With ``fades`` as evidence every piece halves on its own after ``half_life``; as belief what is believed halves.
    Below ``ends_below`` the episode is over, before its length has passed.
    """

    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.7
    ends_below: Annotated[float, Field(gt=0, lt=1)] | None = None
    half_life: FixedLengthField = Duration(days=30)
    fades: Literal["evidence", "belief"] = "evidence"
    evidence: Annotated[list[EvidencePattern], Field(min_length=1)]
    against: list[Pattern] = Field([])

    @model_validator(mode="after")
    def _ends_lower(self) -> "BeliefRule":
        if self.ends_below is not None and self.ends_below >= self.threshold:
            raise ValueError("an episode ends below a belief that is lower than its threshold")
        return self


class CountRule(Model):
    """Fires at the ``at_least``-th match about one key within the window, then counts anew; so does what ``ends``.

    ``who`` (a condition) says for whom: it is asked when enough has matched, which may be before who it is was known.
    """

    of: Patterns
    ends: list[Pattern] = Field([])
    at_least: Annotated[int, Field(ge=1)] = 1
    within: FixedSpanField | None = None
    who: str | None = None
    saw: Saying

    @model_validator(mode="after")
    def _window_given(self) -> "CountRule":
        if self.at_least > 1 and self.within is None:
            raise ValueError("a count of more than one needs a window: within")
        return self


REMEMBERED = ("product", "form", "competitor", "policy")
"""The fields of what started that are remembered until it falls due."""


class AbsenceRule(Model):
    """Fires when something started was not ended in time.

    In time is ``within`` after the start, or ``before`` the moment ``due`` gives: an expression, in which ``about`` is
    what the start is about. One that asks nothing else of the start follows from all that is known of a customer, so
    it is asked again when two turn out to be one. An end without a key ends all that was started. ``still`` must hold
    when it falls due; ``again`` repeats it at that interval; ``stands`` keeps what fired when the end comes too late;
    ``missed`` says what to do when the moment had passed already at the start: skip it, or fire at once unless it did.
    """

    starts: Patterns
    ends: list[Pattern] = Field([])
    within: SpanField | None = None
    due: str | None = None
    before: SpanField | None = None
    still: str | None = None
    again: LengthField | None = None
    stands: bool = False
    missed: Literal["fire", "skip"] = "fire"
    saw: Saying

    @model_validator(mode="after")
    def _deadline_given(self) -> "AbsenceRule":
        if (self.within is None) == (self.due is None):
            raise ValueError("an absence needs exactly one of within and due")
        if self.before is not None and self.due is None:
            raise ValueError("before says how long before due: without due it says nothing")
        return self


class SequenceRule(Model):
    """Fires when the steps happen one after another about one key, all before ``until`` or ``within`` of the first."""

    steps: Annotated[list[Pattern], Field(min_length=2)]
    within: FixedSpanField | None = None
    until: str | None = None
    saw: Saying

    @model_validator(mode="after")
    def _limit_given(self) -> "SequenceRule":
        if (self.within is None) == (self.until is None):
            raise ValueError("a sequence needs exactly one of within and until")
        return self


class CalendarRule(Model):
    """Fires for every customer of whom ``who`` holds at a moment of a season's calendar."""

    season: str
    moment: str
    who: str
    spread: FixedSpanField | None = None
    saw: Saying


class MarketRule(Model):
    """Fires for every customer of whom ``who`` holds when news about a product they hold comes out.

    News stays current for ``current``, so that someone who buys later is matched against it too.
    """

    news: str = Field(alias="if")
    who: str
    current: FixedLengthField = Duration(days=30)
    saw: Saying


class GuardRule(Model):
    """Sets a guard that vetoes sales: from ``sets`` until ``clears`` plus ``lingers``, or for ``lasts``.

    With ``household`` it then holds for everybody who is linked as living together.
    """

    sets: Patterns
    clears: list[Pattern] = Field([])
    lasts: LengthField | None = None
    lingers: LengthField | None = None
    household: bool = False
    saw: Saying

    @model_validator(mode="after")
    def _ends(self) -> "GuardRule":
        if self.lasts is None and not self.clears:
            raise ValueError("a guard needs lasts or clears, or it would stand for ever")
        return self


class Window(Model):
    """When to contact, relative to the day of the event where that is known, else to the moment it fired."""

    opens: DurationField | None = None
    best: DurationField | None = None
    closes: DurationField

    @model_validator(mode="after")
    def _in_order(self) -> "Window":
        moments = [shown for shown in (self.opens, self.best, self.closes) if shown is not None]
        if any(later.sooner_than(earlier) for earlier, later in pairwise(moments)):
            raise ValueError("a window opens, is best and closes in this order; here one comes before the other")
        if self.opens is None and not Duration().sooner_than(self.closes):
            raise ValueError("where the day of the event isn't known nothing is left of this window: say when it opens")
        return self


class Play(Model):
    """What to do about a trigger."""

    name: str | None = None
    channels: Annotated[list[ChannelName], Field(min_length=1)]
    desk: str = "service"
    window: Window
    urgency: Annotated[float, Field(ge=0, le=1)] = 0.5
    minimum_probability: Annotated[float, Field(ge=0, le=1)] = 0.0
    minimum_value: float = 0.0
    conversation: str | None = None
    """Recommendations of one conversation are one contact when they come within a week of each other."""
    social_consent: bool = False
    held_out: bool | None = None
    withdrawn_by: list[Pattern] = Field([])
    why: Saying
    say: Saying
    show: Saying | None = None
    """What the site may show the customer about it when they visit, word for word; without it nothing is shown."""

    @field_validator("show")
    @classmethod
    def _word_for_word(cls, show: Saying | None) -> Saying | None:
        if show is not None and "{" in show.en + show.nl:
            raise ValueError("it is shown word for word: nothing is filled in between braces")
        return show


class PackTest(Model):
    """One of a pack's own tests: events in short form, and what must fire (an empty list: nothing).

    ``season`` names the calendar a test of a trigger for every season is about.
    """

    name: str
    season: str | None = None
    given: list[dict[str, Any]]
    until: str | None = None
    expect: list[str | dict[str, Any]]

    @model_validator(mode="after")
    def _named(self) -> "PackTest":
        if not all("trigger" in entry for entry in self.expect if isinstance(entry, dict)):
            raise ValueError("what is expected names its trigger, as in {trigger: life_event.move, reason: RELEASED}")
        return self


_KINDS = ("belief", "count", "absence", "sequence", "calendar", "market", "guard")


class Trigger(Model):
    """One trigger: exactly one kind of condition, the play it offers, and its own tests.

    ``no_sales``: so long after it fired nobody sells to the customer, as under a guard, unless it turns out untrue.
    """

    about: str
    class_: Class = Field(alias="class")
    belief: BeliefRule | None = None
    count: CountRule | None = None
    absence: AbsenceRule | None = None
    sequence: SequenceRule | None = None
    calendar: CalendarRule | None = None
    market: MarketRule | None = None
    guard: GuardRule | None = None
    variant: str | None = None
    episode: LengthField | None = None
    per_key: bool = False
    family: str | None = None
    no_sales: LengthField | None = None
    play: Play
    tests: list[PackTest] = Field([])

    @model_validator(mode="after")
    def _one_kind(self) -> "Trigger":
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"a trigger has exactly one of {', '.join(_KINDS)}; found {', '.join(given) or 'none'}")
        if self.guard is not None and self.no_sales is not None:
            raise Misplaced([(("no_sales",), "a guard keeps sales away by itself, as long as it lasts and lingers")])
        return self

    @property
    def kind(self) -> str:
        """Which of the kinds this trigger is."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)
