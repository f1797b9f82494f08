"""A pack's own tests: short event histories, and which triggers must fire; nothing more, nothing less.

The tests of a pack that another extends hold there too. They speak of the triggers that their own pack has: what the
other adds, be it by a calendar alone, was not there when they were written, and what it dropped they don't wait for.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from signals.batch import Batch
from signals.calendar.instant import Instant, parse_instant
from signals.config import Config
from signals.engine import Engine
from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from signals.pack.compile import Pack, compile_pack
from signals.pack.load import PackFiles
from signals.pack.model import PackTest, Trigger
from signals.pack.season_triggers import CALENDAR
from signals.text.proof import misread

SUBJECT = "customer:test"
_READ_AT = parse_instant("2026-11-22T12:00:00+01:00")
"""When the examples of a lexicon are taken to be written."""


class TestResult(msgspec.Struct, frozen=True):
    """How one test went; ``problem`` is empty when it passed, ``place`` is its file and line."""

    __test__ = False

    trigger: str
    name: str
    problem: str
    place: str


def run_pack_tests(files: PackFiles, config: Config) -> Iterator[TestResult]:
    """Run every inline test of a pack, in order, and read every example of its lexicon."""
    pack = compile_pack(files, config)
    for name, trigger in files.triggers.items():
        document, location = files.where[name]
        known = files.written_for(document).triggers
        added = [other for other in files.triggers if other not in known]
        gone = {name: one for name, one in known.items() if name not in files.triggers}
        for number, test in enumerate(trigger.tests):
            unspoken = [other for other in added if not _is_meant(other, files.where[other][1][0], test)]
            place = f"{document.path}:{document.line((*location, 'tests', number))}"
            yield TestResult(name, test.name, _problem(pack, _less(test, gone), unspoken), place)
    if (reader := pack.environment.reader) is not None:
        for example in reader.lexicon.examples:
            wrong = misread(reader, example, _READ_AT)
            yield TestResult(f"lexicon.{example.event}", example.text, wrong, example.place)


def _is_meant(trigger: str, written: str | int, test: PackTest) -> bool:
    """Whether a test was written for the very calendar that brought this trigger."""
    return test.season is not None and trigger == str(written).replace(CALENDAR, test.season) != written


def _less(test: PackTest, gone: Mapping[str, Trigger]) -> PackTest:
    """A test of an extended pack without what it expects of triggers that were dropped since."""
    left = [
        entry
        for entry in test.expect
        if not any(_is_of(entry if isinstance(entry, str) else str(entry["trigger"]), *one) for one in gone.items())
    ]
    return test if left == test.expect else test.model_copy(update={"expect": left})


def _problem(pack: Pack, test: PackTest, unspoken: list[str]) -> str:
    try:
        events, until = _told(pack, test)
    except ValueError as error:
        return str(error)
    engine = Engine(pack)
    decisions = [
        decision
        for batch in _run(engine, events, until)
        for decision in batch.decisions
        if not _is_one_of(unspoken, decision["trigger"], pack)
    ]
    fired = list(dict.fromkeys(decision["trigger"] for decision in decisions))
    expected = [entry if isinstance(entry, str) else str(entry["trigger"]) for entry in test.expect]
    if sorted(fired) != sorted(expected):
        return f"expected {', '.join(sorted(expected)) or 'nothing'}; fired: {', '.join(sorted(fired)) or 'nothing'}"
    return next((text for entry in test.expect if (text := _mismatch(entry, decisions))), "")


def _told(pack: Pack, test: PackTest) -> tuple[list[Event], Instant]:
    """The events of a test and until when time moves on; raises ``ValueError`` with all that can't be read."""
    events: list[Event] = []
    wrong: list[str] = []
    until: Instant | None = None
    for number, given in enumerate(test.given, 1):
        try:
            events.append(_event(pack, number, given))
        except ValueError as error:
            wrong.append(str(error))
    try:
        until = parse_instant(_rfc3339(pack, test.until)) if test.until else None
    except ValueError as error:
        wrong.append(f"until: {error}")
    if not test.given and not test.until:
        wrong.append("it needs an event in given, or until")
    if until is not None and any(event.time > until for event in events):
        wrong.append(f"until: {test.until} is before something that is given; time goes on to then")
    if wrong:
        raise ValueError("; ".join(wrong))
    return events, events[-1].time if until is None else until


def _run(engine: Engine, events: list[Event], until: Instant) -> Iterator[Batch]:
    yield engine.process(events)
    yield engine.advance(until)


def _is_one_of(triggers: list[str], name: str, pack: Pack) -> bool:
    """Whether a decision's trigger is one of these; one per product has the product after its name."""
    return any(_is_of(name, trigger, pack.triggers[trigger].definition) for trigger in triggers)


def _is_of(name: str, trigger: str, definition: Trigger) -> bool:
    return name == trigger or (definition.variant is not None and name.startswith(f"{trigger}."))


def _mismatch(entry: str | dict[str, Any], decisions: list[dict[str, Any]]) -> str:
    if isinstance(entry, str):
        return ""
    last = [decision for decision in decisions if decision["trigger"] == entry["trigger"]][-1]
    wrong = {field: last.get(field) for field, value in entry.items() if last.get(field) != value}
    return f"{entry['trigger']}: expected {entry}, got {wrong}" if wrong else ""


def _event(pack: Pack, number: int, given: dict[str, Any]) -> Event:
    """``{at: 2026-03-02T10:00, contact.received: {channel: phone}}``, with the subject of the test unless given."""
    types = [key for key in given if "." in key]
    if "at" not in given or len(types) != 1:
        raise ValueError(f"event {number} needs at and exactly one event type, such as web.viewed")
    try:
        at = _rfc3339(pack, str(given["at"]))
    except ValueError as error:
        raise ValueError(f"event {number} ({types[0]}): at: {error}") from None
    envelope = {
        "specversion": "1.0",
        "id": str(given.get("id", f"e{number}")),
        "source": str(given.get("source", "/test")),
        "type": types[0],
        "time": at,
        "subject": given.get("subject", SUBJECT),
        "data": given[types[0]] or {},
    }
    if types[0] == "market.changed":
        home = (pack.environment.header.holidays.country or "NL").partition("-")[0]
        envelope["subject"] = given.get("subject", f"market:{home}")
    event = decode_object(envelope)
    if isinstance(event, Rejected):
        raise ValueError(f"event {number} ({types[0]}): {event.field}: {event.detail}")
    return event


def _rfc3339(pack: Pack, text: str) -> str:
    """A local time without offset is meant in the pack's zone; raises ``ValueError`` when it is no time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no moment; write for example 2026-03-02T10:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=pack.environment.zone)).isoformat()
