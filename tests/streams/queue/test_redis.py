"""What only the queue in Redis promises."""

from uuid import uuid4

import redis

from streams.queue.redis import RedisQueue
from tests.streams.queue.made import decision, recommendation


def test_who_followed_a_redis_that_came_back_empty_sees_what_comes_after(redis_url: str) -> None:
    prefix = f"{{{uuid4().hex}}}:"
    queue, server = RedisQueue(redis_url, prefix), redis.Redis.from_url(redis_url)
    queue.apply_decisions([decision(1)])
    queue.apply([recommendation(number) for number in range(1, 9)])
    place = queue.changes(-1)[0].sequence
    server.delete(*server.scan_iter(f"{prefix}*"))
    queue.apply([recommendation(9)])
    assert [change.item.recommendation["id"] for change in queue.changes(place)] == ["rec_00009"]
    queue.close()
    server.close()


def test_who_followed_a_redis_that_was_restored_sees_what_comes_after(redis_url: str) -> None:
    prefix = f"{{{uuid4().hex}}}:"
    queue, server = RedisQueue(redis_url, prefix), redis.Redis.from_url(redis_url)
    queue.apply([recommendation(1)])
    copy = {key: server.dump(key) for key in server.scan_iter(f"{prefix}*")}
    queue.apply_decisions([decision(1)])
    queue.apply([recommendation(number) for number in range(2, 9)])
    place = queue.changes(-1)[0].sequence
    server.delete(*server.scan_iter(f"{prefix}*"))
    for key, value in copy.items():
        server.restore(key, 0, value)
    queue.apply([recommendation(8), recommendation(9)])
    told = [change.item.recommendation["id"] for change in queue.changes(place)]
    assert told == ["rec_00008", "rec_00009"]
    queue.close()
    server.close()
