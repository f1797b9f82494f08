"""Rows are encoded when their transaction begins; what becomes durable is what working event by event would leave."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from signals.batch import Batch
from signals.config import Config
from signals.customer.codec import decode_customer
from signals.engine import Engine
from signals.events.decode import Rejected, decode_structured
from signals.events.event import Event
from signals.moments import ALL
from signals.pack.compile import Pack, open_pack
from streams.cluster.at_hand import AtHand
from streams.cluster.background import Background
from streams.cluster.fetching import Fetched
from streams.cluster.ledger import Ledger
from streams.cluster.routing import Router
from streams.cluster.shard import Shard
from streams.cluster.store import Store
from streams.cluster.writing import Ahead, Turns
from streams.wall import wall_now
from tests.cluster.workers import Cluster

CUSTOMERS, EACH = 5, 12
FAILS = "cause a failure"


class Failing(Engine):
    """Fails in the midst of a batch, when some of its events are worked on already."""

    def process(self, events: Iterable[Event], at_once: int = ALL, in_turns: bool = False) -> Batch:
        return super().process(map(checked, events), at_once, in_turns)


def checked(event: Event) -> Event:
    if event.data.get("query") == FAILS:
        raise ZeroDivisionError("a bug")
    return event


@dataclass
class FailingEngines:
    known: Pack
    at_hand: int
    """Bytes for decoded rows."""

    @property
    def pack(self) -> Mapping[str, str]:
        return self.known.environment.fingerprint._asdict()

    def make(self, load: Callable[[str], bytes | None], owns: Callable[[str], bool]) -> Engine:
        return Failing(self.known, load, owns, write_through=False)


class Record(msgspec.Struct):
    offset: int
    value: bytes
    timestamp: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def events() -> Iterator[bytes]:
    """Contacts of some customers in turn, and among them what the engine fails on."""
    for number in range(CUSTOMERS * EACH):
        fails = number % 17 == 16
        yield json.dumps(
            {
                "specversion": "1.0",
                "id": f"e{number}",
                "source": "/test",
                "type": "web.searched",
                "time": f"2026-01-{1 + number // 24:02}T{number % 24:02}:00:00Z",
                "subject": f"customer:{number % CUSTOMERS}",
                "data": {"query": FAILS if fails else "verhuizen"},
            }
        ).encode()


def worked_on(cluster: Cluster, engines: FailingEngines, batch: int, folder: Path) -> Store:
    """What a shard leaves that works on all events in batches before its first transaction begins."""
    store = Store(folder, "origin", wall_now(), 1 << 20)
    failures: list[BaseException] = []
    records = [Record(offset, value) for offset, value in enumerate(events())]

    async def work() -> None:
        ledger = Ledger(cluster.settings, 0, Background("transactions"))
        await ledger.open()
        router = Router(1, 0, stamped=False)
        together = Turns(0).wait, Ahead(), AtHand(engines.at_hand)
        shard = Shard(router, cluster.topics, store, ledger, engines, failures.append, *together)
        fetched = Fetched(cluster.topics.events, 0, records, len(records), 0, 0)  # type: ignore[arg-type]
        left: Fetched | None = fetched
        while left is not None:
            left = shard.take_in(left, batch)
        await shard.settle()
        await shard.close()

    asyncio.run(work())
    assert failures == []
    return Store(folder, "origin", wall_now(), 1 << 20)


def as_one_by_one(pack: Pack) -> dict[str, bytes]:
    """The rows that an engine leaves which writes each as it changes, and never sees what would make it fail."""
    rows: dict[str, bytes] = {}
    engine = Engine(pack, rows.get)
    for raw in events():
        event = decode_structured(raw)
        assert not isinstance(event, Rejected)
        if event.data["query"] != FAILS:
            rows |= {key: row for key, row in engine.process([event]).rows.items() if row is not None}
    return rows


@pytest.mark.parametrize("at_hand", [1 << 15, 1 << 30])
@pytest.mark.parametrize("batch", [1, 7, 1_000])
def test_an_engine_that_fails_before_rows_were_encoded_loses_and_doubles_nothing(
    cluster: Cluster, tmp_path: Path, at_hand: int, batch: int
) -> None:
    pack = open_pack(Config())
    store = worked_on(cluster, FailingEngines(pack, at_hand), batch, tmp_path / "store")
    expected = as_one_by_one(pack)
    found = dict(store.rows())
    store.close()
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        assert decode_customer(found[key]) == decode_customer(row)
    refused = [json.loads(record.value)["reason"] for record in cluster.records(cluster.topics.quarantine)]
    assert refused == ["FAILED"] * sum(FAILS.encode() in raw for raw in events())
    told = [record.key for record in cluster.records(cluster.topics.decisions)]
    assert len(told) == len(set(told))


def test_a_row_that_many_batches_changed_is_written_once(cluster: Cluster, tmp_path: Path) -> None:
    pack = open_pack(Config())
    worked_on(cluster, FailingEngines(pack, 1 << 30), 16, tmp_path / "store").close()
    keys = [record.key for record in cluster.records(cluster.topics.changelog)]
    assert len(keys) == len(set(keys))
    assert sum(key.startswith(b"customer:") for key in keys) == CUSTOMERS
