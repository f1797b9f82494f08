"""The sums of the operations page, over every row, after a restart too."""

from datetime import date
from pathlib import Path

from signals.config import Config
from signals.simulation.play import Simulation
from streams.node import EmbeddedNode
from streams.node.demo import play


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
