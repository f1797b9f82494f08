"""Which events of a failed batch are to blame, found without the shard's own engine."""

from collections.abc import Callable

from signals.calendar.instant import parse_instant
from signals.events.event import Event
from streams.cluster.trial import Trial
from tests.cluster.counting import CountingEngine, CountingEngines

NOW = parse_instant("2026-01-01T00:00:00Z")


def event(number: int, query: str, customer: int = 1) -> Event:
    return Event(f"e{number}", "/test", "web.searched", NOW, NOW, f"customer:{customer}", {"query": query})


class Counted(CountingEngines):
    """Counts the engines it makes."""

    made = 0

    def make(self, load: Callable[[str], bytes | None], owns: Callable[[str], bool]) -> CountingEngine:
        self.made += 1
        return CountingEngine(load, owns)


def failures(events: list[Event]) -> tuple[dict[int, str], int]:
    engines = Counted()
    trial = Trial(engines, lambda key: None, lambda key: True, [], [])
    return trial.failures(events, 0), engines.made


def test_each_event_that_fails_is_named_with_its_error() -> None:
    found, made = failures([event(0, "x"), event(1, "fail"), event(2, "x"), event(3, "fail", 2)])
    assert found == {1: "ZeroDivisionError", 3: "ZeroDivisionError"}
    assert made == 3


def test_where_none_fails_one_engine_is_enough() -> None:
    assert failures([event(number, "x") for number in range(9)]) == ({}, 1)
