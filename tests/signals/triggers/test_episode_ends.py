"""A belief's episode ends when its length has passed or, where the pack says so, when little is believed any more."""

from itertools import permutations
from pathlib import Path

import pytest

from signals.calendar.instant import parse_instant
from signals.config import Config
from signals.engine import Engine
from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack
from signals.pack.document import PackError

PACK = "name: p\nversion: 1.0.0\nabout: A pack.\ntimezone: UTC\n"
TRIGGER = """
life_event.boat:
  about: A boat.
  class: service
  episode: P90D
  belief:
    threshold: 0.7
    half_life: P10D{ends_below}
    evidence:
      - {{on: form.changed, if: "data.form == 'quote'", weight: 0.8, saw: &saw {{en: x, nl: x}}}}
      - {{on: web.viewed, weight: 0.3, saw: *saw}}
    against: [{{on: form.changed, if: "data.form == 'sold'"}}]
  play: {{channels: [phone], window: {{closes: P1D}}, why: *saw, say: *saw}}
"""
QUOTE, LOOK, SOLD = (
    ("form.changed", {"form": "quote", "step": "saved"}),
    ("web.viewed", {"path": "/boat"}),
    ("form.changed", {"form": "sold", "step": "saved"}),
)
Told = tuple[tuple[str, dict[str, str]], str]


def opened(folder: Path, ends_below: str = "\n    ends_below: 0.2") -> Pack:
    (folder / "triggers").mkdir(exist_ok=True)
    (folder / "pack.yaml").write_text(PACK, "utf-8")
    (folder / "triggers" / "boat.yaml").write_text(TRIGGER.format(ends_below=ends_below), "utf-8")
    return open_pack(Config(pack=str(folder)))


def event(told: Told) -> Event:
    (kind, data), day = told
    envelope = {"specversion": "1.0", "id": f"{kind} {data} {day}", "source": "/t", "subject": "customer:1"}
    decoded = decode_object({**envelope, "type": kind, "time": f"2026-{day}:00Z", "data": data})
    assert not isinstance(decoded, Rejected), decoded
    return decoded


def fired(pack: Pack, *told: Told) -> list[tuple[str, bool]]:
    """When it fired, and whether in a new episode."""
    engine = Engine(pack)
    decisions = [one for each in told for one in engine.process([event(each)]).decisions]
    decisions += engine.advance(parse_instant("2026-12-01T00:00:00Z")).decisions
    first = {one["id"]: one for one in reversed(decisions)}
    return sorted((one["created"][5:10], one["reason"] != "DUPLICATE") for one in first.values())


def test_it_ends_when_little_is_believed_any_more(tmp_path: Path) -> None:
    told = (QUOTE, "03-01T10:00"), (QUOTE, "03-11T10:00"), (QUOTE, "04-30T10:00")
    assert fired(opened(tmp_path), *told) == [("03-01", True), ("03-11", False), ("04-30", True)]


def test_without_it_only_the_time_counts(tmp_path: Path) -> None:
    told = (QUOTE, "03-01T10:00"), (QUOTE, "04-30T10:00"), (QUOTE, "05-30T10:01")
    assert fired(opened(tmp_path, ""), *told) == [("03-01", True), ("04-30", False), ("05-30", True)]


def test_it_has_ended_also_when_something_was_believed_again_before_it_sufficed(tmp_path: Path) -> None:
    told = (QUOTE, "03-01T10:00"), (LOOK, "04-15T10:00"), (QUOTE, "04-16T10:00")
    assert fired(opened(tmp_path), *told) == [("03-01", True), ("04-16", True)]


def test_what_keeps_it_believed_keeps_the_episode(tmp_path: Path) -> None:
    looks = [(LOOK, f"03-{day}T10:00") for day in ("09", "16", "23", "30")]
    told = [(QUOTE, "03-01T10:00"), *looks, (QUOTE, "04-03T10:00")]
    assert fired(opened(tmp_path), *told) == [("03-01", True), ("04-03", False)]


def test_a_denial_ends_it(tmp_path: Path) -> None:
    told = (QUOTE, "03-01T10:00"), (SOLD, "03-02T10:00"), (QUOTE, "03-03T10:00")
    assert fired(opened(tmp_path), *told) == [("03-01", True), ("03-03", True)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_comes_in_first_within_the_lateness(tmp_path: Path, order: tuple[int, ...]) -> None:
    begin, last = (QUOTE, "03-01T10:00"), (QUOTE, "04-15T12:00")
    between = (LOOK, "04-15T10:00"), (LOOK, "04-15T10:30"), (LOOK, "04-15T11:00")
    pack = opened(tmp_path)
    assert fired(pack, begin, *(between[place] for place in order), last) == fired(pack, begin, *between, last)


def test_what_is_not_lower_than_the_threshold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="lower than its threshold"):
        opened(tmp_path, "\n    ends_below: 0.7")
