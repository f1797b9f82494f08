import json
from pathlib import Path

from typer.testing import CliRunner

from streams.cli import app

RECOMMENDED = {"customer": "customer:1", "trigger": "life_event.move", "created": "2026-05-20T10:00:00Z"}
TRUE = {"customer": "customer:1", "event": "life_event.move", "time": "2026-06-01T10:00:00Z"}


def evaluate(folder: Path, recommended: list[object], truth: list[object], *more: str) -> tuple[int, str, str]:
    for name, lines in (("r.jsonl", recommended), ("t.jsonl", truth)):
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    files = ["--recommendations", str(folder / "r.jsonl"), "--truth", str(folder / "t.jsonl")]
    result = CliRunner().invoke(app, ["evaluate", *files, *more])
    return result.exit_code, result.stdout, result.stderr


def test_scores_come_as_json(tmp_path: Path) -> None:
    status, told, _ = evaluate(tmp_path, [RECOMMENDED], [TRUE], "--json")
    assert status == 0
    score = json.loads(told)["triggers"][0]
    assert (score["trigger"], score["precision"]["value"], score["recall"]["value"]) == ("life_event.move", 1.0, 1.0)
    assert score["median_lead_days"] == 12.0


def test_scores_come_as_a_table(tmp_path: Path) -> None:
    status, told, _ = evaluate(tmp_path, [RECOMMENDED, {**RECOMMENDED, "trigger": "renewal.motor"}], [TRUE])
    assert status == 0
    assert "life_event.move" in told
    assert "renewal.motor 1" in told


def test_a_line_that_is_no_truth_is_told(tmp_path: Path) -> None:
    status, _, told = evaluate(tmp_path, [RECOMMENDED], [{"customer": "customer:1"}])
    assert status == 2
    assert "t.jsonl: a line has no 'event'; give what signals simulate wrote" in told


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    files = ["--recommendations", str(tmp_path / "none.jsonl"), "--truth", str(tmp_path / "none.jsonl")]
    result = CliRunner().invoke(app, ["evaluate", *files])
    assert result.exit_code == 2
    assert "none.jsonl" in result.stderr
