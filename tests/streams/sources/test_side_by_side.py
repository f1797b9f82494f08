"""Several files of one history are worked on as one, however it was cut."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.sources.side_by_side import read_events

Happening = tuple[str, str, str, dict[str, Any]]
"""When, to whom, what."""

HISTORY: list[Happening] = [
    ("2026-01-05T09:00", "A", "consent.changed", {"purpose": "marketing", "given": True, "channels": ["email"]}),
    ("2026-01-05T09:00", "A", "consent.changed", {"purpose": "profiling", "given": True}),
    ("2026-03-02T10:00", "A", "contact.received", {"channel": "chat", "text": "We gaan verhuizen"}),
    ("2026-03-02T10:00", "B", "contact.received", {"channel": "phone", "case": "C1"}),
    ("2026-03-03T10:00", "B", "contact.received", {"channel": "email", "case": "C1"}),
    ("2026-03-05T10:00", "B", "contact.received", {"channel": "chat", "case": "C1"}),
    ("2026-03-06T10:00", "B", "promise.changed", {"promise": "T1", "status": "made", "due": "2026-03-10"}),
    ("2026-03-20T10:00", "C", "survey.answered", {"kind": "nps", "score": 3}),
]


def lines_of(history: list[Happening]) -> list[str]:
    return [
        json.dumps(
            {"specversion": "1.0", "id": f"e{number}", "source": "/test", "type": type_, "time": f"{time}:00Z"}
            | {"subject": f"customer:{customer}", "data": data}
        )
        for number, (time, customer, type_, data) in enumerate(history)
    ]


def written(folder: Path, name: str, lines: list[str]) -> str:
    raw = "".join(f"{line}\n" for line in lines).encode()
    (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return str(folder / name)


def decisions_of(folder: Path, *files: str) -> bytes:
    out = folder / "decisions.jsonl"
    result = CliRunner().invoke(app, ["replay", *files, "--until", "2026-04-01T00:00:00Z", "--decisions", str(out)])
    assert result.exit_code == 0, result.output
    return out.read_bytes()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_history_in_a_file_per_customer_or_source_is_decided_as_in_one(tmp_path: Path, seed: int) -> None:
    lines = lines_of(HISTORY)
    whole = decisions_of(tmp_path, written(tmp_path, "whole.jsonl", lines))
    assert b'"LATE"' not in whole
    assert whole.count(b"\n") == 5
    chance = random.Random(seed)
    parts: dict[str, list[str]] = {"a.jsonl": [], "b.jsonl.gz": [], "c.jsonl": [], "empty.jsonl": []}
    for line in lines:
        parts[chance.choice(["a.jsonl", "b.jsonl.gz", "c.jsonl"])].append(line)
    files = [written(tmp_path, *part) for part in parts.items()]
    chance.shuffle(files)
    assert decisions_of(tmp_path, *files) == whole


def test_what_comes_late_within_its_file_stays_late(tmp_path: Path) -> None:
    lines = lines_of(HISTORY)
    late = written(tmp_path, "late.jsonl", [lines[3], lines[4], lines[7], lines[5]])  # the third contact comes last
    other = written(tmp_path, "other.jsonl", [lines[6]])
    for files in ([late], [late, other], [other, late]):
        assert decisions_of(tmp_path, *files).count(b'"LATE"') == 1


def test_lines_that_are_no_events_keep_their_place_and_their_number(tmp_path: Path) -> None:
    lines = lines_of(HISTORY)
    one = written(tmp_path, "1.jsonl", [lines[0], "{", lines[7]])
    other = written(tmp_path, "2.jsonl", ["[]", lines[3]])
    read = [(name[-7:], number) for name, number, _, _ in read_events([one, other])]
    assert read == [("2.jsonl", 1), ("1.jsonl", 1), ("1.jsonl", 2), ("2.jsonl", 2), ("1.jsonl", 3)]


def test_a_file_for_each_of_many_days_is_open_only_in_its_time(tmp_path: Path) -> None:
    days: list[Happening] = [(f"2026-03-{day:02}T10:00", "A", "web.viewed", {"url": "/"}) for day in range(1, 31)]
    files = [written(tmp_path, f"{number}.jsonl", [line]) for number, line in enumerate(lines_of(days))]
    opened = [len(list(Path("/proc/self/fd").iterdir())) for _ in read_events(files)]
    assert len(opened) == len(days)
    assert max(opened) - min(opened) <= 2
