"""A queue that is followed, and an outbox on disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.queue import Queue
from streams.queue.sqlite import SqliteQueue
from streams.sinks import Outbox


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """An empty queue."""
    queue = SqliteQueue(tmp_path / "queue.sqlite")
    yield queue
    queue.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """An empty outbox."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    yield outbox
    outbox.close()
