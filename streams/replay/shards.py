"""Which process works on which customer, when a run uses more than one.

Subjects that become one customer must share a process, so the links are read first. Every process reads the whole
input and works on its own customers; event time, order and lateness are those of the whole input for each of them.
"""

import zlib
from collections.abc import Sequence
from pathlib import Path

from signals.events.decode import decode_structured
from signals.events.event import Event
from streams.sources.files import read_lines

_IDENTITY = frozenset({"identity.linked", "identity.unlinked"})
_LINK = b'"identity.linked"'
_OUTCOME = b'"recommendation.outcome"'
_WORTH_A_PROCESS = 24 << 20
_COMPRESSION = 8


class Shards:
    """A division of all subjects over so many processes."""

    def __init__(self, count: int, links: Sequence[tuple[str, str]] = ()) -> None:
        self.count = count
        self._became: dict[str, str] = {}
        for weak, strong in links:
            root, other = sorted((self._root(weak), self._root(strong)))
            if root != other:
                self._became[other] = root

    def shard_of(self, subject: str) -> int:
        """The number of the shard of a canonical subject, from 0."""
        return zlib.crc32(self._root(subject).encode()) % self.count if self.count > 1 else 0

    def shard_of_event(self, event: Event) -> int:
        """The number of the shard that works on an event: a link belongs to those it links, whoever it is about."""
        return self.shard_of(event.data["from"] if event.type in _IDENTITY else event.subject)

    def _root(self, subject: str) -> str:
        while (next_one := self._became.get(subject)) is not None:
            subject = next_one
        return subject


def worthwhile_shards(files: Sequence[str], cores: int) -> int:
    """How many processes pay for these files: small ones are soon done."""
    size = sum(Path(name).stat().st_size * (_COMPRESSION if name.endswith(".gz") else 1) for name in files)
    return max(1, min(cores, size // _WORTH_A_PROCESS))


def tells_outcomes(files: Sequence[str]) -> bool:
    """Whether these files tell what became of recommendations."""
    return any(_OUTCOME in raw for name in files for _, raw in read_lines(name))


def read_links(files: Sequence[str]) -> list[tuple[str, str]]:
    """All links between subjects in these files."""
    links = []
    for name in files:
        for _, raw in read_lines(name):
            if _LINK in raw:
                event = decode_structured(raw)
                if isinstance(event, Event) and event.type == "identity.linked":
                    links.append((event.data["from"], event.data["to"]))
    return links
