"""Requests that are worked on together: one go for all, each by itself as far as the others are concerned."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from signals.calendar.instant import Instant
from streams.api import Busy
from streams.api.outcome import Answer
from streams.api.together import Act, alone, step, work_on
from streams.api.work import claiming, snoozing, telling
from streams.queue import Claim, Conflict, Done, Item, Renew, Step, Unknown
from streams.queue.sqlite import SqliteQueue
from tests.streams.api.serving import Desktop
from tests.streams.queue.made import NOW, recommendation


class Counting(SqliteQueue):
    """Remembers how many steps it was given in each go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.goes: list[int] = []

    def take(self, steps: Sequence[Step], now: Instant) -> Sequence[Done]:
        self.goes.append(len(steps))
        return super().take(steps, now)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Counting]:
    queue = Counting(tmp_path / "queue.sqlite")
    queue.apply([recommendation(number, priority=float(number)) for number in range(4)])
    yield queue
    queue.close()


def test_steps_are_taken_and_events_told_in_one_go(queue: Counting) -> None:
    node = Desktop(queue)
    acts: list[Act[list[Item]]] = [
        claiming(node, Claim("jan", 60)),
        claiming(node, Claim("piet", 60)),
        telling(node, "rec_00001", Answer("accepted", "eva")),
        snoozing(node, "rec_00000", Answer("snoozed", "eva", until=NOW + 1)),
    ]
    ended = [[item.recommendation["id"] for item in end] for end in work_on(node, acts) if isinstance(end, list)]
    assert ended == [["rec_00003"], ["rec_00002"], ["rec_00001"], ["rec_00000"]]
    assert queue.goes == [4, 1]
    assert [event.data["by"] for event in node.events] == ["jan", "piet", "eva", "eva"]


def test_one_that_can_not_be_done_holds_up_nobody(queue: Counting) -> None:
    node = Desktop(queue)
    acts = [telling(node, "rec_nobody", Answer("accepted", "jan")), step(Renew("rec_00001", "jan", 60))]
    unknown, refused, claimed = work_on(node, [*acts, claiming(node, Claim("jan", 60, count=9))])
    assert isinstance(unknown, Unknown)
    assert isinstance(refused, Conflict)
    assert isinstance(claimed, list)
    assert len(claimed) == 4
    with pytest.raises(Conflict):
        alone(node, step(Renew("rec_00001", "piet", 60)))


def test_what_the_stream_does_not_take_is_told_to_who_waited_for_it_and_closes_nothing(queue: Counting) -> None:
    node = Desktop(queue)
    node.trouble = Busy(1)
    told, read = work_on(node, [telling(node, "rec_00001", Answer("accepted", "jan")), step(Renew("rec_1", "jan", 60))])
    assert isinstance(told, Busy)
    assert isinstance(read, Unknown)
    item = queue.get("rec_00001")
    assert item is not None
    assert item.work.outcome is None
