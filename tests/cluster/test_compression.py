"""Senders may compress what they send, as each likes; workers and tools read all of it."""

import asyncio
import json

import pytest
from aiokafka import AIOKafkaProducer

from streams.cluster.recent import recent_events
from tests.cluster.workers import Cluster, search


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_compressed_events_are_read(cluster: Cluster, codec: str) -> None:
    async def send() -> None:
        producer = AIOKafkaProducer(**cluster.settings.connection(), compression_type=codec)
        await producer.start()
        for number in range(40):
            await producer.send(cluster.topics.events, json.dumps(search(number, number)).encode())
        await producer.stop()

    asyncio.run(send())
    recent = recent_events(cluster.settings, 1_000)
    assert {json.loads(event)["id"] for event in recent} == {f"e{number}" for number in range(40)}
    cluster.start()
    assert len(cluster.recommendations(40)) == 40
