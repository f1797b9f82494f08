"""A small node of real parts behind the real server: what the API's and the pages' tests talk to."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from signals.calendar.instant import Instant
from signals.decision.controls import Control
from signals.decision.learning import Overrule, Precision
from signals.events.decode import Rejected, decode_structured
from signals.events.event import Event
from signals.recommendation.visit import Visit
from streams.api import Busy, Receipt
from streams.api.node import refused
from streams.api.wire import serving
from streams.queue import Queue
from streams.sources.quarantine import Quarantined
from streams.steering import Names, Refused
from streams.steering.sqlite import SqliteLedger
from tests.servers.process import free_port
from tests.streams.queue.made import NOW

_NAMES = Names(
    triggers=["life_event.move", "relationship.repeat_contact", "renewal"],
    channels=["email", "phone"],
    desks=["advisers", "service"],
    caps={"sales/P1D": 1, "sales/P14D": 2},
)


class Desktop:
    """A node without an engine: keeps events, knows customers it is told of, and stands still in time."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.ledger = SqliteLedger(Path(":memory:"))
        self.told: list[Control] = []
        self.events: list[Event] = []
        self.refused: list[Quarantined] = []
        self.customers: dict[str, dict[str, Any]] = {}
        self.visits: dict[str, Visit] = {}
        self.state: dict[str, Any] = {}
        self.moment: Instant = NOW
        self.tried_again: list[str] = []
        self.trouble: Exception | None = None
        self.ailments: dict[str, str] = {}
        self.troubles: list[Exception] = []
        """What goes wrong with the next events, once each."""
        self._seen: set[tuple[str, str]] = set()

    def now(self) -> Instant:
        return self.moment

    def ingest(self, events: Sequence[bytes]) -> Sequence[Receipt]:
        if isinstance(self.trouble, Busy):
            raise self.trouble
        if self.troubles:
            raise self.troubles.pop(0)
        return [self._take(raw) for raw in events]

    def _take(self, raw: bytes) -> Receipt:
        event = decode_structured(raw, self.moment)
        if isinstance(event, Rejected):
            return refused(event, raw)
        if (event.source, event.id) in self._seen:
            return Receipt(event.id, "duplicate")
        self._seen.add((event.source, event.id))
        self.events.append(event)
        return Receipt(event.id, "accepted")

    def refuse(self, quarantined: Sequence[Quarantined]) -> None:
        self.refused += quarantined

    def quarantined_records(self) -> Iterator[dict[str, Any]]:
        return (dict(one.record()) for one in self.refused)

    def redrive(self, reason: str | None = None) -> int:
        if self.trouble is not None:
            raise self.trouble
        kept = [one for one in self.refused if reason not in (None, one.rejected.reason)]
        gone, self.refused = len(self.refused) - len(kept), kept
        return gone

    def customer(self, subject: str) -> Mapping[str, Any] | None:
        return self.customers.get(subject)

    def visit(self, subject: str) -> Visit:
        return self.visits.get(subject, Visit())

    def explain(self, id: str) -> Mapping[str, Any] | None:
        item = self.queue.get(id)
        return item.recommendation if item else self.queue.decision(id)

    def operations(self) -> Mapping[str, Any]:
        return self.state

    def try_again(self, sink: str) -> None:
        self.tried_again.append(sink)

    def names(self) -> Names:
        return _NAMES

    def sayings(self) -> Mapping[str, str]:
        return {"said they are moving": "zei te gaan verhuizen"}

    def controls(self) -> list[Control]:
        standing = {(control.kind, control.name): control for control in self.told}
        return [control for _, control in sorted(standing.items()) if control.holds(self.moment)]

    def steer(self, control: Control) -> None:
        self.told.append(control)

    def compare_pack(self, files: Mapping[str, str]) -> dict[str, Any]:
        raise Refused("SAME_PACK")

    def compare_earlier(self) -> dict[str, Any]:
        raise Refused("NO_EARLIER")

    def take_over(self, pack: Mapping[str, Any]) -> None:
        raise Refused("NO_EARLIER")

    def precisions(self) -> Sequence[Precision]:
        return []

    def overrules(self) -> Sequence[Overrule]:
        said = Counter(event.data["direction"] for event in self.events if event.data.get("outcome") == "overruled")
        return [Overrule("life_event.move", "RELEASED", direction, count) for direction, count in said.items()]

    def ailing(self) -> Mapping[str, str]:
        return self.ailments

    def check(self) -> None:
        if self.trouble:
            raise self.trouble


@contextmanager
def serve(api: FastAPI) -> Iterator[str]:
    """The application on a real socket; gives its address."""
    port = free_port()
    server = uvicorn.Server(serving(api, "127.0.0.1", port, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
