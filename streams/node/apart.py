"""What the node set apart: looked at and tried again some at a time, so that events go on meanwhile."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from streams.node.kept import KeptEngine
from streams.node.store import NodeStore
from streams.sources.again import Again

Record = dict[str, Any]
_AT_ONCE = 500


class SetApart:
    """The quarantine of a node whose work goes on under ``lock``; ``ingest`` takes in what is tried again."""

    def __init__(
        self,
        lock: threading.RLock,
        store: NodeStore,
        kept: KeptEngine,
        ingest: Callable[[Sequence[bytes]], object],
    ) -> None:
        self._lock = lock
        self._store = store
        self._kept = kept
        self._ingest = ingest
        self._trying = threading.Lock()

    def records(self) -> Iterator[Record]:
        """All that is in quarantine now, oldest first."""
        last, end = 0, self._end()
        while last < end:
            with self._lock:
                piece = self._store.set_apart_after(last, _AT_ONCE)
            yield from (record for number, record in piece if number <= end)
            last = piece[-1][0] if piece else end

    def redrive(self, again: Again) -> int:
        """Take in ``again`` what is there now; returns how many records that were.

        What is still no good is quarantined anew, or stays. A crash in between loses nothing: the old records go last,
        and an event that was taken in by then counts once.
        """
        with self._trying:
            count, last, end = 0, 0, self._end()
            while last < end:
                with self._lock:
                    piece = self._store.set_apart_after(last, _AT_ONCE)
                    found = [(number, again.events(record)) for number, record in piece if number <= end]
                    self._ingest([event for _, events in found for event in events or ()])
                    gone = [number for number, events in found if events is not None]
                    self._kept.took_again(gone)
                count += len(gone)
                last = piece[-1][0] if piece else end
            return count

    def _end(self) -> int:
        with self._lock:
            return self._store.last_set_apart()
