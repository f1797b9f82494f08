"""What a shard writes to Kafka: one transaction per batch, so that all of it counts or nothing does.

A transaction holds the changed rows, the position up to which events are in them, the recommendations, decisions,
forwarded events and what was quarantined. Its transactional id belongs to the shard: whoever gets the shard ends the
unfinished transaction of its predecessor, and a predecessor that isn't dead after all can't write any more.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from streams.cluster.background import Background
from streams.cluster.settings import ClusterSettings

_BATCH_BYTES = 900_000
_REQUEST_BYTES = 8 << 20
_TRANSACTION_MILLISECONDS = 30_000


Headers = Sequence[tuple[str, bytes]]


class Writes(msgspec.Struct, frozen=True):
    """Records for one partition of one topic, in order: keys and values (``None`` deletes), all with these headers."""

    topic: str
    partition: int
    records: Sequence[tuple[bytes | None, bytes | None]]
    headers: Headers = ()


class Ledger:
    """The only writer of one shard; its connection lives in ``background``."""

    _producer: AIOKafkaProducer

    def __init__(self, settings: ClusterSettings, shard: int, background: Background) -> None:
        self._settings = settings
        self._shard = shard
        self._background = background

    async def open(self) -> None:
        """Connect, end what a predecessor left unfinished, and lock it out."""
        await self._background.run(self._open())

    async def write(self, all_writes: Sequence[Writes]) -> dict[str, int]:
        """Write all or nothing; returns per topic the offset after what was written. Raises ``KafkaError``."""
        return await self._background.run(self._write(all_writes))

    async def close(self) -> None:
        """Let go of the connections; an unfinished transaction is ended by the next owner."""
        await self._background.run(self._producer.stop())

    async def _open(self) -> None:
        self._producer = AIOKafkaProducer(
            **self._settings.connection(),
            transactional_id=f"{self._settings.application}-shard-{self._shard}",
            transaction_timeout_ms=_TRANSACTION_MILLISECONDS,
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
        )
        await self._producer.start()

    async def _write(self, all_writes: Sequence[Writes]) -> dict[str, int]:
        await self._producer.begin_transaction()
        sent = [(writes, await self._send(writes)) for writes in all_writes if writes.records]
        after: dict[str, int] = {}
        for writes, batches in sent:
            for future, count in batches:
                after[writes.topic] = (await future).offset + count
        await self._producer.commit_transaction()
        return after

    async def _send(self, writes: Writes) -> list[tuple[asyncio.Future[Any], int]]:
        futures = []
        batch = self._producer.create_batch()
        headers = list(writes.headers)
        for key, value in writes.records:
            if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                futures.append(await self._submit(batch, writes))
                batch = self._producer.create_batch()
                batch.append(key=key, value=value, timestamp=None, headers=headers)
        futures.append(await self._submit(batch, writes))
        return futures

    async def _submit(self, batch: Any, writes: Writes) -> tuple[asyncio.Future[Any], int]:
        count = batch.record_count()
        future = await self._producer.send_batch(batch, writes.topic, partition=writes.partition)
        return future, count
