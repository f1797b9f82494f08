"""Decisions add up, by a count that shares nothing with the engine's own."""

import subprocess
import sys
from datetime import date
from pathlib import Path

from signals.config import Config
from signals.engine import Engine
from signals.events.decode import encode
from signals.pack.compile import open_pack
from signals.simulation.play import Simulation
from tests.streams.conservation import problems, read

ROOT = Path(__file__).parents[2]
CONFIG = """
desks: {advisers: {capacity_per_hour: 2, hours: {mon-fri: "09:00-17:00"}}}
holdout: {share: 0.2, salt: x}
"""


def test_a_simulated_year_adds_up_at_every_moment_and_at_the_end(tmp_path: Path) -> None:
    events = sorted(Simulation(60, 365, 3, date(2025, 9, 1)).events(), key=lambda event: event.time)
    engine = Engine(open_pack(Config.model_validate({"holdout": {"share": 0.2, "salt": "x"}})))
    told = []
    for place, event in enumerate(events):
        told += engine.process([event]).decisions
        if place % 500 == 0:
            assert problems(told) == []
    told += engine.advance(events[-1].time + 1).decisions
    assert problems(told) == []
    source, decided, config = tmp_path / "events.jsonl", tmp_path / "decisions.jsonl", tmp_path / "config.yaml"
    source.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    config.write_text(CONFIG)
    replay = ["replay", str(source), "--config", str(config), "--decisions", str(decided), "--json"]
    subprocess.run([sys.executable, "-m", "streams.cli", *replay], cwd=ROOT, check=True, capture_output=True)
    counted = subprocess.run([sys.executable, "-m", "tests.streams.conservation", str(decided)], cwd=ROOT)
    assert counted.returncode == 0
    assert {"HOLDOUT", "RELEASED", "FREQ_CAP"} <= {decision["reason"] for decision in read([str(decided)])}


def test_the_count_sees_what_does_not_add_up() -> None:
    good = {"id": "dec_1", "trigger": "a", "reason": "RELEASED", "status": "released", "recommendation": "rec_1"}
    assert problems([good, {**good, "status": "done"}]) == []
    wrong = [
        {**good, "reason": "FREQ_CAP", "status": "rejected"},
        {**good, "status": "held"},
        {**good, "reason": "SOLD", "recommendation": None},
    ]
    for record in wrong:
        assert problems([good, record]) != []
    assert problems([good, {**good, "id": "dec_2"}]) == ["rec_1: released 2 times"]
