"""We rely on the inside of three libraries; when an upgrade changes what we rely on, look again and renew the digest.

``streams/cluster/fetching.py`` and ``odd_headers.py`` say what we replace and why.
"""

import hashlib
import inspect
from importlib.metadata import version
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from aiokafka.consumer.subscription_state import TopicPartitionState
from faust.app.base import App
from faust.tables.recovery import Recovery
from faust.transport.conductor import ConductorCompiler
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, ConsumerRebalanceListener, Producer
from kafka.record import memory_records

from streams.cluster.fetching import Records
from streams.cluster.odd_headers import ReadableBatch, ReadableRecords, _ReadableBatch

RELIED_ON = {
    "getmany and its caller": (Consumer.getmany, Consumer._drain_messages, Consumer._wait_next_records),
    "commits": (Consumer.force_commit, Consumer._filter_committable_offsets, Consumer._commit_offsets),
    "fetching in the thread": (AIOKafkaConsumerThread.getmany, AIOKafkaConsumerThread._fetch_records),
    "fetching again": (Fetcher._fetch_requests_routine, Fetcher._get_actions_per_node, Fetcher.close),
    "making the fetcher": (AIOKafkaConsumer.start,),
    "making the consumer": (AIOKafkaConsumerThread._create_worker_consumer,),
    "beginning to ask Kafka": (Producer._new_producer, AIOKafkaProducer.start, AIOKafkaClient.bootstrap),
    "rebalance": (ConsumerRebalanceListener, Recovery._resume_streams, App._on_partitions_revoked, App._stop_consumer),
    "records": (Records.__base__,),
    "the slower parser": ReadableRecords.__bases__ + _ReadableBatch.__bases__[1:],
    "kafka-python's parser": (*ReadableBatch.__bases__[1:], memory_records.MemoryRecords),
    "delivery": (ConductorCompiler.build,),
    "positions": (FetchResult, Fetcher.fetched_records, TopicPartitionState),
}

DIGESTS = {
    "getmany and its caller": "ccde2d6373fa0ad4",
    "commits": "dcf0a04313de73bc",
    "fetching in the thread": "94f50b22b4903da9",
    "fetching again": "1dc1d6475b871062",
    "making the fetcher": "2f1ba70443327538",
    "making the consumer": "c2701bfc3e6f6cad",
    "beginning to ask Kafka": "d18ffe0148146d12",
    "rebalance": "060bfa8bee9038c4",
    "records": "94aa0da0dbec8d1b",
    "the slower parser": "70ed1ab1a0cc9726",
    "kafka-python's parser": "495d8b088723482e",
    "delivery": "837cf521368c1ee4",
    "positions": "8deb2c0a5a94c025",
}


def digest(parts: tuple[Any, ...]) -> str:
    return hashlib.sha256("".join(inspect.getsource(part) for part in parts).encode()).hexdigest()[:16]


@pytest.mark.parametrize("what", RELIED_ON)
def test_what_we_rely_on_is_unchanged(what: str) -> None:
    assert digest(RELIED_ON[what]) == DIGESTS[what], f"faust-streaming, aiokafka or kafka-python changed: {what}"


def test_the_version_we_read() -> None:
    assert version("faust-streaming") == "0.15.3"
