"""A ``signals worker`` whose page of metrics tells, besides, what it holds: ``python -m tests.benchmarks.soak_worker``.

Nothing is counted unless somebody asks for the page.
"""

import ctypes
import gc
import sys
from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from signals.customer.rows import Rows
from streams.cli import main
from streams.cluster.store import Store

PREFIX = "soak_"
_ALLOCATOR = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")


class Allocated(ctypes.Structure):
    """``struct mallinfo2`` of glibc: bytes and pieces."""

    _fields_ = [(name, ctypes.c_size_t) for name in _ALLOCATOR]


class Held(Collector):
    """What this process holds, counted when it is asked for."""

    def collect(self) -> Iterator[Metric]:
        """One gauge for each figure."""
        ask = ctypes.CDLL(None).mallinfo2
        ask.restype = Allocated
        allocated = ask()
        watched = gc.get_objects()
        kept = [one for one in watched if isinstance(one, Rows)]
        figures = {
            "blocks": sys.getallocatedblocks(),
            "watched": len(watched),
            "rows_at_hand": sum(len(rows._cached) for rows in kept),
            "timers": sum(len(rows.agenda._due) for rows in kept),
            "store_bytes": sum(one.memory() for one in watched if isinstance(one, Store)),
            "allocated_bytes": allocated.uordblks + allocated.hblkhd,
            "free_bytes": allocated.fordblks,
        }
        for name, figure in figures.items():
            yield GaugeMetricFamily(f"{PREFIX}{name}", name, figure)


if __name__ == "__main__":
    REGISTRY.register(Held())
    sys.argv.insert(1, "worker")
    main()
