"""How many decoded rows a worker keeps: as many as fit into what it may take, whatever their size and its shards."""

import tracemalloc
from datetime import date

import pytest

from signals.config import Config
from signals.customer.codec import decode_customer
from signals.engine import Engine
from signals.pack.compile import open_pack
from signals.simulation.play import Simulation
from streams.cluster.at_hand import AtHand

MEMORY = 64 << 20


def test_the_smaller_rows_are_and_the_fewer_shards_the_more_each_keeps() -> None:
    at_hand = AtHand(MEMORY)
    at_hand.note([bytes(1_000)] * 10)
    most = at_hand.most
    at_hand.shards = 4
    assert at_hand.most == most // 4
    at_hand.note([bytes(6_000)] * 1_000)
    large = at_hand.most
    assert large < most // 12
    at_hand.note([bytes(1_000)] * 100_000)  # rows are as they were lately
    assert large < most // 8 < at_hand.most


def test_a_worker_without_shards_or_memory_for_a_row_keeps_one() -> None:
    at_hand = AtHand(1)
    at_hand.shards = 0
    assert at_hand.most == 1


@pytest.mark.parametrize("kind", ["customer:", "device:"])
def test_as_many_rows_as_it_keeps_take_the_memory_that_they_may(kind: str) -> None:
    engine = Engine(open_pack(Config()), write_through=False)
    engine.process(sorted(Simulation(40, 365, 1, date(2026, 1, 1)).events(), key=lambda event: event.time))
    rows = [row for key, row in engine.take_rows().items() if row is not None and key.startswith(kind)]
    assert len(rows) > 20
    tracemalloc.start()
    decoded = [decode_customer(row) for row in rows]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    at_hand = AtHand(taken)
    at_hand.note(rows)
    assert 0.75 < at_hand.most / len(decoded) < 1.25
