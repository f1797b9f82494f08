"""How long the work queue's API takes to answer at an even pace, waiting included.

Run with ``python -m tests.benchmarks.bench_queue [node|cluster] [seconds] [rate] [processes]``: over ``signals run``,
or over one or more ``signals api`` with Kafka and Redis of their own, which share the connections. Requests leave on
time whether or not earlier ones were answered, and each is measured from the moment it should have left, so no waiting
is hidden. They are written and read as bytes on connections that stay open: the one process that asks takes little of
the cores that answer.
"""

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import cast
from urllib.request import urlopen

import uvloop

from streams.api.keys import Scope, make_key
from streams.queue import Queue
from streams.queue.redis import RedisQueue
from streams.queue.sqlite import SqliteQueue
from tests.cluster.workers import Cluster
from tests.servers.kafka import Kafka
from tests.servers.process import Server, free_port
from tests.servers.redis import Redis
from tests.streams.queue.made import recommendation

WAITING = 10_000
CONNECTIONS = 64
WARM_SECONDS = 3
SECRET, KEY = make_key("desk", [Scope.QUEUE])

Asked = tuple[float, str]
"""When a request should have left, and what it asks for."""


Serving = dict[int, Server]
"""The processes, by the ports they listen on."""


class Connection(asyncio.Protocol):
    """One request at a time on a connection that stays open."""

    def __init__(self, free: Callable[["Connection"], None], told: Callable[[float, str, bytes], None]) -> None:
        self._free, self._told = free, told
        self._asked: Asked = (0.0, "")
        self._missing = 0
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, due: float, kind: str, request: bytes) -> None:
        """Write a request."""
        self._asked, self._head = (due, kind), b""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            place = head.lower().index(b"content-length: ") + 16
            self._missing = int(head[place:].split(b"\r", 1)[0]) - len(body)
        if self._missing <= 0:
            self._told(*self._asked, self._head[9:12])
            self._free(self)


class Load:
    """Asks at an even pace."""

    def __init__(self, ports: Iterable[int], rate: float) -> None:
        self.took: list[tuple[float, str]] = []
        self.statuses: Counter[bytes] = Counter()
        self._ports, self._rate = cycle(ports), rate
        self._chance = random.Random(1)
        self._idle: deque[Connection] = deque()
        self._waiting: deque[tuple[float, str, bytes]] = deque()

    async def run(self, seconds: float) -> None:
        """Open the connections and ask for so long."""
        loop = asyncio.get_running_loop()
        while len(self._idle) < CONNECTIONS:
            port = next(self._ports)
            _, made = await loop.create_connection(lambda: Connection(self._freed, self._told), "127.0.0.1", port)
            self._idle.append(made)
        began, asked, last = time.perf_counter(), 0, int(seconds * self._rate)
        while asked < last:
            while asked < last and began + asked / self._rate <= time.perf_counter():
                self._ask(began + asked / self._rate)
                asked += 1
            await asyncio.sleep(max(0.001, began + asked / self._rate - time.perf_counter()))
        while len(self.took) < last:
            await asyncio.sleep(0.01)

    def _ask(self, due: float) -> None:
        self._waiting.append((due, *_request(self._chance)))
        if self._idle:
            self._idle.popleft().ask(*self._waiting.popleft())

    def _freed(self, connection: Connection) -> None:
        if self._waiting:
            connection.ask(*self._waiting.popleft())
        else:
            self._idle.append(connection)

    def _told(self, due: float, kind: str, status: bytes) -> None:
        self.took.append((time.perf_counter() - due, kind))
        self.statuses[status] += 1


def _request(chance: random.Random) -> tuple[str, bytes]:
    draw, id = chance.random(), f"rec_{chance.randrange(WAITING):05d}"
    if draw < 0.55:
        return "get", _written("GET", f"/{id}")
    if draw < 0.75:
        return "list", _written("GET", "?status=released&limit=20")
    by = f"a{chance.randrange(200)}"
    if draw < 0.9:
        return "claim", _written("POST", "/claim", {"by": by})
    return "outcome", _written("POST", f"/{id}/outcome", {"by": by, "outcome": "contacted"})


