"""The runbook's way back: a copy of the changelog, put back, and what came in since is decided as it was."""

from contextlib import closing

from kafka import KafkaProducer

from tests.cluster.workers import Cluster, search


def told(cluster: Cluster) -> tuple[set[tuple[str, str]], set[tuple[str, int]]]:
    """What was recommended to whom, and the counts of each customer's events: which of those that lie in others'
    partitions comes first depends on the pace of the shards."""
    found = cluster.recommendations(0)
    return {(one["id"], one["customer"]) for one in found}, {(one["customer"], one["n"]) for one in found}


def test_a_copy_of_the_changelog_is_put_back_and_nothing_counts_twice(cluster: Cluster) -> None:
    worker = cluster.start()
    cluster.send(search(number, number % 5) for number in range(20))
    cluster.recommendations(20)
    assert worker.stop() == 0
    copy = [(record.partition, record.key, record.value) for record in cluster.records(cluster.topics.changelog)]

    worker = cluster.start()
    cluster.send(search(number, number % 5) for number in range(20, 40))
    cluster.recommendations(40)
    assert worker.stop() == 0
    before = told(cluster)

    cluster.make_anew(cluster.topics.changelog)
    with closing(KafkaProducer(**cluster.settings.connection())) as producer:
        for partition, key, value in copy:
            producer.send(cluster.topics.changelog, value, key=key, partition=partition)
        producer.flush()

    cluster.start()
    cluster.recommendations(60)
    assert told(cluster) == before
    cluster.send([search(40, 0)])
    cluster.recommendations(61)
    assert [after - known for after, known in zip(told(cluster), before, strict=True)] == [
        {("e40", "customer:0")},
        {("customer:0", 9)},
    ]
