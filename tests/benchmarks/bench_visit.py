"""How long a visitor waits for what the site may show: over a real node, at rest and while it takes in other events.

Run with ``python -m tests.benchmarks.bench_visit [visits] [url key]``; with an address and a key it asks that API (a
cluster's) instead of a node of its own. The node's customers each left a quote unfinished, so every visit has something
to go through the gates. Prints milliseconds; beside them the same request for a visitor nobody knows: the cost of HTTP.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from signals.calendar.instant import from_datetime
from signals.config import Config
from signals.events.decode import decode_object
from signals.events.event import Event
from streams.node import EmbeddedNode
from tests.streams.node.running import RunningNode

CUSTOMERS = 500


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


def visits(address: str, key: str, count: int, device: str) -> list[float]:
    """Milliseconds of each of so many visits, one after the other on one connection, sorted."""
    connection = HTTPConnection(address)
    took = []
    for number in range(count):
        body = json.dumps({"writeKey": key, "anonymousId": device.format(number % CUSTOMERS)})
        began = time.perf_counter()
        connection.request("POST", "/v1/web/decision", body)
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200
    return sorted(took)


@contextmanager
def taking_in(node: RunningNode) -> Iterator[None]:
    """Other events come in all the while, in batches of a thousand."""
    over = threading.Event()

    def send() -> None:
        batch = 0
        while not over.is_set():
            batch += 1
            now = datetime.now(UTC).isoformat()
            node.post([_view(f"{batch}-{number}", now, number) for number in range(1000)])

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()


def _view(id: str, now: str, number: int) -> dict[str, Any]:
    envelope = {"specversion": "1.0", "id": id, "source": "/web", "type": "web.viewed", "time": now}
    return envelope | {"subject": f"device:o{number}", "data": {"url": "/verhuizen"}}


def tell(what: str, took: list[float]) -> None:
    """Print the marks."""
    marks = {name: took[int(len(took) * share)] for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    print(f"{what:28}", ", ".join(f"{name} {mark:.1f} ms" for name, mark in marks.items()), flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    if len(sys.argv) > 3:
        tell("asked", visits(sys.argv[2].removeprefix("http://"), sys.argv[3], count, "d{}"))
        return
    with tempfile.TemporaryDirectory() as folder:
        running = RunningNode(Path(folder))
        now = datetime.now(UTC)
        node = EmbeddedNode(Config(), running.data)
        node.play(history(now), from_datetime(now))
        node.close()
        running.start()
        address = running.url.removeprefix("http://")
        tell("a stranger, at rest", visits(address, "", count, "nobody{}"))
        tell("a customer, at rest", visits(address, "", count, "d{}"))
        with taking_in(running):
            tell("a customer, while taking in", visits(address, "", count, "d{}"))
        running.stop()


if __name__ == "__main__":
    main()
