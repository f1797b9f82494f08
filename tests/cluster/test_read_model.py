"""The read model in Redis may be lost at any moment: it comes back whole, also of shards where nothing happens."""

import redis

from streams.queue import Filter
from streams.queue.redis import RedisQueue
from tests.cluster.workers import PS1, Cluster, contact, figure
from tests.servers.waiting import until
from tests.streams.queue.made import NOW


def test_what_was_emptied_comes_back_without_another_event(cluster: Cluster, redis_url: str) -> None:
    queue = RedisQueue(redis_url, cluster.settings.redis_prefix)
    server = redis.Redis.from_url(redis_url)
    worker = cluster.start("a", "signals", "--pack", str(PS1))
    cluster.send([contact(3 * customer + number, customer) for customer in range(8) for number in range(3)])
    cluster.recommendations(8)

    def shown() -> int:
        return len(queue.list(Filter(), NOW).items)

    until(lambda: shown() == 8)
    server.delete(*server.scan_iter(f"{cluster.settings.redis_prefix}*"))
    until(lambda: shown() == 8)
    assert "the read model was emptied" in worker.said()
    assert figure(worker, "signals_projection_failures_total") == 0, "it could be reached"
    queue.close()
    server.close()


def test_a_topic_that_was_made_anew_is_brought_from_its_beginning(cluster: Cluster, redis_url: str) -> None:
    queue = RedisQueue(redis_url, cluster.settings.redis_prefix)

    def shown() -> int:
        return len(queue.list(Filter(), NOW).items)

    worker = cluster.start("a", "signals", "--pack", str(PS1))
    cluster.send([contact(3 * customer + number, customer) for customer in range(8) for number in range(3)])
    until(lambda: shown() == 8)
    assert worker.stop() == 0
    cluster.make_anew(cluster.topics.recommendations)
    cluster.start("a", "signals", "--pack", str(PS1))
    cluster.send([contact(3 * customer + number, customer) for customer in range(8, 30) for number in range(3)])
    until(lambda: shown() == 30)
    queue.close()
