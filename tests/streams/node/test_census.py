"""The sums of the operations page, over every row, after a restart too."""

import json
from datetime import date
from pathlib import Path

from signals.calendar.instant import format_instant
from signals.config import Config
from signals.decision.learning import Overrule
from signals.simulation.play import Simulation
from streams.node import EmbeddedNode
from streams.node.demo import play
from streams.queue import Filter


def test_a_year_is_counted_whole_also_by_a_node_that_starts_again(tmp_path: Path) -> None:
    node = EmbeddedNode(Config(holdout={"share": 0.3}), tmp_path / "data")  # type: ignore[arg-type]
    simulation = Simulation(60, 365, 2, date(2025, 11, 22))
    play(node, simulation, 0)
    before = node.operations()
    assert sum(before["reach"]) == before["clock"]["customers"] > 60
    assert before["season"]["comparing"] >= before["season"]["undecided"]
    assert before["season"]["deadline"] == "2026-12-31"
    arms = before["uplift"]["bought"]
    assert arms["word"] == "too_early"
    assert 0.1 < arms["holdout"]["people"] / (arms["holdout"]["people"] + arms["treated"]["people"]) < 0.5
    node.close()
    again = EmbeddedNode(Config(holdout={"share": 0.3}), tmp_path / "data")  # type: ignore[arg-type]
    again.play([], node.now())
    after = again.operations()
    for part in ("promises", "guards", "reach", "word_of_mouth", "uplift"):
        assert after[part] == before[part]
    again.close()


def test_what_people_overruled_is_counted_by_a_node_that_starts_again_too(tmp_path: Path) -> None:
    node = EmbeddedNode(Config(), tmp_path / "data")
    play(node, Simulation(20, 365, 2, date(2025, 11, 22)), 0)
    record = node.queue.list(Filter(status="released"), node.now(), 1).items[0].recommendation
    word = {"recommendation": record["id"], "outcome": "overruled", "direction": "stop", "by": "eva", "note": "moved"}
    event = {
        "specversion": "1.0",
        "id": "w1",
        "source": "/desk",
        "type": "recommendation.outcome",
        "time": format_instant(node.now()),
        "subject": record["customer"],
        "data": word,
    }
    assert [receipt.status for receipt in node.ingest([json.dumps(event).encode()])] == ["accepted"]
    counted = [Overrule(record["trigger"], "RELEASED", "stop", 1)]
    assert node.overrules() == counted
    node.close()
    again = EmbeddedNode(Config(), tmp_path / "data")
    assert again.overrules() == counted
    again.close()
