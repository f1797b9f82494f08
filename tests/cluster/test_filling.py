"""Copies are filled in processes beside the worker's, and the worker does what these fail on."""

import asyncio
import subprocess
import sys
from functools import partial
from pathlib import Path
from random import Random

import pytest
from aiokafka import TopicPartition

from signals.customer.codec import encode_customer, products_of
from signals.customer.facts import Policy
from signals.customer.state import Customer
from streams.cluster.background import Background
from streams.cluster.filling import Fillers
from streams.cluster.ledger import Ledger, Writes
from streams.cluster.recovery import open_copy, recover
from streams.cluster.store import Row
from streams.wall import wall_now
from tests.cluster.workers import Cluster
from tests.servers.waiting import until

ORIGIN, SHARD = "topic-1", 0
ROWS = 60_000


@pytest.fixture
def full(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cluster:
    """A cluster whose first shard has a long changelog, in which some rows came twice and some went; its settings are
    this process's environment."""
    for name, value in {**cluster.variables, "SIGNALS_DATA": str(tmp_path / "data")}.items():
        monkeypatch.setenv(name, value)
    cluster.settings = cluster.settings.read()
    asyncio.run(written(cluster, changes()))
    return cluster


def changes() -> list[Row]:
    chance = Random(1)
    names = [f"customer:{chance.randrange(ROWS)}".encode() for _ in range(ROWS)]
    return [(name, None if place % 7 == 0 else row(name.decode(), place)) for place, name in enumerate(names)]


def row(key: str, events: int) -> bytes:
    return encode_customer(Customer(key, events=events, policies={"p": Policy("car", events % 2 == 0)}))


async def written(cluster: Cluster, rows: list[Row]) -> None:
    ledger = Ledger(cluster.settings, SHARD, Background("filling"))
    await ledger.open()
    await ledger.write([Writes(cluster.topics.changelog, SHARD, rows)])
    await ledger.close()


async def recovered(cluster: Cluster, fillers: Fillers) -> tuple[int, list[tuple[str, bytes]]]:
    copy, changelog = open_copy(cluster.settings, SHARD, ORIGIN), TopicPartition(cluster.topics.changelog, SHARD)
    read = await recover(cluster.settings, changelog, copy, wall_now(), partial(fillers.fill, SHARD))
    rows = [*copy.heads(), *copy.customers()]
    copy.close()
    await fillers.close()
    return read, rows


def expected() -> list[tuple[str, bytes]]:
    left = {name.decode(): row for name, row in dict(changes()).items() if row is not None}
    return sorted(left.items())


def test_a_long_changelog_is_read_by_another_process(full: Cluster) -> None:
    fillers = Fillers(ORIGIN)

    async def by_another() -> None:
        await fillers.fill(SHARD)
        await fillers.close()

    asyncio.run(by_another())
    copy = open_copy(full.settings, SHARD, ORIGIN)
    assert (copy.offset > ROWS, list(copy.customers())) == (True, expected())


def test_the_worker_has_all_rows_and_heads_then(full: Cluster) -> None:
    read, rows = asyncio.run(recovered(full, Fillers(ORIGIN)))
    held = [(name, row) for name, row in expected() if products_of(row)]
    assert read > ROWS
    assert rows[-len(expected()) :] == expected()
    assert [name for name, _ in rows[: -len(expected())]] == [name for name, _ in held]


def test_what_other_processes_fail_on_the_worker_does(full: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:1")
    read, rows = asyncio.run(recovered(full, Fillers(ORIGIN)))
    assert (read > ROWS, rows[-len(expected()) :]) == (True, expected())


def test_a_process_ends_with_its_worker_and_holds_no_copy(full: Cluster) -> None:
    command = [sys.executable, "-m", "streams.cluster.filling", ORIGIN]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"0\n")
    process.stdin.flush()
    lock = full.settings.data / full.settings.application / "shard-0" / "LOCK"
    until(lock.exists, "the process has the copy open")
    process.stdin.close()
    assert process.wait(60) == 0
    open_copy(full.settings, SHARD, ORIGIN).close()
