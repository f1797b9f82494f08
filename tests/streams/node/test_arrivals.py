"""Requests that wait together are worked on together, and each hears what became of its own."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from signals.events.event import Event
from streams.api import Receipt
from streams.node.arrivals import Arrival, Arrivals


def event(id: str) -> Event:
    return Event(id, "/test", "web.searched", 0, 0, "customer:1", {})


class Work:
    """Holds the first transaction up until everybody waits."""

    def __init__(self) -> None:
        self.transactions: list[list[str]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.arrivals = Arrivals(threading.RLock(), self._take_in)

    def _take_in(self, events: Sequence[Event], bad: Sequence[dict[str, Any]]) -> list[Receipt]:
        self.transactions.append([one.id for one in events] + [record["raw"] for record in bad])
        self.begun.set()
        assert self.go_on.wait(30)
        if any(one.id == "broken" for one in events):
            raise RuntimeError("the disk is full")
        return [Receipt(one.id, "accepted") for one in events]

    def request(self, name: str, told: dict[str, Any]) -> threading.Thread:
        """Ask in a thread of its own; ``told`` hears what came of it."""

        def ask() -> None:
            try:
                told[name] = [receipt.id for receipt in self.arrivals.work_on(Arrival([event(name)], [{"raw": "x"}]))]
            except RuntimeError as error:
                told[name] = str(error)

        thread = threading.Thread(target=ask)
        thread.start()
        return thread


@pytest.mark.parametrize(("name", "became"), [("fine", ["fine"]), ("broken", "the disk is full")])
def test_those_who_wait_share_one_transaction_and_its_fate(name: str, became: object) -> None:
    work, told = Work(), {}
    threads = [work.request("first", told)]
    assert work.begun.wait(30)
    threads += [work.request("second", told), work.request(name, told)]
    while len(work.arrivals._waiting) < 2:
        work.begun.wait(0.01)
    work.go_on.set()
    for thread in threads:
        thread.join()
    assert [sorted(one) for one in work.transactions] == [["first", "x"], sorted(["second", name, "x", "x"])]
    assert told == {"first": ["first"], "second": ["second"] if name == "fine" else became, name: became}
