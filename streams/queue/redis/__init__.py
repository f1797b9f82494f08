"""The queue of the cluster, in Redis; what must be atomic is in ``lua/``."""

from streams.queue.redis.decisions import RedisDecisions
from streams.queue.redis.recommendations import RedisRecommendations
from streams.queue.redis.repeats import RedisRepeats
from streams.queue.redis.upkeep import RedisUpkeep
from streams.queue.redis.work import RedisWork


class RedisQueue(RedisRecommendations, RedisWork, RedisDecisions, RedisRepeats, RedisUpkeep):
    """A ``Queue`` in Redis 7; any number of processes may use it."""


__all__ = ["RedisQueue"]
