"""One dated version of a season, as its YAML file says it."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from signals.calendar.duration import LengthField
from signals.calendar.instant import DAY, HOUR, MINUTE
from signals.calendar.local_clock import zone_named
from signals.calendar.working_days import HolidayRules
from signals.faults import Misplaced, Place

_MOMENT = re.compile(r"(\d\d)-(\d\d)(?:T(\d\d):([0-5]\d))?")
_LEAP_YEAR = 2024


class Phase(BaseModel):
    """A named part of the season: from the first moment of ``from`` to the last of ``to``, both days included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    first: str = Field(alias="from")
    last: str = Field(alias="to")

    _days = field_validator("first", "last")(lambda text: _checked(text, with_time=False))


class Deadline(BaseModel):
    """By when a notice must be sent, received or take effect; ``weekend`` moves it from a day off to a working day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["sent", "received", "effective"]
    at: str
    weekend: Literal["none", "before", "after"] = "none"

    _moment = field_validator("at")(lambda text: _checked(text, with_time=True))


class SeasonException(BaseModel):
    """An event that lets a customer switch outside the season, and for how long.

    ``opened_by`` names the trigger whose firing tells of it, where there is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    starts: Literal["event", "first_of_next_month"] = "event"
    lasts: LengthField
    opened_by: str | None = None
    source: str


class Season(BaseModel):
    """One version of a season calendar, in force for season years that begin on ``valid_from`` or later.

    Days are MM-DD and moments MM-DDTHH:MM on the clock of ``zone``, in the season's order: one before the first phase's
    day lies in the next calendar year. ``switching`` names the phases in which every customer may switch;
    ``choose_until`` is the last day for those who cancelled in time and still have to choose, where that is later than
    for everybody. 29 February is 28 February in common years.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    market: str
    product: str
    zone: str
    valid_from: date
    source: tuple[str, ...] = Field(min_length=1)
    holidays: HolidayRules = HolidayRules()
    phases: tuple[Phase, ...] = Field(min_length=1)
    switching: tuple[str, ...] = Field(min_length=1)
    deadline: Deadline
    moments: Mapping[str, str] = {}
    exceptions: tuple[SeasonException, ...] = ()
    choose_until: str | None = None

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        return zone_named(zone).key

    @field_validator("moments")
    @classmethod
    def _moments_readable(cls, moments: Mapping[str, str]) -> Mapping[str, str]:
        return {name: _checked(text, with_time=True) for name, text in moments.items()}

    @field_validator("choose_until")
    @classmethod
    def _choose_until_readable(cls, text: str | None) -> str | None:
        return None if text is None else _checked(text, with_time=False)

    @model_validator(mode="after")
    def _phases_in_order(self) -> "Season":
        names = [phase.name for phase in self.phases]
        wrong: list[tuple[Place, str]] = [
            (("switching", number), f"switching names phase {name!r}, but the phases are {', '.join(names)}")
            for number, name in enumerate(self.switching)
            if name not in names
        ]
        year = _LEAP_YEAR - 1
        days = [(self.day(phase.first, year), self.last_day(phase, year)) for phase in self.phases]
        days.append((self.day(self.phases[0].first, year + 1), 0))
        wrong += [
            (("phases", number, "to"), f"phase {names[number]!r} runs into the next; end it the day before that begins")
            for number, ((_, last), (following, _)) in enumerate(pairwise(days))
            if following <= last
        ]
        if wrong:
            raise Misplaced(wrong)
        return self

    @model_validator(mode="after")
    def _days_of_the_season(self) -> "Season":
        year = _LEAP_YEAR - 1
        switching = [phase for phase in self.phases if phase.name in self.switching]
        deadline = self.day(self.deadline.at, year)
        if deadline < min(self.day(phase.first, year) for phase in switching):
            raise ValueError(f"deadline: {self.deadline.at} comes before anybody may switch")
        last = min(deadline, max(self.last_day(phase, year) for phase in switching))
        if self.choose_until is not None and self.day(self.choose_until, year) < last:
            raise ValueError(f"choose_until: {self.choose_until} comes before the last day for everybody")
        return self

    def day(self, month_day: str, year: int) -> int:
        """The ordinal of a day or moment in that season year."""
        return _ordinal(month_day, year if month_day[:5] >= self.phases[0].first else year + 1)

    def last_day(self, phase: Phase, year: int) -> int:
        """The ordinal of the phase's last day in that season year."""
        last = self.day(phase.last, year)
        return last if last >= self.day(phase.first, year) else self.day(phase.last, year + 1)


def _checked(text: str, *, with_time: bool) -> str:
    example = "12-29T09:00 or 12-29" if with_time else "12-29"
    match = _MOMENT.fullmatch(text)
    if match is None or (match[3] and not with_time):
        raise ValueError(f"{text!r} is no month and day; write {example}")
    try:
        date(_LEAP_YEAR, int(match[1]), int(match[2]))
    except ValueError:
        raise ValueError(f"{text!r} is a day that does not exist; write {example}") from None
    if (time_of_day(text) or 0) > DAY:
        raise ValueError(f"{text!r} has no such time of day; write {example}")
    return text


def _ordinal(text: str, year: int) -> int:
    month, day = int(text[:2]), int(text[3:5])
    if (month, day) == (2, 29):
        return date(year, 3, 1).toordinal() - 1
    return date(year, month, day).toordinal()


def time_of_day(text: str) -> int | None:
    """The local time of day in milliseconds; None where only a day is written."""
    match = _MOMENT.fullmatch(text)
    assert match is not None
    return int(match[3]) * HOUR + int(match[4]) * MINUTE if match[3] else None
