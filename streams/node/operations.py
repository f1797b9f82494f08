"""What the operations page shows beside the queue: the clock, promises, guards, the season and who may be contacted."""

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from signals.calendar.instant import DAY, Instant, to_datetime
from signals.customer.state import Customer
from signals.engine import Engine
from signals.pack.compile import Pack
from streams.sinks.outbox import Outbox
from streams.sinks.running import OUTBOX, sinks_file
from streams.sinks.settings import read_sinks

Part = dict[str, Any]
_MONTH = 30 * DAY
_MOST_CONTACTS = 4


def people_parts(customers: Iterable[Customer], now: Instant) -> Part:
    """Promises, guards, reach and word of mouth, summed over customers."""
    promises, guards, contacts = Counter[str](), Counter[str](), Counter[int]()
    referred = tellers = 0
    for customer in customers:
        if customer.became is not None:
            continue
        for promise in customer.promises.values():
            if promise.status == "made":
                promises["open"] += 1
                promises["due_today"] += now <= promise.due < now + DAY
                promises["broken"] += promise.due < now
        for name, causes in customer.guards.items():
            guards[name.removeprefix("guard.")] += any(guard.since <= now < guard.until for guard in causes.values())
        made = sum(1 for contact in customer.contacts if now - _MONTH < contact.time <= now)
        contacts[min(made, _MOST_CONTACTS)] += 1
        tellers += customer.referrals > 0
        referred += customer.referrals
    return {
        "promises": {name: promises[name] for name in ("open", "due_today", "broken")},
        "guards": {name: count for name, count in sorted(guards.items()) if count},
        "reach": [contacts[number] for number in range(_MOST_CONTACTS + 1)],
        "word_of_mouth": {"tellers": tellers, "referred": referred},
    }


def clock_part(engine: Engine, now: Instant, accepted: int, quarantined: int) -> Part:
    """Whether time and events move."""
    return {
        "events": accepted,
        "customers": engine.customers,
        "duplicates": engine.duplicates,
        "quarantined": quarantined,
        "lag_seconds": max(0.0, (now - engine.clock) / 1000),
        "timers": engine.timers_due,
        "fired": engine.timers_fired,
        "overdue": engine.overdue(now),
    }


def season_part(pack: Pack, now: Instant) -> Part | None:
    """Where the pack's first season stands; None for a pack without one."""
    environment = pack.environment
    used = [trigger.definition.calendar.season for trigger in pack.triggers.values() if trigger.definition.calendar]
    if not used:
        return None
    season = environment.season(used[0])
    year = season.season_year(now)
    last_phase = season.version(year).phases[-1].name
    if season.bounds(last_phase, year)[1] <= now:
        year += 1
    phases = []
    for phase in season.version(year).phases:
        start, end = season.bounds(phase.name, year)
        phases.append({"name": phase.name, "start": _day(start, pack), "end": _day(end, pack)})
    last = to_datetime(season.deadline(year), environment.zone) - timedelta(seconds=1)
    return {"calendar": season.name, "phases": phases, "deadline": last.date().isoformat()}


def delivery_part(data: Path) -> Part:
    """How deliveries to sinks go; nothing when there are no sinks."""
    file, outbox = sinks_file(), data / OUTBOX
    if file is None or not outbox.is_file():
        return {}
    with closing(Outbox(outbox)) as kept:
        return {"delivery": [msgspec.structs.asdict(health) for health in kept.health(list(read_sinks(file)))]}


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
