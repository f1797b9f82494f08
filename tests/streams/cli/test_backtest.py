"""``signals backtest``: figures of a run over stored events, the same bytes every time, with what was steered."""

import json
from pathlib import Path
from typing import Any

import msgspec
from typer.testing import CliRunner, Result

from signals.calendar.instant import parse_instant
from signals.decision.controls import Control
from streams.cli import app
from tests.golden.replayed import HERE

EVENTS = str(HERE / "hand_written.jsonl")
UNTIL = ("--until", "2026-11-01T00:00:00Z")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backtest", EVENTS, *UNTIL, *arguments])


def figures(*arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_figures_add_up_and_are_the_same_bytes_however_it_runs() -> None:
    found = figures()
    triggers = found["triggers"].values()
    kinds = ("released", "held", "ghosts", "refused")
    assert all(sum(fired[kind] for kind in kinds) == fired["candidates"] for fired in triggers)
    released = sum(fired["released"] for fired in triggers)
    assert released == sum(int(count) * customers for count, customers in found["contacts"].items())
    assert released == sum(load["released"] for load in found["desks"].values())
    assert all(load["curve"][-1][1] == 1.0 for load in found["desks"].values())
    assert run("--json", "--processes", "1").stdout == run("--json", "--processes", "2").stdout
    assert found["digest"] in run().stdout


def test_against_another_pack_it_tells_what_fires_newly_and_no_longer() -> None:
    found = figures("--pack", "retail", "--against", "insurance-nl")
    lost = sum(counts["lost"] for counts in found["triggers"].values())
    assert lost > 0
    assert found["old"]["digest"] != found["new"]["digest"]
    told = run("--pack", "retail", "--against", "insurance-nl").stdout
    assert "What the new pack changes" in told
    names = {name for name, counts in found["triggers"].items() if counts["lost"] or counts["fired"] or counts["moved"]}
    whole = "".join(line.split("│")[1].strip() for line in told.splitlines() if line.startswith("│"))
    assert all(name in whole for name in names), "a name that is cut short could be another's"
    assert "nothing changes for" in told


def test_what_was_steered_counts_in_the_run_from_its_own_moment(tmp_path: Path) -> None:
    stop = Control("stop", "all", 1.0, parse_instant("2026-01-01T00:00:00Z"), None, "ann", "a test", "c1")
    log = tmp_path / "controls.jsonl"
    log.write_bytes(msgspec.json.encode(stop) + b"\n")
    assert figures("--controls", str(log))["desks"] == {}
    late = msgspec.structs.replace(stop, since=parse_instant("2027-01-01T00:00:00Z"))
    log.write_bytes(msgspec.json.encode(late) + b"\n")
    assert figures("--controls", str(log))["digest"] == figures()["digest"]


def test_two_packs_need_files_that_can_be_read_twice() -> None:
    events = Path(EVENTS).read_bytes()
    for arguments in (
        ("backtest", "-", "--against", "retail"),
        ("pack", "diff", "retail", "insurance-nl", "--events", "-"),
    ):
        done = CliRunner().invoke(app, arguments, input=events)
        assert (done.exit_code, "-: can be read but once" in done.stderr) == (2, True)
    assert CliRunner().invoke(app, ["backtest", "-", *UNTIL, "--processes", "2"], input=events).stdout == run().stdout


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    log = tmp_path / "controls.jsonl"
    log.write_text('{"kind": "tea"}\n')
    for arguments, said in ((("--controls", str(log)), f"{log}:1: no control"), (("--pack", "nothing"), "no pack")):
        done = run(*arguments)
        assert done.exit_code == 2
        assert said in done.stderr
