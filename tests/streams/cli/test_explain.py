"""``signals explain``: a decision in words, out of what a replay or a node wrote."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app
from tests.signals.scenarios.driver import Story
from tests.streams.sinks.receiver import always, receiving


@pytest.fixture
def refused(tmp_path: Path) -> tuple[str, Path]:
    """The id of a refused decision, and the folder of the three files that tell of its history."""
    story = Story().on("2026-03-02T10:00", "contact.received", channel="chat", text="We gaan verhuizen")
    events = tmp_path / "events.jsonl"
    events.write_text("".join(json.dumps(event) + "\n" for event in story.events), "utf-8")
    files = [word for name in ("out", "decisions", "refusals") for word in (f"--{name}", str(tmp_path / name))]
    result = CliRunner().invoke(app, ["replay", str(events), *files])
    assert result.exit_code == 0, result.output
    return story.of("life_event.move")[0]["id"], tmp_path


def explained(id: str, *files: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["explain", id, *(word for file in files for word in ("--file", str(file)))])
    return result.exit_code, result.output


def test_what_was_refused_is_explained_in_words(refused: tuple[str, Path]) -> None:
    id, folder = refused
    status, told = explained(id, folder / "refusals")
    assert status == 0
    assert "rejected, NO_CONSENT" in told
    assert "probability 0.8" in told
    assert "gate consent: reject, consent for profiling was never given" in told


def test_a_line_of_the_decisions_alone_tells_its_reason(refused: tuple[str, Path]) -> None:
    id, folder = refused
    assert explained(id, folder / "out", folder / "decisions")[0] == 0
    assert explained("rec_unknown", folder / "decisions")[0] == 1
    assert explained(id, folder / "nowhere")[0] == 2


def test_the_key_of_an_api_is_shown_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALS_API_KEY", "sgn_secret")
    with receiving(always(200)) as elsewhere, receiving(always(302, {"Location": elsewhere.url})) as asked:
        result = CliRunner().invoke(app, ["explain", "rec_1", "--url", asked.url])
    assert (result.exit_code, elsewhere.requests) == (2, [])
    assert "answered 302" in result.stderr
    assert asked.requests[0].headers["authorization"] == "Bearer sgn_secret"