def _written(method: str, route: str, said: dict[str, str] | None = None) -> bytes:
    body = b"" if said is None else json.dumps(said).encode()
    kind = "" if said is None else f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    lines = f"{method} /v1/recommendations{route} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {SECRET}\r\n{kind}\r\n"
    return lines.encode() + body


def _fill(queue: Queue) -> None:
    now = time.time()
    soon = {"not_before": _written_time(now - 3_600), "expires": _written_time(now + 864_000)}
    queue.apply([recommendation(number, priority=float(number % 997), **soon) for number in range(WAITING)])
    queue.close()


def _written_time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


@contextmanager
def _node(folder: Path, processes: int) -> Iterator[Serving]:
    """``signals run`` over a queue that is full; always one process."""
    data, port = folder / "data", free_port()
    data.mkdir()
    _fill(SqliteQueue(data / "queue.db"))
    arguments = ("run", "--data", str(data), "--port", str(port))
    server = Server(["env", f"SIGNALS_API_KEYS={KEY}", *_signals(*arguments)], folder / "node.log")
    with _served({port: server}) as serving:
        yield serving


@contextmanager
def _cluster(folder: Path, processes: int) -> Iterator[Serving]:
    """``signals api`` over a queue that is full, Kafka and Redis beside it."""
    kafka, redis = Kafka(folder / "kafka"), Redis(folder / "redis")
    kafka.run()
    redis.run()
    try:
        cluster = Cluster(kafka.bootstrap, redis.url, folder, SIGNALS_API_KEYS=KEY)
        _fill(RedisQueue(redis.url, cluster.settings.redis_prefix))
        servers = {}
        for port in [free_port() for _ in range(processes)]:
            command = cluster.command(*_signals("api", "--port", str(port)))
            servers[port] = Server(command, folder / f"api-{port}.log")
        with _served(servers) as serving:
            yield serving
    finally:
        kafka.stop()
        redis.stop()


def _spent(servers: Iterable[Server]) -> list[float]:
    """Seconds of a core that the servers have used so far: in the program, and in the system."""
    spent = [0.0, 0.0]
    for server in servers:
        assert server.process is not None
        fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
        for kind, ticks in enumerate(fields[11:13]):
            spent[kind] += int(ticks) / os.sysconf("SC_CLK_TCK")
    return spent


def _signals(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "streams.cli", *arguments]


@contextmanager
def _served(servers: Serving) -> Iterator[Serving]:
    try:
        for port, server in servers.items():
            server.start(lambda said, port=port: "listening" in said and _ready(port), seconds=300)
        yield servers
    finally:
        for server in servers.values():
            server.stop()


def _ready(port: int) -> bool:
    try:
        return bool(urlopen(f"http://127.0.0.1:{port}/ready", timeout=5).status == 200)
    except OSError:
        return False


def main() -> None:
    kind, seconds, rate, processes = (*sys.argv[1:], *("node", "10", "1000", "1")[len(sys.argv) - 1 :])
    with (
        tempfile.TemporaryDirectory() as folder,
        {"node": _node, "cluster": _cluster}[kind](Path(folder), int(processes)) as serving,
    ):
        uvloop.run(Load(serving, float(rate)).run(WARM_SECONDS))
        load, own, spent = Load(serving, float(rate)), time.process_time(), _spent(serving.values())
        uvloop.run(load.run(float(seconds)))
        own = time.process_time() - own
        spent = [after - before for before, after in zip(spent, _spent(serving.values()), strict=True)]
    print(f"{kind}: {len(load.took):,} requests at {float(rate):,.0f}/s:", dict(load.statuses))
    for what in ("all", "get", "list", "claim", "outcome"):
        took = sorted(taken for taken, asked in load.took if what in ("all", asked))
        marks = (f"p{mark:g} {took[int(len(took) * mark / 100)] * 1000:.1f} ms" for mark in (50, 95, 99, 99.9))
        print(f"  {what:8}", ", ".join(marks))
    each = [1000 * used / len(load.took) for used in (own, *spent)]
    told = "of a core per request: asking {:.2f} ms, answering {:.2f} ms in the program and {:.2f} ms in the system"
    print(told.format(*each))


if __name__ == "__main__":
    main()
