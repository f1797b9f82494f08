"""What the operations page shows beside the queue and the census: the clock, the season, deliveries, controls."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from signals.calendar.instant import Instant, to_datetime
from signals.calendar.season import SeasonCalendar
from signals.engine import Engine
from signals.pack.compile import Pack
from streams.census import Season
from streams.sinks.outbox import Health

Part = dict[str, Any]


def clock_part(engine: Engine, now: Instant, accepted: int, quarantined: int) -> Part:
    """Whether time and events move."""
    return {
        "events": accepted,
        "customers": engine.customers,
        "duplicates": engine.duplicates,
        "late": engine.late,
        "quarantined": quarantined,
        "lag_seconds": max(0.0, (now - engine.clock) / 1000),
        "timers": engine.timers_due,
        "fired": engine.timers_fired,
        "overdue": engine.overdue(now),
    }


def season_now(pack: Pack, now: Instant) -> tuple[SeasonCalendar, int] | None:
    """The pack's first season and its year, the coming one when it is over; None for a pack without one."""
    environment = pack.environment
    used = [trigger.definition.calendar.season for trigger in pack.triggers.values() if trigger.definition.calendar]
    if not used:
        return None
    season = environment.season(used[0])
    year = season.season_year(now)
    last = season.version(year).phases[-1].name
    return season, year + (season.bounds(last, year)[1] <= now)


def season_counted(pack: Pack, now: Instant) -> Season | None:
    """The season for which customers are counted; None for a pack without one."""
    found = season_now(pack, now)
    if found is None:
        return None
    season, year = found
    version = season.version(year)
    begin = season.bounds(version.phases[0].name, year)[0]
    return Season(season.name, pack.environment.product_name(version.product), begin)


def season_part(pack: Pack, now: Instant, news: Sequence[Part]) -> Part | None:
    """Where the pack's first season stands, and the last market news; None for a pack without one."""
    found = season_now(pack, now)
    if found is None:
        return None
    season, year = found
    phases = []
    for phase in season.version(year).phases:
        start, end = season.bounds(phase.name, year)
        phases.append({"name": phase.name, "start": _day(start, pack), "end": _day(end, pack)})
    last = to_datetime(season.deadline(year), pack.environment.zone) - timedelta(seconds=1)
    part = {"calendar": season.name, "phases": phases, "deadline": last.date().isoformat()}
    return part | {"news": list(news)}


def counted_parts(clock: Part, people: Part, season: Part | None) -> Part:
    """The clock, the census of all customers (empty: they were not counted) and the season, each in its place."""
    people = dict(people)
    counted = people.pop("season", {})
    if "people" in people:
        clock = clock | {"customers": people.pop("people")}
    return people | {"clock": clock} | ({"season": season | counted} if season else {})


def delivery_part(healths: Sequence[Health]) -> Part:
    """How deliveries to sinks go; nothing when there are no sinks."""
    return {"delivery": [msgspec.structs.asdict(health) for health in healths]} if healths else {}


def controls_part(pack: Pack) -> Part:
    """What steers the decisions."""
    environment = pack.environment
    holdout = environment.config.holdout
    name, version, digest = environment.fingerprint
    return {
        "kill": list(environment.config.kill),
        "holdout": {"share": holdout.share, "epoch": holdout.epoch},
        "pack": {"name": name, "version": version, "digest": digest},
    }


def _day(moment: Instant, pack: Pack) -> str:
    return to_datetime(moment, pack.environment.zone).date().isoformat()
