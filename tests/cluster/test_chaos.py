"""One fault after another under load, and in the end nothing is lost, doubled or miscounted.

``CHAOS_FAULTS`` sets how many (default 12); a long run: ``CHAOS_FAULTS=200 pytest tests/cluster/test_chaos.py``.
"""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

from streams.queue.redis import RedisQueue
from tests.cluster.test_exactly_once import CUSTOMERS, assert_once
from tests.cluster.workers import Cluster, search
from tests.servers.kafka import Kafka
from tests.servers.redis import Redis

FAULTS = int(os.environ.get("CHAOS_FAULTS", "12"))
EVENTS = 2_000
"""Sent before every fault."""


class Chaos:
    """Two workers, and the ways to hurt them and their servers."""

    def __init__(self, cluster: Cluster, kafka: Kafka, redis: Redis) -> None:
        self._cluster = cluster
        self._kafka = kafka
        self._redis = redis
        self._workers = {name: cluster.start(name) for name in ("a", "b")}
        self.kinds: list[Callable[[], None]] = [
            self.kill_a_worker,
            self.stop_a_worker,
            self.kill_redis,
            self.freeze_a_worker,
            self.kill_the_broker,
            self.lose_a_disk,
        ]

    def kill_a_worker(self) -> None:
        name = random.choice("ab")
        self._workers[name].kill()
        self._revive()

    def stop_a_worker(self) -> None:
        self._workers[random.choice("ab")].stop()
        self._revive()

    def freeze_a_worker(self) -> None:
        worker = self._workers[random.choice("ab")]
        worker.pause()
        time.sleep(float(self._cluster.variables["SIGNALS_SESSION_SECONDS"]) + 2)  # long enough to be taken for dead
        worker.resume()
        self._revive()

    def kill_redis(self) -> None:
        self._redis.kill()
        self._redis.run()
        self._revive()

    def kill_the_broker(self) -> None:
        self._kafka.kill()
        self._kafka.run()
        self._revive()

    def lose_a_disk(self) -> None:
        self._workers["a"].kill()
        (self._cluster.folder / "a").rename(self._cluster.folder / f"lost-{time.monotonic_ns()}")
        self._revive()

    def _revive(self) -> None:
        """Start what has ended, as a supervisor would."""
        for name, worker in self._workers.items():
            assert worker.process is not None
            if worker.process.poll() is not None:
                self._workers[name] = self._cluster.start(name)

    def end(self) -> None:
        """Revive until nothing ends any more."""
        self._revive()


def test_nothing_is_lost_or_doubled_whatever_dies(tmp_path: Path) -> None:
    random.seed(1)
    kafka, redis = Kafka(tmp_path / "kafka"), Redis(tmp_path / "redis", durable=True)
    kafka.run()
    redis.run()
    cluster = Cluster(kafka.bootstrap, redis.url, tmp_path)
    try:
        chaos = Chaos(cluster, kafka, redis)
        for fault in range(FAULTS):
            cluster.send(search(number, number % CUSTOMERS) for number in range(fault * EVENTS, (fault + 1) * EVENTS))
            chaos.kinds[fault % len(chaos.kinds)]()
        chaos.end()
        assert_once(cluster, FAULTS * EVENTS, seconds=180)
        queue = RedisQueue(redis.url, cluster.settings.redis_prefix)
        assert queue.get(f"e{FAULTS * EVENTS - 1}") is not None
    finally:
        cluster.stop()
        redis.kill()
        kafka.kill()
