"""A day that concerns everybody, or news, is worked on piece by piece, each its own transaction; a crash in between
changes nothing."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from msgspec.structs import replace

from signals.batch import Batch
from signals.calendar.instant import HOUR, MINUTE, format_instant, parse_instant
from signals.config import Config
from signals.customer.codec import decode_customer, encode_customer
from signals.engine import OWN, Engine
from signals.events.decode import Rejected, decode_structured
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack
from streams.cluster import shard as shards
from streams.cluster.at_hand import AtHand
from streams.cluster.background import Background
from streams.cluster.fetching import Fetched
from streams.cluster.ledger import Ledger
from streams.cluster.records import decision_record, recommendation_record
from streams.cluster.recovery import recover
from streams.cluster.routing import COPIED, Router
from streams.cluster.shard import Shard
from streams.cluster.store import Store, clock_row
from streams.cluster.writing import Ahead, Turns
from streams.wall import wall_now
from tests.cluster.test_shard import FAILS, FailingEngines, Record
from tests.cluster.workers import Cluster

CUSTOMERS, AT_ONCE = 60, 7
AT_HAND = 1 << 17
"""Bytes for decoded rows: some twenty of them."""
BEFORE, AFTER = parse_instant("2026-10-20T10:00:00Z"), parse_instant("2026-11-20T10:00:00Z")
MORNING, END = parse_instant("2026-11-12T08:00:00Z"), parse_instant("2027-01-10T10:00:00Z")
"""Between these the season opens and ends, for everybody at once."""


def event(number: int, at: int, customer: int, kind: str, **data: object) -> bytes:
    envelope = {"specversion": "1.0", "id": f"e{number}", "source": "/test", "type": kind, "time": format_instant(at)}
    subject = "market:NL" if kind == "market.changed" else f"customer:{customer}"
    return json.dumps({**envelope, "subject": subject, "data": data}).encode()


def events() -> Iterator[bytes]:
    """Everybody takes out insurance, and a month passes; among these what the engine fails on, and what is no event."""
    policy = {"product": "health", "change": "started", "premium": 180.0}
    for number in range(CUSTOMERS):
        yield event(number, BEFORE, number, "policy.changed", policy=f"P{number}", **policy)
    yield event(100, BEFORE, 1, "web.searched", query=FAILS)
    yield b"no event"
    for number in range(101, 121):
        fails = number in (101, 110)
        yield event(number, AFTER, number % 7, "web.searched", query=FAILS if fails else "zorgverzekering overstappen")


def news() -> Iterator[bytes]:
    """Everybody has car insurance, and hears of cheaper ones while some have events of their own."""
    policy = {"product": "car", "change": "started", "premium": 60.0}
    told = {"product": "car", "what": "premium", "competitor": "Rival"}
    for number in range(CUSTOMERS):
        yield event(number, BEFORE, number, "policy.changed", policy=f"P{number}", **policy)
        consent = {"purpose": "marketing", "given": True, "channels": ["email"]}
        yield event(100 + number, BEFORE, number, "consent.changed", **consent)
        yield event(200 + number, BEFORE, number, "consent.changed", purpose="profiling", given=True)
    yield event(300, BEFORE + HOUR, 0, "market.changed", premium=50.0, **told)
    for number in range(301, 321):
        fails = number in (305, 310)
        yield event(number, BEFORE + number * MINUTE, number % 7, "web.searched", query=FAILS if fails else "verhuizen")
    yield event(321, BEFORE + 10 * HOUR, 0, "market.changed", premium=40.0, **told)
    for number in range(322, 342):
        at = BEFORE + 10 * HOUR + number * 10 * MINUTE
        yield event(
            number, at, 50 + number % 7, "policy.changed", policy="Q", **policy | {"premium": 30.0 + number % 9}
        )


def season() -> Iterator[bytes]:
    """The season opens for everybody in the night, and in the morning some have events of their own."""
    policy = {"product": "health", "change": "started", "premium": 180.0}
    for number in range(CUSTOMERS):
        yield event(number, BEFORE, number, "policy.changed", policy=f"P{number}", **policy)
    for number in range(100, 120):
        fails = number in (105, 110)
        query = FAILS if fails else "zorgverzekering overstappen"
        yield event(number, MORNING + number * MINUTE, number % 7, "web.searched", query=query)


def in_one_piece(pack: Pack, raws: Iterable[bytes]) -> tuple[list[Batch], dict[str, bytes]]:
    """What an engine alone makes of them, up to the end, and the rows that this leaves."""
    rows: dict[str, bytes] = {}
    whole = Engine(pack, rows.get)
    batches = [whole.process(decoded(raws)), whole.advance(END)]
    for batch in batches:
        rows |= {key: row for key, row in batch.rows.items() if row is not None}
    return batches, rows


def decoded(raws: Iterable[bytes]) -> list[Event]:
    found = [decode_structured(raw) for raw in raws]
    return [one for one in found if not isinstance(one, Rejected) and one.data.get("query") != FAILS]


class Life:
    """A worker's, which ends after some pieces of work, of which the last is not waited for. So many of the records are
    worked on ``at_once``."""

    def __init__(
        self,
        cluster: Cluster,
        engines: FailingEngines,
        pieces: int,
        folder: Path,
        raws: Iterable[bytes],
        at_once: int = 1_000,
    ) -> None:
        self._cluster = cluster
        self._records = [Record(offset, raw, headers=((COPIED, b""),)) for offset, raw in enumerate(raws)]
        self._at_once = at_once
        self._engines = engines
        self._pieces = pieces
        self._folder = folder
        self._at_hand = AtHand(engines.at_hand)

    def run(self) -> bool:
        """Whether all is done."""
        return asyncio.run(self._run())

    async def _run(self) -> bool:
        store = Store(self._folder, "origin", wall_now(), 1 << 20)
        failures: list[BaseException] = []
        topics = self._cluster.topics
        ledger = Ledger(self._cluster.settings, 0, Background("transactions"))
        await ledger.open()
        await recover(self._cluster.settings, TopicPartition(topics.changelog, 0), store, 0)
        router = Router(1, 0, stamped=False)
        shard = Shard(
            router, topics, store, ledger, self._engines, failures.append, Turns(0).wait, Ahead(), self._at_hand
        )
        records = self._records
        fetched = Fetched(topics.events, 0, records, len(records), 0, 0)  # type: ignore[arg-type]
        left = fetched.after(shard.taken.get(topics.events, 0))
        for _ in range(self._pieces):
            await shard.settle()
            goes_on = shard.go_on()
            if left is not None:
                left = shard.take_in(left, self._at_once)
            elif goes_on:
                continue
            elif shard.engine.next_due() <= END:
                shard.advance(END)
            else:
                await shard.settle()
                await shard.close()
                assert failures == []
                return True
        await shard.close()
        return False


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch) -> Pack:
    for bound in ("_FEW", "_TURN", "_DUE_AT_ONCE"):
        monkeypatch.setattr(shards, bound, AT_ONCE)
    return open_pack(Config())


@pytest.mark.parametrize("pieces", [3, 10, 10_000])
def test_what_is_due_for_everybody_is_many_transactions_and_decided_as_in_one(
    cluster: Cluster, tmp_path: Path, pack: Pack, pieces: int
) -> None:
    batches, rows = in_one_piece(pack, events())
    engines, lives = FailingEngines(pack, AT_HAND), 1
    while not Life(cluster, engines, pieces, tmp_path / "store", list(events())).run():
        lives += 1
    assert (lives == 1) == (pieces == 10_000)

    topics = cluster.topics
    decisions = [record.value for record in cluster.records(topics.decisions)]
    assert decisions == [decision_record(one)[1] for batch in batches for one in batch.decisions]
    told = [record.value for record in cluster.records(topics.recommendations)]
    assert told == [recommendation_record(one)[1] for batch in batches for one in batch.recommendations]
    store = Store(tmp_path / "store", "origin", wall_now(), 1 << 20)
    assert {key: row for key, row in store.rows() if not key.startswith(OWN)} == rows
    store.close()
    refused = sorted(json.loads(record.value)["reason"] for record in cluster.records(topics.quarantine))
    assert refused == ["FAILED", "FAILED", "FAILED", "NOT_JSON"]

    assert transactions_of(cluster) > 2 * CUSTOMERS / AT_ONCE


@pytest.mark.parametrize("pieces", [4, 10_000])
@pytest.mark.parametrize("raws", [news, season])
def test_what_concerns_many_comes_in_turns_while_events_go_on_and_is_decided_as_in_one(
    cluster: Cluster, tmp_path: Path, pack: Pack, raws: Callable[[], Iterator[bytes]], pieces: int
) -> None:
    batches, rows = in_one_piece(pack, raws())
    engines, lives = FailingEngines(pack, AT_HAND), 1
    while not Life(cluster, engines, pieces, tmp_path / "store", list(raws()), at_once=30).run():
        lives += 1
    assert (lives == 1) == (pieces == 10_000)

    topics = cluster.topics
    decisions = [record.value for record in cluster.records(topics.decisions)]
    expected = [decision_record(one)[1] for batch in batches for one in batch.decisions]
    assert by_customer(decisions) == by_customer(expected)
    assert decisions != expected
    assert len(by_customer(decisions)) == CUSTOMERS
    told = [record.value for record in cluster.records(topics.recommendations)]
    expected = [recommendation_record(one)[1] for batch in batches for one in batch.recommendations]
    assert by_customer(told) == by_customer(expected)
    store = Store(tmp_path / "store", "origin", wall_now(), 1 << 20)
    kept = {key: without_heard(row) for key, row in store.rows() if not key.startswith(OWN)}
    assert kept == {key: without_heard(row) for key, row in rows.items()}
    store.close()
    refused = [json.loads(record.value)["reason"] for record in cluster.records(topics.quarantine)]
    assert refused == ["FAILED", "FAILED"]
    assert transactions_of(cluster) > CUSTOMERS / AT_ONCE


def transactions_of(cluster: Cluster) -> int:
    clock, _ = clock_row(0)
    return sum(record.key == clock for record in cluster.records(cluster.topics.changelog))


def by_customer(records: list[bytes | None]) -> dict[str, list[bytes | None]]:
    """Between customers the order depends on whose turn it was."""
    found: dict[str, list[bytes | None]] = {}
    for record in records:
        found.setdefault(json.loads(record or b"")["subject"], []).append(record)
    return found


def without_heard(row: bytes) -> bytes:
    return encode_customer(replace(decode_customer(row), heard=""))
