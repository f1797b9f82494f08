"""A customer in words, as ``signals customer`` prints them: first the person, then what is known, latest first.

Times are those of the pack's zone, which is named; in JSON they stay UTC.
"""

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from signals.calendar.instant import parse_instant, to_datetime

Found = dict[str, Any]

_LISTS = ("guards", "beliefs", "promises", "policies", "seasons", "consents", "threads", "timers", "journey")
_FEELINGS_SHOWN = 5


def portrait(found: Found) -> Iterator[str]:
    """The lines about a customer, as the API and ``--json`` give them; empty parts are left out."""
    zone = ZoneInfo(found["zone"])
    for line in _lines(found):
        yield _UTC.sub(lambda time: f"{to_datetime(parse_instant(time[0])).astimezone(zone):%Y-%m-%d %H:%M %Z}", line)


_UTC = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\b")


def _lines(found: Found) -> Iterator[str]:
    yield f"times are those of {found['zone']}"
    subjects = ", ".join(found["subjects"])
    touches = f"{found['touches']} {'touch' if found['touches'] == 1 else 'touches'}"
    if found["erased"] and not found["touches"]:
        yield f"{found['customer']}, erased {found['erased']}: nothing else is known"
        return
    yield f"{found['customer']} ({subjects}), since {found['since']}, {touches}"
    yield from _person(found)
    for name in _LISTS:
        if found.get(name):
            yield f"\n{name}"
            for row in found[name]:
                told = {field: value for field, value in row.items() if value not in (None, [], "")}
                yield "  " + ", ".join(f"{field} {_told(value)}" for field, value in told.items())
    if found["recommendations"]:
        yield "\nrecommendations"
        for record in found["recommendations"]:
            yield f"  {record['id']} {record['trigger']} {record['status']}: {record['why']['en']}"


def _person(found: Found) -> Iterator[str]:
    stage, experience = found["stage"], found["experience"]
    yield f"stage {stage['name']}: {stage['because']}"
    mood = "" if experience["mood"] is None else f", mood {experience['mood']:+.2f}"
    yield f"experience {experience['index']:.2f} of 1{mood}"
    for one in experience["over_time"][-_FEELINGS_SHOWN:]:
        yield f"  {one['time']} {one['what']} {one['warmth']:+.1f}"
    yield "value " + ", ".join(f"{part} {amount:.2f}" for part, amount in found["value"].items())
    if found["rhythm_days"] is not None:
        yield f"rhythm: in touch every {found['rhythm_days']} days"
    if found["coherence"] is not None:
        yield f"coherence {found['coherence']:.2f}: the share of contacts that go on with what the one before was about"
    if found["word_of_mouth"]:
        yield f"word of mouth {found['word_of_mouth']:+.2f}"
    for name in ("objected", "erased", "owner"):
        if found.get(name):
            yield f"{name}: {found[name]}"
    if found["household"]:
        yield f"household: {', '.join(found['household'])}"
    for job in found["jobs"]:
        yield f"job in progress: {job['job']}" + (f", shared with {job['community']}" if job["community"] else "")
    for name in ("communities", "complaints", "claims"):
        if found[name]:
            yield f"{name}: " + ", ".join(f"{key} {value}".strip() for key, value in found[name].items())


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
