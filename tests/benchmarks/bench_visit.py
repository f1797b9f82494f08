"""How long a visitor waits for what the site may show: over a real node, at rest and while it takes in other events.

Run with ``python -m tests.benchmarks.bench_visit [node|cluster] [visits]``: over ``signals run``, or ``signals api``,
a worker, Kafka and Redis of its own. Customers each left a quote unfinished, so every visit has something to go
through the gates. Prints milliseconds; beside them the same request for a visitor nobody knows: the cost of HTTP.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec

from signals.calendar.instant import from_datetime
from signals.config import Config
from signals.events.decode import decode_object, encode
from signals.events.event import Event
from streams.node import EmbeddedNode
from tests.cluster.workers import Cluster
from tests.servers.kafka import Kafka
from tests.servers.process import Server, free_port
from tests.servers.redis import Redis
from tests.streams.node.running import RunningNode

CUSTOMERS = 500
_PATIENCE = 60

Made = dict[str, Any]


def history(now: datetime) -> list[Event]:
    """Consent for the web, and a quote left two days ago."""
    begin = now - timedelta(days=2)
    facts: list[tuple[str, dict[str, Any]]] = [
        ("consent.changed", {"purpose": "marketing", "given": True, "channels": ["web"]}),
        ("consent.changed", {"purpose": "profiling", "given": True}),
        ("form.changed", {"form": "quote", "step": "saved", "product": "car"}),
    ]
    events = []
    for step, (kind, data) in enumerate(facts):
        for number in range(CUSTOMERS):
            envelope = {"specversion": "1.0", "id": f"{step}-{number}", "source": "/made", "type": kind, "data": data}
            time_ = (begin + timedelta(minutes=step)).isoformat()
            event = decode_object(envelope | {"time": time_, "subject": f"device:d{number}"})
            assert isinstance(event, Event)
            events.append(event)
    return events


def arrived_then(event: Event) -> Made:
    """The event as one that was seen when it happened: what arrives two days late fires nothing."""
    made: Made = msgspec.json.decode(encode(event))
    return made | {"recordedtime": made["time"]}


def visits(address: str, key: str, times: int, device: str) -> list[float]:
    """Milliseconds of each of so many visits, one after the other on one connection, sorted."""
    connection = HTTPConnection(address)
    took = []
    for number in range(times):
        body = json.dumps({"writeKey": key, "anonymousId": device.format(number % CUSTOMERS)})
        began = time.perf_counter()
        connection.request("POST", "/v1/web/decision", body)
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200
    return sorted(took)


@contextmanager
def taking_in(post: Callable[[list[Made]], object]) -> Iterator[None]:
    """Other events come in all the while, in batches of a thousand, from a process that holds up no visit itself."""

    def send() -> None:
        for batch in count(1):
            now = datetime.now(UTC).isoformat()
            post([_view(f"{batch}-{number}", now, number) for number in range(1000)])

    sender = get_context("fork").Process(target=send)
    sender.start()
    try:
        yield
    finally:
        sender.kill()
        sender.join()


def _view(id: str, now: str, number: int) -> dict[str, Any]:
    envelope = {"specversion": "1.0", "id": id, "source": "/web", "type": "web.viewed", "time": now}
    return envelope | {"subject": f"device:o{number}", "data": {"url": "/verhuizen"}}


def tell(what: str, took: list[float]) -> None:
    """Print the marks."""
    marks = {name: took[int(len(took) * share)] for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    print(f"{what:28}", ", ".join(f"{name} {mark:.1f} ms" for name, mark in marks.items()), flush=True)


def over_node(times: int, folder: Path) -> None:
    """A node that has lived through the history."""
    running = RunningNode(folder)
    now = datetime.now(UTC)
    node = EmbeddedNode(Config(), running.data)
    node.play(history(now), from_datetime(now))
    node.close()
    running.start()
    try:
        measure(running.url, running.post, times)
    finally:
        running.stop()


def over_cluster(times: int, folder: Path) -> None:
    """An API and one worker, which gets the history and then catches up with the clock."""
    kafka, redis = Kafka(folder / "kafka"), Redis(folder / "redis")
    kafka.run()
    redis.run()
    cluster = Cluster(kafka.bootstrap, redis.url, folder, SIGNALS_CLOCK="wall")
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "streams.cli", "api", "--port", url.rpartition(":")[2]]
    api = Server(cluster.command(*command), folder / "api.log")
    try:
        cluster.start("a", "signals")
        api.start(lambda said: "listening" in said and answers(url), seconds=300)
        cluster.send(map(arrived_then, history(datetime.now(UTC))))
        wait_until_shown(url)
        measure(url, post_to(url), times)
    finally:
        api.stop()
        cluster.stop()
        kafka.stop()
        redis.stop()


def post_to(url: str) -> Callable[[list[Made]], object]:
    """Gives events to an API."""

    def post(events: list[Made]) -> object:
        headers = {"Content-Type": "application/cloudevents-batch+json"}
        return urlopen(Request(f"{url}/v1/events", json.dumps(events).encode(), headers), timeout=60).read()

    return post


def answers(url: str) -> bool:
    """Whether it is ready."""
    try:
        return bool(urlopen(f"{url}/ready", timeout=5).status == 200)
    except OSError:
        return False


def wait_until_shown(url: str) -> None:
    """Wait until every customer's unfinished quote has become something to show; fails after a while."""
    deadline = time.monotonic() + _PATIENCE
    for number in range(CUSTOMERS):
        while not shown(url, f"d{number}"):
            assert time.monotonic() < deadline, f"after {_PATIENCE} s d{number} is shown nothing"
            time.sleep(0.5)


def shown(url: str, device: str) -> bool:
    """Whether there is something to show."""
    body = json.dumps({"writeKey": "", "anonymousId": device}).encode()
    with urlopen(Request(f"{url}/v1/web/decision", body), timeout=30) as answer:
        return bool(json.load(answer).get("show"))


def measure(url: str, post: Callable[[list[Made]], object], times: int) -> None:
    """The three figures."""
    address = url.removeprefix("http://")
    tell("a stranger, at rest", visits(address, "", times, "nobody{}"))
    tell("a customer, at rest", visits(address, "", times, "d{}"))
    with taking_in(post):
        tell("a customer, while taking in", visits(address, "", times, "d{}"))


def main() -> None:
    kind, times = (*sys.argv[1:], *("node", "1000")[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory() as folder:
        {"node": over_node, "cluster": over_cluster}[kind](int(times), Path(folder))


if __name__ == "__main__":
    main()
