"""Rows that a newer release wrote: an older one does not touch them, nor what comes in for these customers."""

import pytest
from kafka import KafkaProducer

from signals.customer.codec import VERSION, encode_customer
from signals.customer.state import Customer
from streams.cluster.routing import shard_of
from tests.cluster.workers import Cluster, search


def test_a_worker_does_not_work_on_rows_of_a_newer_release(cluster: Cluster) -> None:
    key, partitions = "customer:1", cluster.settings.partitions
    row = bytes([VERSION + 1]) + encode_customer(Customer(key=key))[1:]
    producer = KafkaProducer(**cluster.settings.connection())
    producer.send(cluster.topics.changelog, row, key=key.encode(), partition=shard_of(key, partitions))
    producer.close()
    cluster.send([search(1, 1)])
    with pytest.raises(RuntimeError, match=f"version {VERSION + 1}.*start the release that wrote them"):
        cluster.start("a", "signals")
    assert [list(cluster.records(topic)) for topic in (cluster.topics.quarantine, cluster.topics.decisions)] == [[], []]
