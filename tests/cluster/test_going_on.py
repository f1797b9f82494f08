"""What is left for later is done in turns, and not while a rebalance takes shards away."""

import asyncio
import json
from pathlib import Path
from typing import Any

from streams.cluster.fetching import Fetched
from streams.cluster.routing import shard_of
from streams.cluster.shards import Shards
from streams.cluster.topics import find_topics
from tests.cluster.counting import CountingEngines
from tests.cluster.test_shard import Record
from tests.cluster.workers import Cluster, search

EACH = 200
"""Timers of a shard that are due at once."""


def reminders(number: int, count: int) -> list[bytes]:
    """Events of so many customers of a shard, who are all to be reminded at once."""
    customers = (one for one in range(100_000) if shard_of(f"customer:{one}", count) == number)
    due = {"data": {"query": "remind 1"}}
    return [json.dumps(search(one, one) | due).encode() for _, one in zip(range(EACH), customers, strict=False)]


def test_from_when_a_rebalance_begins_nothing_is_added_to_what_is_made_durable(
    cluster: Cluster, tmp_path: Path
) -> None:
    settings = cluster.settings.model_copy(update={"data": tmp_path})
    count, failures = settings.partitions, list[BaseException]()

    def fired(shards: Shards) -> list[Any]:
        return [shard.engine.timers_fired for shard in shards.owned.values()]

    async def work() -> None:
        shards = Shards(settings, find_topics(settings), CountingEngines(), failures.append)
        await shards.assign(set(range(count)))
        for number in range(count):
            records = [Record(offset, value) for offset, value in enumerate(reminders(number, count))]
            fetched = Fetched(cluster.topics.events, number, records, EACH, 0, 0)  # type: ignore[arg-type]
            await shards.take_in(fetched, lambda _: True)
        shards.advance(2**45, lambda tp, position: True)
        working = asyncio.Event()
        working.set()
        going_on = asyncio.create_task(shards.go_on(working.is_set))
        while max(fired(shards)) == min(fired(shards)):  # the first shard's turn
            await asyncio.sleep(0)
        working.clear()
        at_the_beginning = fired(shards)
        await shards.settle()
        await going_on
        assert fired(shards) == at_the_beginning
        await shards.assign({0})
        assert failures == []
        while await shards.go_on(lambda: True):
            pass
        assert fired(shards) == [EACH]
        await shards.close()

    asyncio.run(work())


def test_a_pack_taken_over_during_a_rebalance_waits_for_its_end(cluster: Cluster, tmp_path: Path) -> None:
    settings = cluster.settings.model_copy(update={"data": tmp_path})
    failures = list[BaseException]()

    async def work() -> None:
        shards = Shards(settings, find_topics(settings), CountingEngines(), failures.append)
        await shards.assign(set(range(settings.partitions)))
        engines = {number: shard.engine for number, shard in shards.owned.items()}

        def others() -> set[int]:
            return {number for number, shard in shards.owned.items() if shard.engine is not engines[number]}

        working = asyncio.Event()
        working.set()
        taking_over = asyncio.create_task(shards.take_over(CountingEngines(), working.is_set))
        while not others():  # the first shard's turn
            await asyncio.sleep(0)
        working.clear()
        at_the_beginning = others()
        await shards.settle()
        await shards.assign({0, 1})
        assert others() == at_the_beginning & {0, 1}
        working.set()
        await taking_over
        assert others() == {0, 1}
        await shards.close()
        assert failures == []

    asyncio.run(work())
