"""What all triggers and gates of a compiled pack share: zone, calendars, products, policy and configuration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from signals.calendar.duration import Duration
from signals.calendar.hours import Hours, HoursRules
from signals.calendar.instant import DAY, EARLIEST, LATEST, Instant, parse_instant, to_datetime
from signals.calendar.local_clock import local_clock, zone_named
from signals.calendar.season import SeasonCalendar
from signals.calendar.working_days import working_days
from signals.config import Config
from signals.pack.header import Cap, PackHeader
from signals.pack.model import Class, Play, Trigger
from signals.pack.pattern import Saying
from signals.pack.plain import plain
from signals.pack.products import Products

if TYPE_CHECKING:
    from signals.events.event import Event
    from signals.scene import Scene
    from signals.text import Reader


class Fingerprint(NamedTuple):
    """Which pack made a decision."""

    name: str
    version: str
    digest: str


class CompiledTrigger:
    """One trigger as the engine uses it."""

    __slots__ = ("class_", "definition", "family", "kind", "name", "play", "play_name", "sayings", "variant")

    def __init__(self, name: str, definition: Trigger) -> None:
        self.name = name
        self.definition = definition
        self.kind = definition.kind
        self.class_: Class = definition.class_
        self.play: Play = plain(definition.play)
        self.play_name = definition.play.name or name
        self.family = definition.family or name
        self.sayings: list[Saying] = _sayings(definition)
        self.variant: str | None = definition.variant

    def name_for(self, scene: Scene) -> str:
        """The name in decisions; a trigger per product carries the product in it."""
        if self.variant is None:
            return self.name
        value = scene.data.get(self.variant)
        return f"{self.name}.{scene.environment.product_name(value) if isinstance(value, str) else 'other'}"


class Caps:
    """The caps of one class: each with its period in words, and a time that is longer than all their periods.

    ``counted`` is how one of them is told, ``words`` how all are.
    """

    __slots__ = ("each", "reach", "words")
    counted = "%s of %s in %s"

    def __init__(self, caps: list[Cap]) -> None:
        self.each = [(cap, str(cap.per)) for cap in caps]
        self.words = ", ".join([self.counted] * len(caps))
        self.reach = DAY + max(cap.per.months * 31 * DAY + cap.per.days * DAY + cap.per.clock for cap in caps)


class Environment:
    """The parts of a compiled pack that conditions, kinds of triggers and gates look things up in."""

    def __init__(
        self,
        header: PackHeader,
        config: Config,
        seasons: Mapping[str, SeasonCalendar],
        fingerprint: Fingerprint,
        reader: Reader | None,
    ) -> None:
        self.header = header = plain(header)
        self.config = config = plain(config)
        self.fingerprint = fingerprint
        self.reader = reader
        self.zone: ZoneInfo = zone_named(config.timezone or header.timezone)
        self.clock = local_clock(self.zone)
        self.working_days = working_days(self.zone, header.holidays)
        self.lateness: int = config.lateness.milliseconds
        self.dedup_window: int = config.dedup_window.milliseconds
        self.warmup_until: Instant = 0
        self.caps = config.caps if config.caps is not None else header.policy.caps
        self.caps_of: dict[str, Caps] = {
            class_: Caps([cap for cap in self.caps if cap.class_ == class_])
            for class_ in dict.fromkeys(cap.class_ for cap in self.caps)
        }
        self.contacts_kept: int = max([_CONTACTS_KEPT, *(caps.reach for caps in self.caps_of.values())])
        """How long contacts are remembered: as long as any cap looks back."""
        self.hours: dict[str, HoursRules] = {
            **header.policy.hours,
            **{channel: quiet.opening_rules() for channel, quiet in config.quiet_hours.items()},
        }
        self._hours: dict[tuple[str, str], Hours] = {}
        self._seasons = seasons
        self.products = Products(header.products, header.product_endings)

    def is_late(self, event: Event) -> bool:
        """Whether an event came in later than the lateness: it changes the state, and fires nothing."""
        return event.arrival - event.time > self.lateness

    def day_of(self, instant: Instant) -> int:
        """The local day of an instant, as an ordinal."""
        return self.clock.ordinal(instant)

    def date_of(self, instant: Instant) -> str:
        """The local day of an instant, as ``2026-11-20``."""
        return _date_of(self.clock.ordinal(instant))

    def season(self, name: str) -> SeasonCalendar:
        """A season calendar by its name; raises ``ValueError``."""
        if name not in self._seasons:
            raise ValueError(f"unknown season {name!r}; the pack has {', '.join(self.season_names) or 'none'}")
        return self._seasons[name]

    def hours_of(self, channel: str, timezone: str) -> Hours | None:
        """When a channel may be used, on the clock of a customer's zone (the pack's when that is empty or unknown)."""
        rules = self.hours.get(channel)
        if rules is None:
            return None
        hours = self._hours.get((channel, timezone))
        if hours is None:
            hours = self._hours[channel, timezone] = Hours(rules, self._zone_or_own(timezone), self.working_days)
        return hours

    def _zone_or_own(self, name: str) -> ZoneInfo:
        try:
            return zone_named(name) if name else self.zone
        except ValueError:
            return self.zone

    def years_later(self, instant: Instant, years: int) -> Instant:
        """The same local date and time so many years later."""
        return _years_later(instant, years, self.zone)

    @property
    def season_names(self) -> list[str]:
        """The calendars there are."""
        return sorted(self._seasons)

    def product_name(self, text: str) -> str:
        """The pack's name of a product, whatever the source calls it."""
        return self.products.name_of(text)

    def moment_of(self, text: object) -> Instant | None:
        """A date (its local midnight) or a time as an instant; None for anything else.

        Systems write a day in the year 1 for one they don't know, which is none, and 9999-12-31 for never, which is
        the last moment that we know.
        """
        return _moment_of(text, self.zone) if isinstance(text, str) else None

    def promise_due(self, text: object) -> Instant | None:
        """When a promise falls due: a date means 17:00 that day; on a day off, the working day before."""
        return self._promise_due(text) if isinstance(text, str) else None

    def _promise_due(self, text: str) -> Instant | None:
        moment = self.moment_of(text)
        if moment is None or moment == LATEST:
            return moment
        return self.working_days.promise_due(date.fromisoformat(text) if len(text) == _DATE_LENGTH else moment)


_DATE_LENGTH = 10
_EARLIEST_DAY, _LATEST_DAY = to_datetime(EARLIEST).date(), to_datetime(LATEST).date()
_CONTACTS_KEPT = 60 * DAY


@lru_cache(maxsize=10_000)
def _date_of(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


@lru_cache(maxsize=10_000)
def _moment_of(text: str, zone: ZoneInfo) -> Instant | None:
    try:
        day = date.fromisoformat(text[:_DATE_LENGTH])
        if day < _EARLIEST_DAY:
            return None
        if day >= _LATEST_DAY:
            return LATEST
        return local_clock(zone).midnight(day.toordinal()) if len(text) == _DATE_LENGTH else parse_instant(text)
    except ValueError:
        return None


def _sayings(definition: Trigger) -> list[Saying]:
    if definition.belief is not None:
        return [pattern.saw for pattern in definition.belief.evidence]
    rule = getattr(definition, definition.kind)
    saw: Saying = rule.saw
    return [saw]


@lru_cache(maxsize=10_000)  # the contracts of a customer are renewed together, and each asks for the same jubilee
def _years_later(instant: Instant, years: int, zone: ZoneInfo) -> Instant:
    return Duration(months=12 * years).after(instant, zone)
