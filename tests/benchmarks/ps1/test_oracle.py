"""The declared pack finds what the independent oracle of PS-1 finds, at the same events and from the same counts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from signals.calendar.instant import DAY, format_instant
from signals.engine import Engine
from signals.events.event import Event
from tests.benchmarks.ps1.replay import Found, found, open_ps1, read, run
from tests.conftest import SHARED

PEERS = SHARED / "peers"


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], Path]:
    """The generator's events and the oracle's answer."""
    folder = tmp_path_factory.mktemp("ps1")
    events, expected = folder / "events.jsonl", folder / "expected.tsv"
    _peer("ps1.gen", "--events", "20000", "--customers", "1500", "--seed", "3", "--out", str(events))
    _peer("ps1.oracle", str(events), str(expected))
    return list(read(events.read_bytes().splitlines())), expected


def test_the_pack_finds_exactly_what_the_oracle_finds(job: tuple[list[Event], Path]) -> None:
    events, expected = job
    assert found(run(Engine(open_ps1()), events)) == oracle(expected, events)


def oracle(expected: Path, events: list[Event]) -> list[Found]:
    """The oracle's lines: id, trigger, partition, position, index, n; the id ends with the event or the complaint."""
    times = {event.id: event.time for event in events}
    opened = {
        event.data["complaint"]: event.time
        for event in events
        if event.type == "complaint.changed" and event.data["status"] == "opened"
    }
    answer = []
    for line in expected.read_text().splitlines()[1:]:
        name, trigger, _, _, _, count = line.split("\t")
        _, customer, *_, about = name.split(":")
        moment = opened[about] + 5 * DAY if trigger == "overdue_complaint" else times[about]
        answer.append((trigger, customer, format_instant(moment), int(count)))
    return sorted(answer)


def _peer(*command: str) -> None:
    subprocess.run(
        [sys.executable, "-m", *command], cwd=PEERS, check=True, env={**os.environ, "PYTHONPATH": str(PEERS)}
    )
