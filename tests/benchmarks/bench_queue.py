"""How many requests a second the work queue's API answers, and how long the slowest hundredth takes.

Run with ``python -m tests.benchmarks.bench_queue [seconds] [requests per second]``. The API runs in a process of its
own over SQLite; requests leave at an even pace whether or not earlier ones were answered, so waiting is not hidden.
"""

import asyncio
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import uvicorn

from streams.queue.sqlite import SqliteQueue
from tests.servers.process import free_port
from tests.streams.api.serving import Desktop
from tests.streams.queue.made import recommendation

WAITING = 10_000


def _serve(folder: str, port: int) -> None:
    from streams.api import create_api

    queue = SqliteQueue(Path(folder) / "queue.sqlite")
    queue.apply([recommendation(number, priority=float(number % 997)) for number in range(WAITING)])
    uvicorn.run(create_api(Desktop(queue)), host="127.0.0.1", port=port, log_level="warning")


async def _ask(session: aiohttp.ClientSession, url: str, chance: random.Random, took: list[float]) -> None:
    began = time.perf_counter()
    kind = chance.random()
    id = f"rec_{chance.randrange(WAITING):05d}"
    if kind < 0.6:
        answer = await session.get(f"{url}/v1/recommendations/{id}")
    elif kind < 0.8:
        answer = await session.get(f"{url}/v1/recommendations?status=released&limit=20")
    else:
        answer = await session.post(f"{url}/v1/recommendations/claim", json={"by": f"a{chance.randrange(200)}"})
    await answer.read()
    assert answer.status == 200
    took.append(time.perf_counter() - began)


async def _load(url: str, seconds: float, rate: float) -> list[float]:
    chance, took, asked = random.Random(1), [], []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as session:
        await _ready(session, url)
        began = time.perf_counter()
        for number in range(int(seconds * rate)):
            ahead = began + number / rate - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            asked.append(asyncio.create_task(_ask(session, url, chance, took)))
        await asyncio.gather(*asked)
        print(f"{len(took) / (time.perf_counter() - began):,.0f} requests/s answered of {rate:,.0f} asked", end=", ")
    return sorted(took)


async def _ready(session: aiohttp.ClientSession, url: str) -> None:
    while True:
        try:
            async with session.get(f"{url}/ready") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)


def main() -> None:
    seconds, rate = (float(word) for word in (*sys.argv[1:], *("10", "1000")[len(sys.argv) - 1 :]))
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        server = multiprocessing.Process(target=_serve, args=(folder, port))
        server.start()
        took = asyncio.run(_load(f"http://127.0.0.1:{port}", seconds, rate))
        server.terminate()
        server.join()
    marks = {name: took[int(len(took) * share)] * 1000 for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    print(", ".join(f"{name} {mark:.1f} ms" for name, mark in marks.items()))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{1000 * (used.ru_utime + used.ru_stime) / len(took):.2f} ms of one core per request, start included")


if __name__ == "__main__":
    main()
