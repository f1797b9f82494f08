"""Events put in the order of their times, however many there are: sorted in chunks, merged from disk."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import IO

from signals.events.decode import encode
from signals.events.event import Event

CHUNK = 100_000
_SHIFT = 10**16  # makes the key of times before 1970 sort as text, too
_KEY = 30


def in_time_order(events: Iterable[Event], chunk: int = CHUNK) -> Iterator[bytes]:
    """Encode events and yield them by event time, those of one moment in the order they came.

    Holds ``chunk`` events in memory; more go through temporary files.
    """
    keyed = (b"%017d%013d" % (event.time + _SHIFT, number) + encode(event) for number, event in enumerate(events))
    with ExitStack() as files:
        runs: list[Iterable[bytes]] = []
        while run := sorted(islice(keyed, chunk)):
            runs.append(run if len(run) < chunk else _on_disk(run, files.enter_context(tempfile.TemporaryFile())))
        for line in heapq.merge(*runs):
            yield line[_KEY:].rstrip(b"\n")


def _on_disk(run: list[bytes], file: IO[bytes]) -> IO[bytes]:
    file.writelines(line + b"\n" for line in run)
    file.seek(0)
    return file
