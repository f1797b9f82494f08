"""`signals replay` over stored files: the same as ever, and the same in one process and two."""

import json
from pathlib import Path

import pytest

from tests.golden.replayed import HERE, STORIES, UNTIL, decisions_in_short, quarantine_in_short, replay


@pytest.mark.parametrize("story", STORIES)
def test_the_stored_events_lead_to_the_stored_decisions(story: str, tmp_path: Path) -> None:
    written = replay([HERE / f"{story}.jsonl"], tmp_path, "--until", UNTIL)
    lines = [*decisions_in_short(written["decisions"]), "", *quarantine_in_short(written["quarantine"])]
    assert lines == (HERE / f"{story}.expected.txt").read_text("utf-8").splitlines()


def test_the_files_agree_with_each_other_and_with_the_summary(tmp_path: Path) -> None:
    files = [HERE / f"{story}.jsonl" for story in STORIES]
    written = replay(files, tmp_path, "--until", UNTIL)
    summary = json.loads(written["summary"])
    decisions = [json.loads(line) for line in written["decisions"].splitlines()]
    records = [json.loads(line) for line in written["out"].splitlines()]
    assert summary["candidates"] == len(decisions) == sum(summary["reasons"].values())
    assert len({decision["id"] for decision in decisions}) == len(decisions)
    released = {decision["recommendation"]: decision for decision in decisions if decision["reason"] == "RELEASED"}
    assert {record["id"] for record in records} == set(released)
    assert all(record["status"] == released[record["id"]]["status"] for record in records)
    assert summary["duplicates"] == 1
    assert sum(summary["quarantined"].values()) == len(written["quarantine"].splitlines()) == 5
    for line in written["quarantine"].splitlines():
        record = json.loads(line)
        assert {"reason", "field", "source_file", "line", "raw", "received"} <= set(record)


def test_one_process_or_two_and_again_give_the_same_bytes(tmp_path: Path) -> None:
    files = [HERE / f"{story}.jsonl" for story in STORIES]
    written = []
    for run, processes in enumerate(("1", "2", "2")):
        folder = tmp_path / str(run)
        folder.mkdir()
        written.append(replay(files, folder, "--until", UNTIL, "--processes", processes))
    for name in ("out", "decisions", "quarantine"):
        assert written[0][name] == written[1][name] == written[2][name]


def test_warm_up_builds_state_and_releases_nothing_from_before(tmp_path: Path) -> None:
    warm = "2026-10-21T00:00:00Z"
    written = replay([HERE / "hand_written.jsonl"], tmp_path, "--until", UNTIL, "--warmup-until", warm)
    decisions = [json.loads(line) for line in written["decisions"].splitlines()]
    assert {decision["reason"] for decision in decisions if decision["created"] < warm} == {"WARMUP"}
    live = {decision["trigger"] for decision in decisions if decision["reason"] == "RELEASED"}
    assert {"market.premium", "season.health_nl.comparing", "renewal.car"} <= live


def test_without_until_time_stops_at_the_last_event(tmp_path: Path) -> None:
    written = replay([HERE / "hand_written.jsonl"], tmp_path)
    last = max(json.loads(line)["decided"] for line in written["decisions"].splitlines())
    assert last <= "2026-12-05T08:00:00Z"
