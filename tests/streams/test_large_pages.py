"""A process that grows has its memory in large pages, where the system offers them."""

import subprocess
import sys

from streams.large_pages import are_offered

_GROWING = """
import re, threading, time
from pathlib import Path
from streams.large_pages import use_large_pages

def is_advised(address):
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if found := re.match("([0-9a-f]+)-([0-9a-f]+) ", line):
            here = int(found[1], 16) <= address < int(found[2], 16)
        elif here and line.startswith("VmFlags:"):
            return "hg" in line.split()

use_large_pages()
kept = ["row %d" % number for number in range(2_000_000)]
until = time.monotonic() + 60
while not (done := is_advised(id(kept[1_000_000]))) and WAITING and time.monotonic() < until:
    time.sleep(0.1)
print(done)
"""


def test_what_a_process_keeps_lies_in_large_pages() -> None:
    code = _GROWING.replace("WAITING", str(are_offered()))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == str(are_offered())
