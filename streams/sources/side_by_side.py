"""Files of events read side by side in event time, each as far as the others, whatever the order they are named in.

Sources export a file each; read one after another, what the second tells from before the end of the first came late.
"""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from operator import itemgetter

from signals.calendar.instant import Instant
from signals.events.decode import Rejected, decode_structured
from signals.events.event import Event
from streams.sources.files import is_read_once, read_lines

Line = tuple[str, int, bytes, Event | Rejected]
"""A file, the number of a line in it (from 1), the line, and what it holds."""

_Marked = tuple[Instant, Line]
"""How far its file has come with it."""


def read_events(files: Sequence[str]) -> Iterator[Line]:
    """Every line of the files that holds something; raises ``SourceError``.

    Within a file the order stays; of several, the line of the one that has come less far in event time is next.
    """
    if len(files) == 1:
        yield from _lines(files[0])
        return
    for _, line in merge(*map(_marked, files), key=itemgetter(0)):
        yield line


def _lines(name: str) -> Iterator[Line]:
    for number, raw in read_lines(name):
        yield name, number, raw, decode_structured(raw)


def _marked(name: str) -> Iterator[_Marked]:
    """The lines of a file, which is open only from when its time has come: there may be one for each day of years."""
    lines = _with_marks(name)
    first = next(lines, None)
    if first is None:
        return
    if not is_read_once(name):
        lines = islice(_with_marks(name), 1, None)  # which opens it again; the one before closes it as it goes
    yield first
    yield from lines


def _with_marks(name: str) -> Iterator[_Marked]:
    mark: Instant = 0
    for line in _lines(name):
        read = line[3]
        if isinstance(read, Event):
            mark = max(mark, read.time)
        yield mark, line
