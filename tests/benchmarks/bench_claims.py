"""How long 200 claimers at once take to empty a queue of 10,000, one claim at a time; each must be handed out once.

Run with ``python -m tests.benchmarks.bench_claims [redis URL]``: over SQLite, and over Redis if given.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from streams.queue import Claim, Queue
from streams.queue.redis import RedisQueue
from streams.queue.sqlite import SqliteQueue
from tests.streams.queue.made import NOW, recommendation

CLAIMERS, WAITING, SERVERS = 200, 10_000, 4


def _work(queue: Queue, by: str) -> list[str]:
    mine: list[str] = []
    while found := queue.claim(Claim(by=by, lease=3_600), NOW):
        mine += [item.recommendation["id"] for item in found]
    return mine


def measure(name: str, queues: Sequence[Queue]) -> None:
    """Fill a queue, let all claim until nothing is left, each at one of its servers, and count what each got."""
    queues[0].apply([recommendation(number, priority=float(number % 997)) for number in range(WAITING)])
    began = time.perf_counter()
    with ThreadPoolExecutor(CLAIMERS) as pool:
        work = [pool.submit(_work, queues[n % len(queues)], f"adviser-{n}") for n in range(CLAIMERS)]
        handed = [one.result() for one in work]
    took = time.perf_counter() - began
    counts = Counter(id for mine in handed for id in mine)
    times = sorted(set(counts.values()))
    print(f"{name}: {len(counts)} handed out, each {times} times, in {took:.1f} s ({WAITING / took:,.0f}/s)")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        measure("SQLite", [SqliteQueue(Path(folder) / "queue.db")])
    for url in sys.argv[1:]:
        measure("Redis", [RedisQueue(url, "bench-claims-") for _ in range(SERVERS)])


if __name__ == "__main__":
    main()
