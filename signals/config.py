"""The configuration file: what an operator may set. Every key is optional; an unknown one is refused."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from signals.calendar.duration import Duration, DurationField
from signals.calendar.hours import HoursRules, TimeOfDay
from signals.pack.document import Document
from signals.pack.header import Cap
from signals.pack.pattern import ChannelName, ZoneName


class Section(BaseModel):
    """A part of the configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class Holdout(Section):
    """Customers kept apart to prove the effect: a share of all, drawn anew with another ``salt`` or ``epoch``."""

    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    salt: str = ""
    epoch: int = 1
    per_trigger: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}


class QuietHours(Section):
    """When a channel rests: ``{from: "21:00", to: "09:00"}`` every day, or ``{open: {mon-fri: "09:00-21:00"}}``."""

    first: TimeOfDay | None = Field(None, alias="from")
    last: TimeOfDay | None = Field(None, alias="to")
    open: HoursRules | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str) and value.count("-") == 1:
            first, last = value.split("-")
            return {"from": first.strip(), "to": last.strip()}
        return value

    @model_validator(mode="after")
    def _one_form(self) -> "QuietHours":
        if (self.first is None) != (self.last is None) or (self.first is None) == (self.open is None):
            raise ValueError('write {from: "21:00", to: "09:00"}, "21:00-09:00", or {open: {mon-fri: "09:00-21:00"}}')
        if (self.first is not None and self.first == self.last) or (self.first, self.last) == _ALL_DAY:
            raise ValueError("a channel that always rests is stopped with kill, such as kill: [phone]")
        return self

    def opening_rules(self) -> HoursRules:
        """The same as opening hours."""
        if self.open is not None:
            return self.open
        first, last = str(self.first), str(self.last)
        begin, end = _ALL_DAY
        open_times = [(last, first)] if last < first else [(begin, first), (last, end)]
        times = ", ".join(f"{opens}-{closes}" for opens, closes in open_times if opens != closes)
        return HoursRules.model_validate({"mon-sun": times, "holidays": times})


_ALL_DAY = ("00:00", "24:00")


class Desk(Section):
    """A team that works recommendations."""

    capacity_per_hour: Annotated[int, Field(ge=0)] | None = None
    hours: HoursRules | None = None
    skills: list[str] = []


class Weights(Section):
    """How much each part of the engagement value counts in arbitration."""

    lifetime: Annotated[float, Field(ge=0)] = 1.0
    referral: Annotated[float, Field(ge=0)] = 1.0
    network: Annotated[float, Field(ge=0)] = 1.0
    knowledge: Annotated[float, Field(ge=0)] = 1.0


class Learning(Section):
    """How outcomes calibrate probabilities: the trigger's own counts as ``prior`` outcomes; null: nothing is learnt."""

    prior: Annotated[int, Field(ge=1)] | None = 20


class Config(Section):
    """The whole configuration with its defaults."""

    pack: str = "insurance-nl"
    timezone: ZoneName | None = None
    lateness: DurationField = Duration(days=1)
    dedup_window: DurationField = Duration(days=7)
    holdout: Holdout = Holdout()
    caps: list[Cap] | None = None
    quiet_hours: dict[ChannelName, QuietHours] = {}
    desks: dict[str, Desk] = {}
    kill: list[str] = []
    weights: Weights = Weights()
    learning: Learning = Learning()

    _path: Path | None = PrivateAttr(None)

    def problem(self, location: tuple[str | int, ...], message: str) -> str:
        """One line about what only the pack can tell to be wrong: file and line, if it was read from one, and field."""
        if self._path is not None and self._path.is_file():
            return Document(self._path).problem(location, message)
        return f"{location[0]}: {message}"

    @field_validator("lateness", "dedup_window")
    @classmethod
    def _fixed_length(cls, duration: Duration) -> Duration:
        if duration.milliseconds < 0:
            raise ValueError("write a length of time that is not negative, such as P1D")
        return duration


def load_config(path: Path | None) -> Config:
    """Read the configuration file, or give the defaults; raises ``PackError`` with all problems at once."""
    if path is None:
        return Config()
    document = Document(path)
    config = document.check(Config, {} if document.content is None else None)
    config._path = path
    return config
