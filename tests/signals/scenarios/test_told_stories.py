"""Stories written from the contract alone, each a few lines of text: what happens, and what must fire.

== the name of a story
with {season: medicare_us, zone: America/New_York, kill: [phone]}
2026-03-02T10:00 contact.received {channel: phone, case: C1}
2026-03-02T10:00 email:jan@example.nl policy.changed {policy: P, product: car, change: started} {warmup: true}
2026-03-02T10:00 consents email phone
until 2026-03-09T10:00
about relationship advocacy
-> relationship.repeat_contact RELEASED released 2026-03-02T10:00 customer:1001 phone class=care

``with`` comes first: configuration, ``warmup_until``, another ``season``, its ``zone`` and ``holidays``, or one of the
``packs`` here by its name as ``own``.
The second map of an event is for the envelope; ``about`` says which triggers are compared (by how they begin; without
it all). A line of what must fire has the trigger and what else must hold, in any order: reason, status, moment,
customer, channel, or any ``field=value`` of the decision or its recommendation.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from signals.calendar.instant import format_instant
from tests.signals.scenarios.driver import Record, Story, moment
from tests.signals.scenarios.test_records import EVERY_STORY

STORIES = Path(__file__).parent / "stories"
PACKS = Path(__file__).parent / "packs"
LINE = re.compile(r"(?P<at>\d{4}-\S+) (?:(?P<subject>\w+:\S+) )?(?P<what>[a-z._]+) ?(?P<rest>.*)")


def stories() -> list[Any]:
    """Every story of every file, named by its file and its first line."""
    texts = [
        (file.stem, text) for file in sorted(STORIES.glob("*.txt")) for text in file.read_text("utf-8").split("== ")
    ]
    parts = [(stem, *text.partition("\n")) for stem, text in texts if text.strip()]
    return [pytest.param(lines.split("\n"), id=f"{stem}: {name}") for stem, name, _, lines in parts]


def happens(story: Story, line: str) -> None:
    """One line of a story is told to the engine."""
    found = LINE.fullmatch(line)
    assert found, line
    at, subject, what, rest = found["at"], found["subject"] or "", found["what"], found["rest"]
    if what == "consents":
        story.consenting(at, subject, channels=rest.split())
        return
    (data, *more) = [yaml.load(part, yaml.BaseLoader) for part in re.split(r"(?<=\}) (?=\{)", rest)]
    extra = typed(more[0]) if more else {}
    story.on(at, what, subject, extra.pop("id", ""), extra, **typed(data))


def typed(value: Any) -> Any:
    """What YAML's plain words stand for, dates staying words."""
    if isinstance(value, dict):
        return {key + "_" * (key in ("from", "id_")): typed(held) for key, held in value.items()}
    if isinstance(value, list):
        return [typed(held) for held in value]
    if value in ("true", "false"):
        return value == "true"
    return float(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else value


def begin(folder: Path, season: str = "", zone: str = "", holidays: str = "NL", own: str = "", **config: Any) -> Story:
    """A story under a configuration, in the Netherlands or where another season is, or under a pack of one's own."""
    if own:
        return Story(pack=str(PACKS / own), **config)
    if not season:
        return Story(**config)
    folder = folder / f"{season}-{holidays}"
    folder.mkdir(exist_ok=True)
    (folder / "pack.yaml").write_text(
        "name: abroad\nversion: 1.0.0\nabout: Elsewhere.\nextends: insurance-nl\n"
        f"timezone: {zone}\ncalendars: [{season}]\nholidays: {{country: {holidays}}}\n"
    )
    return Story(pack=str(folder), **config)


def facts(story: Story, decision: Record) -> set[str]:
    """All that a line may say of a decision."""
    recommended = [one for one in story.recommendations if one["id"] == decision["recommendation"]]
    told = {decision[name] for name in ("trigger", "reason", "status", "customer", "created")}
    told |= {one["channel"] for one in recommended if one["channel"]}
    return told | {f"{name}={value}" for record in (decision, *recommended) for name, value in record.items()}


def said(word: str) -> str:
    """A word of what must fire; a local moment as it stands in a decision."""
    name, equals, value = word.rpartition("=")
    return name + equals + (format_instant(moment(value)) if re.match(r"\d{4}-", value) else value)


@pytest.mark.parametrize("lines", stories())
def test_it_goes_as_told(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    opening = lines.pop(0).removeprefix("with ") if lines[0].startswith("with ") else "{}"
    story, about, expected = begin(folder, **typed(yaml.load(opening, yaml.BaseLoader))), ("",), []
    for line in filter(None, lines):
        verb, _, rest = line.partition(" ")
        if verb == "->":
            expected.append([said(word) for word in rest.split()])
        elif verb == "about":
            about = tuple(rest.split())
        elif verb == "until":
            story.until(rest)
        else:
            happens(story, line)
    fired = [facts(story, one) for one in story.decisions if one["trigger"].startswith(about)]
    left = list(fired)
    for words in expected:
        match = next((one for one in left if one >= set(words)), None)
        assert match is not None, (words, fired)
        left.remove(match)
    assert left == []
    for holds in EVERY_STORY:
        holds(story)
