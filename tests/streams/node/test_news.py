"""Market news is kept as long as it may concern somebody who comes later, and no longer."""

from contextlib import closing
from pathlib import Path

from signals.calendar.instant import DAY, Instant
from signals.config import Config
from signals.events.event import Event
from streams.node import EmbeddedNode
from streams.node.store import NodeStore
from tests.signals.scenarios.driver import moment

BEGIN = moment("2026-03-02T10:00")


def _news(name: str, at: Instant) -> Event:
    data = {"product": "car", "what": "premium", "competitor": "Rival", "premium": 45}
    return Event(name, "/market", "market.changed", at, at, "market:NL", data)


def test_news_that_concerns_nobody_any_more_is_let_go(tmp_path: Path) -> None:
    told = [_news("n1", BEGIN), _news("n2", BEGIN + 29 * DAY), _news("n3", BEGIN + 31 * DAY)]
    assert _kept(tmp_path, told) == ["n1", "n2", "n3"], "somebody may still be heard of who bought a day ago"
    assert _kept(tmp_path, [_news("n4", BEGIN + 33 * DAY)]) == ["n2", "n3", "n4"]


def _kept(folder: Path, told: list[Event]) -> list[str]:
    with closing(EmbeddedNode(Config(), folder)) as node:
        node.take(told)
    with closing(NodeStore(folder / "state.db")) as store:
        return [event.id for event in store.news()]
