"""Memory in large pages: what takes hundreds of megabytes is found faster when the processor has few pages to know.

Rows, timers and records of all customers lie scattered over Python's heap, and every event wants others of them. In
pages of 4 KiB the processor spends a tenth of its time finding out where they are. Linux offers pages of 2 MiB where a
program asks for them (``transparent_hugepage``: ``madvise``), which Python's own allocator doesn't.
"""

import ctypes
import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

_SETTINGS = Path("/sys/kernel/mm/transparent_hugepage")
_MAPPINGS = Path("/proc/self/maps")
_MEMORY = Path("/proc/self/statm")
_PRIVATE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (rw-p|---p) 00000000 00:00 0 +(\[heap\]|\[anon:.*\])?$")
_LARGE = 2 << 20
"""Bytes; on processors where a large page is larger than that, it would be too large for what we have."""
_ADVISE, _COLLAPSE = 14, 25
"""``MADV_HUGEPAGE``, and ``MADV_COLLAPSE`` (Linux 6.1), which does it at once: before, the kernel takes its time."""
_GROWN = 32 << 20
_LOOKS_SECONDS = 1.0


def use_large_pages() -> None:
    """Have this process's memory in large pages as it grows; does nothing where the system offers none."""
    if are_offered():
        Thread(target=_follow_growth, name="large pages", daemon=True).start()


def are_offered() -> bool:
    """Whether the system gives pages of 2 MiB to a program that asks for them."""
    try:
        offered = "[never]" not in (_SETTINGS / "enabled").read_text()
        return offered and int((_SETTINGS / "hpage_pmd_size").read_text()) == _LARGE
    except (OSError, ValueError):
        return False


def _gather() -> None:
    """Ask for large pages in place of the small ones that this process has now."""
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in _mappings():
        start, end = -(-start // _LARGE) * _LARGE, end // _LARGE * _LARGE
        if start < end:
            advise(start, end - start, _ADVISE)
            advise(start, end - start, _COLLAPSE)


def _follow_growth() -> None:
    gathered = 0
    while True:
        time.sleep(_LOOKS_SECONDS)
        held = int(_MEMORY.read_text().split()[1]) * resource.getpagesize()
        gathered = min(gathered, held)
        if held - gathered >= max(_GROWN, gathered // 8):
            gathered = held
            _gather()


def _mappings() -> Iterator[tuple[int, int]]:
    """Where the memory is that no file is behind. Without the stacks of threads, which use little of what they may:
    right before each lies a page that nobody may touch."""
    guarded = -1
    for line in _MAPPINGS.read_text().splitlines():
        if (found := _PRIVATE.match(line)) is None:
            continue
        start, end = int(found[1], 16), int(found[2], 16)
        if found[3] == "---p":
            guarded = end
        elif start != guarded:
            yield start, end
