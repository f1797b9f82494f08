"""Compiling a pack: its triggers as closures over the engine's records, its conditions as functions."""

from collections.abc import Iterator
from typing import get_args

import msgspec

from signals.calendar.instant import Instant
from signals.calendar.local_clock import zone_named
from signals.config import Config
from signals.decision.controls import ALL
from signals.events.shapes import Channel
from signals.faults import meant
from signals.pack.document import PackError
from signals.pack.environment import CompiledTrigger, Environment, Fingerprint
from signals.pack.functions import FUNCTIONS
from signals.pack.load import PackFiles, load_pack
from signals.text import LexiconError, Reader, load_reader
from signals.triggers import count, ending, guard, sequence
from signals.triggers.absence import Absence
from signals.triggers.belief import Belief
from signals.triggers.calendar import Calendar, CalendarTrigger
from signals.triggers.market import MarketTrigger
from signals.triggers.rules import Check, Rules


class Pack(msgspec.Struct):
    """A pack ready for the engine."""

    environment: Environment
    rules: Rules
    triggers: dict[str, CompiledTrigger]
    timed: dict[str, Absence | Belief]
    calendar: Calendar
    markets: list[MarketTrigger]
    reconsidering: dict[str, Check]
    """Trigger → what looks at a customer's evidence for it anew after two rows became one, or one became two."""
    of_the_row: set[str]
    """The triggers that may fire at a moment which follows from all that a row knows."""

    @property
    def sayings(self) -> dict[str, str]:
        """What evidence says and products are called in English, each with its Dutch; gaps are as in the pack."""
        found = [saying for trigger in self.triggers.values() for saying in trigger.sayings]
        return {one.en: one.nl for one in [*found, *self.environment.header.labels.values()]}


def compile_pack(files: PackFiles, config: Config, warmup_until: Instant = 0) -> Pack:
    """Compile a loaded pack; raises ``PackError`` naming file and line of every condition or phrase of no use."""
    header = files.header
    zone = zone_named(config.timezone or header.timezone)
    try:
        reader: Reader | None = load_reader(files.lexicon[0], zone, *files.lexicon[1:]) if files.lexicon else None
    except LexiconError as error:
        raise PackError(str(error).splitlines()) from None
    fingerprint = Fingerprint(header.name, header.version, files.digest)
    environment = Environment(header, config, files.seasons, fingerprint, reader)
    environment.warmup_until = warmup_until
    labels = reader.lexicon.labels if reader is not None else {}
    rules = Rules(FUNCTIONS, labels)
    triggers = {name: CompiledTrigger(name, definition) for name, definition in files.triggers.items()}
    kinds = _Kinds(rules, environment)
    problems = [*_unknown(config, triggers), *_idle_desks(config, triggers, environment)]
    for name, trigger in triggers.items():
        found = files.mistakes_of(name, labels, triggers)
        problems += found
        try:
            if not found:
                kinds.install(trigger)
        except ValueError as error:
            document, location = files.where[name]
            problems.append(document.problem(location, str(error)))
    if problems:
        raise PackError(list(dict.fromkeys(problems)))
    rules.bundle()
    calendar = Calendar(kinds.calendars)
    return Pack(
        environment, rules, triggers, kinds.timed, calendar, kinds.markets, kinds.reconsidering, kinds.of_the_row
    )


def open_pack(config: Config, warmup_until: Instant = 0) -> Pack:
    """Load and compile the configured pack; raises ``PackError``."""
    return compile_pack(load_pack(config.pack), config, warmup_until)


def _unknown(config: Config, triggers: dict[str, CompiledTrigger]) -> list[str]:
    """What the kill switch and the holdouts name and nothing is called: it would be of no effect, unnoticed."""
    variants = tuple(f"{name}." for name, trigger in triggers.items() if trigger.definition.variant)
    desks = {*config.desks, *(trigger.play.desk for trigger in triggers.values())}
    known = {ALL, *triggers, *get_args(Channel), *desks}
    stopped = [
        config.problem(("kill", number), f"no trigger, channel or desk is called {name!r}")
        for number, name in enumerate(config.kill)
        if name not in known and not name.startswith(variants)
    ]
    held_out = [
        config.problem(("holdout", "per_trigger", name), f"no trigger is called {name!r}")
        for name in config.holdout.per_trigger
        if name not in triggers and not name.startswith(variants)
    ]
    return stopped + held_out


def _idle_desks(config: Config, triggers: dict[str, CompiledTrigger], environment: Environment) -> Iterator[str]:
    """The skills that are nothing's, and the desks to which nothing would ever come."""
    used = sorted({trigger.play.desk for trigger in triggers.values()})
    for name, desk in config.desks.items():
        if name not in used and not desk.skills:
            known = meant(name, used) or f"those of its plays are {', '.join(used) or 'none'}"
            missing = f"no play of the pack has the desk {name!r}, and without skills no other work comes to it"
            yield config.problem(("desks", name), f"{missing}; {known}")
        for number, skill in enumerate(desk.skills):
            if not _is_skill(skill, triggers, environment):
                says = f"no trigger, beginning of a trigger's name or product is called {skill!r}"
                question = meant(skill, [*triggers, *environment.header.products])
                yield config.problem(("desks", name, "skills", number), f"{says}; {question}" if question else says)


def _is_skill(skill: str, triggers: dict[str, CompiledTrigger], environment: Environment) -> bool:
    """Whether a candidate may need it. Where a pack lists no products, any word may be one that a source names."""
    if environment.products.knows(skill) or any(f"{name}.".startswith(f"{skill}.") for name in triggers):
        return True
    if skill.startswith(tuple(f"{name}." for name, trigger in triggers.items() if trigger.definition.variant)):
        return True
    return not environment.header.products and "." not in skill


class _Kinds:
    """Installs each trigger by its kind; gathers those that work at due moments or on news."""

    def __init__(self, rules: Rules, environment: Environment) -> None:
        self._rules = rules
        self._environment = environment
        self.timed: dict[str, Absence | Belief] = {}
        self.calendars: list[CalendarTrigger] = []
        self.markets: list[MarketTrigger] = []
        self.reconsidering: dict[str, Check] = {}
        self.of_the_row: set[str] = set()

    def install(self, trigger: CompiledTrigger) -> None:
        """Add one trigger; raises ``ValueError`` for a condition that can't be used or an unknown season."""
        rules, environment, definition = self._rules, self._environment, trigger.definition
        if definition.belief is not None:
            belief = self.timed[trigger.name] = Belief(trigger, rules, environment)
            self.reconsidering[trigger.name] = belief.reconsider
        elif definition.count is not None:
            self.reconsidering[trigger.name] = count.install(trigger, rules, environment)
        elif definition.sequence is not None:
            sequence.install(trigger, rules, environment)
        elif definition.guard is not None:
            self.reconsidering[trigger.name] = guard.install(trigger, rules)
        elif definition.absence is not None:
            absence = self.timed[trigger.name] = Absence(trigger, rules, environment)
            self.reconsidering[trigger.name] = absence.reconsider
            if absence.is_of_the_row:
                self.of_the_row.add(trigger.name)
        elif definition.calendar is not None:
            season = environment.season(definition.calendar.season)
            self.calendars.append(CalendarTrigger(trigger, rules, season, definition.calendar))
        elif definition.market is not None:
            market = MarketTrigger(trigger, rules, definition.market)
            self.markets.append(market)
            self.reconsidering[trigger.name] = market.reconsider
        ending.install(trigger, rules)
