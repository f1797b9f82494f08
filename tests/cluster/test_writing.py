"""What batches lead to is written together, and as it would be one after the other."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from signals.customer.codec import encode_customer
from signals.customer.state import Customer
from streams.cluster import writing
from streams.cluster.background import Background
from streams.cluster.ledger import Ledger
from streams.cluster.records import Outcome
from streams.cluster.store import Store
from streams.cluster.writing import Ahead, Turns, Writer
from streams.wall import wall_now
from tests.cluster.workers import Cluster

EVENTS = "events"


def rows_of(number: int, unread: int = 0, **rows: bytes | None) -> Outcome:
    """What the batch of one record led to that told nobody anything."""
    made = Outcome()
    made.arrive(EVENTS, number, 1, unread)
    made.rows = {key.encode(): row for key, row in rows.items()}
    return made


def row(number: int) -> bytes:
    return encode_customer(Customer(key="somebody", events=number))


def outcome(number: int, unread: int = 0, **rows: bytes | None) -> Outcome:
    """What the batch of one record led to."""
    made = rows_of(number, unread, **rows)
    made.recommendations.append((b"r%d" % number, b"{}"))
    return made


def no_more(made: Outcome) -> None:
    """Nothing changed since."""


def written(cluster: Cluster, store: Store, work: Callable[[Writer, list[Outcome]], Awaitable[None]]) -> list[Outcome]:
    """What a writer wrote of the ``work`` it got, in order; the work sees what is written so far."""
    done: list[Outcome] = []
    failures: list[BaseException] = []

    async def write() -> None:
        ledger = Ledger(cluster.settings, 0, Background("transactions"))
        await ledger.open()
        writer = Writer(0, cluster.topics, ledger, store, no_more, done.append, failures.append, Turns(0).wait, Ahead())
        await work(writer, done)
        await writer.settle()
        await ledger.close()

    asyncio.run(write())
    assert failures == []
    return done


def test_what_comes_while_a_transaction_runs_shares_the_next(cluster: Cluster, tmp_path: Path) -> None:
    store = Store(tmp_path / "store", "origin", wall_now(), 1 << 20)

    async def work(writer: Writer, done: list[Outcome]) -> None:
        writer.add(outcome(1, kept=row(1), gone=row(1), back=None))
        await asyncio.sleep(0)
        writer.add(outcome(2, kept=row(2), gone=None))
        writer.add(outcome(3, back=row(3)))
        writer.add(outcome(4, kept=row(4)))

    assert [one.records for one in written(cluster, store, work)] == [1, 3]
    assert [store.get(key) for key in (b"kept", b"gone", b"back")] == [row(4), None, row(3)]
    assert store.positions({}) == {EVENTS: 4}
    last = {record.key: record.value for record in cluster.records(cluster.topics.changelog)}
    assert (last[b"kept"], last[b"gone"], last[b"back"]) == (row(4), None, row(3))
    told = [record.key for record in cluster.records(cluster.topics.recommendations)]
    assert told == [b"r1", b"r2", b"r3", b"r4"]
    store.close()


def test_rows_wait_for_what_somebody_waits_for(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_PATIENCE_SECONDS", 600)
    store = Store(tmp_path / "store", "origin", wall_now(), 1 << 20)

    async def work(writer: Writer, done: list[Outcome]) -> None:
        writer.add(rows_of(1, a=row(1)))
        await asyncio.sleep(0)
        writer.add(rows_of(2, a=row(2)))
        writer.add(outcome(3, a=row(3)))
        async with asyncio.timeout(60):
            while not done:
                await asyncio.sleep(0.001)
        writer.add(rows_of(4, a=row(4)))

    assert [one.records for one in written(cluster, store, work)] == [3, 1]
    assert store.positions({}) == {EVENTS: 4}
    store.close()


def test_what_comes_out_of_a_backlog_waits_until_its_end(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_BACKLOG_SECONDS", 600)
    store = Store(tmp_path / "store", "origin", wall_now(), 1 << 20)

    async def work(writer: Writer, done: list[Outcome]) -> None:
        for number in (1, 2):
            writer.add(outcome(number, 1_000_000, a=row(number)))
            await asyncio.sleep(0.01)
        writer.add(rows_of(3, a=row(3)))

    assert [one.records for one in written(cluster, store, work)] == [3]
    assert store.get(b"a") == row(3)
    store.close()


def test_all_shards_together_are_so_far_ahead_and_all_get_on(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_BACKLOG_SECONDS", 600)
    monkeypatch.setattr(writing, "_ENOUGH", 8)
    monkeypatch.setattr(writing, "_AHEAD", 10)
    shards, parts, size = cluster.settings.partitions, 12, 3
    stores = [Store(tmp_path / f"store-{shard}", "origin", wall_now(), 1 << 20) for shard in range(shards)]
    done: list[Outcome] = []
    failures: list[BaseException] = []
    under_way: list[int] = []

    async def work(ahead: Ahead, writer: Writer) -> None:
        for part in range(1, parts + 1):
            await ahead.room()
            made = Outcome()
            made.arrive(EVENTS, size * part, size, 1_000_000)
            writer.add(made)
            under_way.append(size * (len(under_way) + 1) - sum(one.records for one in done))

    async def write() -> None:
        ahead, turns = Ahead(), Turns(0)
        ledgers = [Ledger(cluster.settings, shard, Background(f"shard-{shard}")) for shard in range(shards)]
        await asyncio.gather(*(ledger.open() for ledger in ledgers))
        writers = [
            Writer(shard, cluster.topics, ledger, store, no_more, done.append, failures.append, turns.wait, ahead)
            for shard, (ledger, store) in enumerate(zip(ledgers, stores, strict=True))
        ]
        await asyncio.gather(*(work(ahead, writer) for writer in writers))
        await asyncio.gather(*(writer.settle() for writer in writers))
        await asyncio.gather(*(ledger.close() for ledger in ledgers))

    asyncio.run(write())
    assert failures == []
    assert [store.positions({}) for store in stores] == [{EVENTS: size * parts}] * shards
    assert 10 <= max(under_way) < 10 + size
    for store in stores:
        store.close()


def test_what_never_becomes_durable_makes_room(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_AHEAD", 1)
    store = Store(tmp_path / "store", "origin", wall_now(), 1 << 20)
    failures: list[BaseException] = []

    def incomplete(made: Outcome) -> None:
        raise ZeroDivisionError("a bug")

    async def write() -> None:
        ahead, ledger = Ahead(), Ledger(cluster.settings, 0, Background("transactions"))
        writer = Writer(0, cluster.topics, ledger, store, incomplete, no_more, failures.append, Turns(0).wait, ahead)
        writer.add(outcome(1))
        await ahead.room()

    asyncio.run(write())
    assert [type(failure) for failure in failures] == [ZeroDivisionError]
    store.close()
