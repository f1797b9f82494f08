"""Requests that come in while others are worked on are worked on together: the disk, or the way to Redis and Kafka,
is waited for once for all of them.

What a request does is written as one straight line that yields what it wants done: a step on the queue, or events for
the stream. Of all lines under way the steps go into the queue in one go, and the events into the stream in one go.
"""

import asyncio
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec

from streams.api.node import Node
from streams.queue import Item, Step

_MOST = 64
"""Requests of one group: nobody should wait long for work on others."""

T = TypeVar("T")


class Events(msgspec.Struct, frozen=True):
    """Structured CloudEvents to be put into the stream; going on means that they are kept."""

    events: list[bytes]


Act = Generator[Step | Events, Any, T]
"""What a request does: each ``Step`` is answered with the items it led to, or its refusal is raised."""


def work_on(node: Node, acts: Sequence[Act[T]]) -> list[T | Exception]:
    """Do all of it, each by itself as far as the others are concerned; tells how each ended."""
    ended: list[Any] = [None] * len(acts)
    wanted: dict[int, Step | Events] = {}

    def go_on(number: int, answer: Any) -> None:
        act = acts[number]
        try:
            wanted[number] = act.throw(answer) if isinstance(answer, Exception) else act.send(answer)
        except StopIteration as end:
            ended[number] = end.value
        except Exception as error:
            ended[number] = error

    for number in range(len(acts)):
        go_on(number, None)
    while wanted:
        steps = {number: step for number, step in wanted.items() if not isinstance(step, Events)}
        for number, done in zip(steps, _take(node, list(steps.values())), strict=True):
            del wanted[number]
            go_on(number, done)
        told = {number: events for number, events in wanted.items() if isinstance(events, Events)}
        failure = _tell(node, list(told.values()))
        for number in told:
            del wanted[number]
            go_on(number, failure)
    return ended


def alone(node: Node, act: Act[T]) -> T:
    """Do one thing by itself; raises what went wrong."""
    [ended] = work_on(node, [act])
    if isinstance(ended, Exception):
        raise ended
    return ended


def step(step: Step) -> Act[list[Item]]:
    """Nothing but this step."""
    items: list[Item] = yield step
    return items


def _take(node: Node, steps: Sequence[Step]) -> Sequence[Any]:
    if not steps:
        return []
    try:
        return node.queue.take(steps, node.now())
    except Exception as error:
        return [error] * len(steps)


def _tell(node: Node, told: Sequence[Events]) -> Exception | None:
    if not told:
        return None
    try:
        node.ingest([event for one in told for event in one.events])
    except Exception as error:
        return error
    return None


class Together:
    """One group is worked on at a time, in a thread; those that come meanwhile are the next. Used in the loop."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._waiting: list[tuple[Act[Any], Callable[[Any], None]]] = []
        self._thread = ThreadPoolExecutor(1, "together")
        self._busy = False

    def do(self, act: Act[Any], told: Callable[[Any], None]) -> None:
        """Do it with the next group; ``told`` hears how it ended."""
        self._waiting.append((act, told))
        if not self._busy:
            self._busy = True
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        acts = [act for act, _ in group]
        working: asyncio.Future[list[Any]] = asyncio.get_running_loop().run_in_executor(
            self._thread, work_on, self._node, acts
        )
        working.add_done_callback(lambda done: self._end(group, done.result()))

    def _end(self, group: Sequence[tuple[Act[Any], Callable[[Any], None]]], ended: Sequence[Any]) -> None:
        if self._waiting:
            self._begin()
        else:
            self._busy = False
        for (_, told), end in zip(group, ended, strict=True):
            told(end)
