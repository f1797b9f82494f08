"""A process that grows has its memory in large pages, where the system offers them."""

import subprocess
import sys

from streams.large_pages import are_offered

_GROWING = """
import re, time
from pathlib import Path
from streams.large_pages import use_large_pages

MAPPING = re.compile("^Size: +([0-9]+) kB$.*?^VmFlags:(.*?)$", re.M | re.S)

def advised():
    found = MAPPING.findall(Path("/proc/self/smaps").read_text())
    return sum(int(size) for size, flags in found if "hg" in flags.split())

use_large_pages()
kept = ["row %d" % number for number in range(2_000_000)]
until = time.monotonic() + WAITING
while not (done := advised() > 64 << 10) and time.monotonic() < until:
    time.sleep(0.1)
print(done)
"""


def test_what_a_process_keeps_lies_in_large_pages() -> None:
    """Also where the one that started it is larger than it will ever be: Linux counts that among its own peak."""
    larger = b"x" * (512 << 20)
    offered = are_offered()
    code = _GROWING.replace("WAITING", "60" if offered else "0")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == str(offered), f"beside {len(larger)} bytes"
