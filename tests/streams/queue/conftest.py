"""Both queues, so that every promise is tested on each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from streams.queue import Queue
from streams.queue.redis import RedisQueue
from streams.queue.sqlite import SqliteQueue

OpenQueue = Callable[[], Queue]


@pytest.fixture(params=["sqlite", "redis"])
def open_queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenQueue]:
    """Opens the same queue again and again, as separate processes would."""
    prefix = f"{{{uuid4().hex}}}:"
    opened: list[Queue] = []

    def open_one() -> Queue:
        if request.param == "sqlite":
            opened.append(SqliteQueue(tmp_path / "queue.sqlite", keep=1000))
        else:
            opened.append(RedisQueue(request.getfixturevalue("redis_url"), prefix, keep=1000))
        return opened[-1]

    yield open_one
    for queue in opened:
        queue.close()


@pytest.fixture
def queue(open_queue: OpenQueue) -> Queue:
    """An empty queue."""
    return open_queue()
