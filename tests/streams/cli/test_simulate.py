import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app


def simulate(folder: Path, out: str, *more: str) -> tuple[int, str]:
    command = ["simulate", "--customers", "30", "--days", "60", "--seed", "3", "--out", str(folder / out)]
    result = CliRunner().invoke(app, [*command, "--truth", str(folder / "truth.jsonl"), *more])
    return result.exit_code, result.stderr


def test_events_and_truth_are_written_as_json_lines(tmp_path: Path) -> None:
    status, told = simulate(tmp_path, "events.jsonl", "--start", "2026-03-01")
    assert status == 0, told
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    truth = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert told.startswith(f"{len(events)} events of 30 customers, {len(truth)} hidden truths")
    assert events[0]["time"] == "2026-02-28T23:00:00Z"
    assert truth


def test_a_gzipped_file_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        assert simulate(tmp_path, name)[0] == 0
    assert (tmp_path / "one.jsonl.gz").read_bytes() == (tmp_path / "two.jsonl.gz").read_bytes()
    assert json.loads(gzip.decompress((tmp_path / "one.jsonl.gz").read_bytes()).splitlines()[0])["specversion"] == "1.0"


@pytest.mark.parametrize("start", ["9999-12-30", "0001-01-01", "2199-12-01"])
def test_days_on_which_nothing_can_happen_are_told_before_a_file_is_touched(tmp_path: Path, start: str) -> None:
    (tmp_path / "events.jsonl").write_text("there\n")
    status, told = simulate(tmp_path, "events.jsonl", "--start", start)
    assert status == 2
    assert told == f"60 days from {start} on: they have to lie between 1900-01-01 and 2200-01-01\n"
    assert (tmp_path / "events.jsonl").read_text() == "there\n"


def test_a_file_that_cannot_be_written_is_told_with_its_name(tmp_path: Path) -> None:
    status, told = simulate(tmp_path, "no/such/folder.jsonl")
    assert status == 2
    assert "no/such/folder.jsonl: can't be written" in told
