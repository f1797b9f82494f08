"""``signals pack``: check, show, test and diff, with their exit statuses."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from signals.pack.load import BUILT_IN
from streams.cli import app
from tests.golden.replayed import HERE

EVENTS = str(HERE / "hand_written.jsonl")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["pack", *arguments])


@pytest.fixture
def own_pack(tmp_path: Path) -> Path:
    """A small pack of our own that leans on the insurance pack."""
    folder = tmp_path / "own"
    (folder / "triggers").mkdir(parents=True)
    (folder / "pack.yaml").write_text("name: own\nversion: 2.0.0\nabout: a test\nextends: insurance-nl\n", "utf-8")
    return folder


def test_check_tells_that_a_pack_is_well() -> None:
    done = run("check", "insurance-nl", "--json")
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    assert (record["usable"], record["name"], record["problems"]) == (True, "insurance-nl", [])
    assert record["triggers"] > 50


def test_check_reads_what_calls_mean_too(own_pack: Path) -> None:
    (own_pack / "triggers" / "bad.yaml").write_text("purchase.x:\n  about: x\n  clas: sales\n", "utf-8")
    (own_pack / "tracking.yaml").write_text("events:\n  Cart Left: {type: form.chnged}\n", "utf-8")
    done = run("check", str(own_pack))
    assert done.exit_code == 1
    assert "bad.yaml:3: purchase.x.clas" in done.stderr
    assert re.search(r"tracking\.yaml:2: events\.Cart Left\.type: ", done.stderr)


def test_check_names_what_to_mend_with_file_and_line(own_pack: Path) -> None:
    (own_pack / "triggers" / "bad.yaml").write_text("purchase.x:\n  about: x\n  clas: sales\n", "utf-8")
    done = run("check", str(own_pack))
    assert done.exit_code == 1
    assert "bad.yaml:3: purchase.x.clas" in done.stderr
    assert run("check", str(own_pack / "nowhere")).exit_code == 2


def test_show_lists_all_triggers_or_one_in_full() -> None:
    listed = json.loads(run("show", "insurance-nl", "--json").stdout)["triggers"]
    assert {"life_event.move", "season.health_nl.opening", "guard.complaint"} <= {row["trigger"] for row in listed}
    one = json.loads(run("show", "insurance-nl", "life_event.move", "--json").stdout)
    assert one["belief"]["threshold"] == 0.7
    assert "season.health_nl.cancelled_elsewhere" in run("show").stdout
    assert run("show", "insurance-nl", "life_event.nothing").exit_code == 1
    assert run("show", "nothing-here").exit_code == 2


def test_a_packs_own_tests_pass_or_are_named(own_pack: Path) -> None:
    shutil.copy(BUILT_IN / "insurance-nl" / "triggers" / "advocacy.yaml", own_pack / "triggers")
    text = (own_pack / "triggers" / "advocacy.yaml").read_text("utf-8").replace("data.score >= 9", "data.score >= 10")
    (own_pack / "triggers" / "advocacy.yaml").write_text(text, "utf-8")
    done = run("test", str(own_pack), "--json")
    assert done.exit_code == 1
    assert [failed["trigger"] for failed in json.loads(done.stdout)["failed"]] == ["advocacy.promoter"]


def test_an_example_of_the_lexicon_that_does_not_hold_is_named_with_its_line(own_pack: Path) -> None:
    (own_pack / "lexicon" / "nl").mkdir(parents=True)
    told = "event: move\nlanguage: nl\nexamples: |\n  we gaan verhuizen -> self affirmed\n  de lucht is blauw -> told\n"
    (own_pack / "lexicon" / "nl" / "move.yaml").write_text(told, "utf-8")
    done = run("test", str(own_pack))
    assert done.exit_code == 1
    assert re.search(r"move\.yaml:5: lexicon\.move: de lucht is blauw: is read as nothing", done.stdout)
    assert ", 1 failed" in done.stdout


def test_diff_says_who_changes_and_when_the_same_every_time(own_pack: Path) -> None:
    text = (BUILT_IN / "insurance-nl" / "triggers" / "promises_and_cases.yaml").read_text("utf-8")
    text = text.replace("at_least: 3", "at_least: 4").replace(
        "unanswered_since(about), 5)", "unanswered_since(about), 3)"
    )
    (own_pack / "triggers" / "promises_and_cases.yaml").write_text(text, "utf-8")
    arguments = ("diff", "insurance-nl", str(own_pack), "--events", EVENTS, "--until", "2026-11-01T00:00:00Z", "--json")
    done = run(*arguments)
    assert done.exit_code == 0
    assert done.stdout == run(*arguments).stdout
    found = json.loads(done.stdout)
    changed = {name: counts for name, counts in found["triggers"].items() if counts["same"] == 0}
    assert set(changed) == {"relationship.repeat_contact", "relationship.complaint_overdue"}
    assert all(counts["moved"] == 1 for counts in changed.values())
    assert [(change["customer"], change["old"] != change["new"]) for change in found["changes"]] == [
        ("customer:1002", True),
        ("customer:1003", True),
    ]
    assert run("diff", "insurance-nl", "nothing-here", "--events", EVENTS).exit_code == 2
