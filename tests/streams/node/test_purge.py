"""The node's queue lets go of what expired long ago, as time goes on."""

from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from signals.calendar.instant import DAY, HOUR, Instant
from signals.config import Config
from signals.events.event import Event
from streams.cli import app
from streams.node import EmbeddedNode
from streams.queue import Filter
from tests.signals.scenarios.driver import moment

BEGIN = moment("2024-01-08T10:00")


def _unhappy(customer: int, at: Instant) -> Event:
    return Event(
        f"e{customer}", "/survey", "survey.answered", at, at, f"customer:{customer}", {"kind": "nps", "score": 2}
    )


def _shown(node: EmbeddedNode) -> set[str]:
    return {item.recommendation["customer"] for item in node.queue.list(Filter(), node.now(), 100).items}


def test_what_expired_long_ago_goes_and_the_rest_stays(tmp_path: Path) -> None:
    with closing(EmbeddedNode(Config(), tmp_path, retention_days=30)) as node:
        node.play([_unhappy(1, BEGIN)], BEGIN + HOUR)
        assert _shown(node) == {"customer:1"}
        (item,) = node.queue.list(Filter(), node.now()).items
        node.play([_unhappy(2, BEGIN + 100 * DAY)], BEGIN + 100 * DAY + HOUR)
        assert _shown(node) == {"customer:2"}
        assert node.queue.apply([item.recommendation]) == 0
        assert node.queue.get(item.recommendation["id"]) is None
        assert sum(node.queue.funnel().candidates.values()) == 2


@pytest.mark.parametrize("days", ["0", "many"])
def test_a_retention_that_makes_no_sense_is_refused_by_name(tmp_path: Path, days: str) -> None:
    told = CliRunner().invoke(app, ["run", "--data", str(tmp_path)], env={"SIGNALS_RETENTION_DAYS": days})
    assert told.exit_code == 2
    assert "SIGNALS_RETENTION_DAYS" in told.stderr
