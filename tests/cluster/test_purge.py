"""The read model in Redis lets go of what expired long ago, and an erasure still reaches it on Kafka."""

from typing import Any

import redis

from streams.queue import Filter
from streams.queue.redis import RedisQueue
from tests.cluster.test_privacy import newest_by_place
from tests.cluster.test_time import tick
from tests.cluster.workers import PS1, Cluster, contact, signals
from tests.servers.waiting import until
from tests.streams.queue.made import NOW

OLD, RECENT = "2024-01-01T00:00:00Z", "2024-05-25T00:00:00Z"


def contacts(customers: range, time: str) -> list[dict[str, Any]]:
    """Of each customer three contacts, of which the last makes a recommendation that closes after a day."""
    numbers = ((3 * customer + number, customer) for customer in customers for number in range(3))
    return [contact(number, customer) | {"time": time} for number, customer in numbers]


def test_what_expired_long_ago_goes_and_stays_away(cluster: Cluster, redis_url: str) -> None:
    queue = RedisQueue(redis_url, cluster.settings.redis_prefix)
    server = redis.Redis.from_url(redis_url)
    arguments = ("a", "signals", "--pack", str(PS1))
    worker = cluster.start(*arguments)

    def shown() -> set[str]:
        return {item.recommendation["customer"] for item in queue.list(Filter(), NOW, 100).items}

    old, recent = ({f"customer:{number}" for number in numbers} for numbers in (range(8), range(8, 16)))
    cluster.send(contacts(range(8), OLD))
    until(lambda: shown() == old)
    cluster.send(contacts(range(8, 16), RECENT))
    cluster.recommendations(16)
    cluster.send([tick("2024-06-01T00:00:00Z")])
    until(lambda: shown() == recent)
    assert all(len(queue.purged_of(customer)) == 1 for customer in old)
    assert sum(queue.funnel().candidates.values()) == 16

    server.delete(*server.scan_iter(f"{cluster.settings.redis_prefix}*"))
    until(lambda: shown() == recent and all(queue.purged_of(customer) for customer in old))
    worker.kill()
    server.delete(*server.scan_iter(f"{cluster.settings.redis_prefix}*"))
    cluster.start(*arguments)
    until(lambda: shown() == recent and all(queue.purged_of(customer) for customer in old))

    erased = signals(cluster, "privacy", "erase", "customer:0", "--cluster")
    assert erased.returncode == 0, erased.stderr
    until(lambda: not queue.purged_of("customer:0"))
    told = newest_by_place(cluster, cluster.topics.recommendations)
    assert not any(value and b'"customer:0"' in value for value in told.values())
    queue.close()
    server.close()
