"""One fault after another under load, and in the end nothing is lost, doubled or miscounted, in outputs and in state.

``CHAOS_FAULTS`` sets how many (default 12, each kind once), ``CHAOS_SEED`` which chances: a long run is
``CHAOS_FAULTS=200 pytest tests/cluster/test_chaos.py``.
"""

import os
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streams.queue.redis import RedisQueue
from tests.cluster.test_exactly_once import assert_once, assert_state, events
from tests.cluster.workers import Cluster
from tests.servers.kafka import Kafka
from tests.servers.process import Server
from tests.servers.redis import Redis

FAULTS = int(os.environ.get("CHAOS_FAULTS", "12"))
EVENTS = 2_000
"""Sent before every fault."""

_STARTS = 5
"""How often a supervisor may have to start a worker again while the servers come back."""


class Chaos:
    """Two workers, and the ways to hurt them, their servers and what comes in."""

    def __init__(self, cluster: Cluster, kafka: Kafka, redis: Redis) -> None:
        self._cluster = cluster
        self._kafka = kafka
        self._redis = redis
        self._workers = {name: cluster.start(name) for name in ("a", "b")}
        self.kinds: list[Callable[[], None]] = [
            self.kill_a_worker,
            self.stop_a_worker,
            self.lose_redis_for_a_while,
            self.freeze_a_worker,
            self.kill_the_broker,
            self.lose_a_disk,
            self.let_a_third_worker_join_and_leave,
            self.deliver_again,
            self.slow_the_broker_down,
            self.fill_a_disk,
            self.restart_the_broker,
            self.kill_all_workers,
        ]

    def kill_a_worker(self) -> None:
        time.sleep(random.uniform(0, 1))
        self._any().kill()

    def kill_all_workers(self) -> None:
        for worker in self._workers.values():
            worker.kill()

    def stop_a_worker(self) -> None:
        self._any().stop()

    def freeze_a_worker(self) -> None:
        worker = self._any()
        worker.pause()
        time.sleep(self._session + 2)  # long enough to be taken for dead
        worker.resume()

    def let_a_third_worker_join_and_leave(self) -> None:
        third = self._cluster.start("c")
        self.deliver_again()
        random.choice((third.stop, third.kill))()

    def lose_redis_for_a_while(self) -> None:
        self._redis.kill()
        self.deliver_again()
        self._redis.run()

    def kill_the_broker(self) -> None:
        self._kafka.kill()
        self._kafka.run()

    def restart_the_broker(self) -> None:
        self._kafka.stop()
        self._kafka.run()

    def slow_the_broker_down(self) -> None:
        for _ in range(4):
            self._kafka.pause()
            time.sleep(1)
            self._kafka.resume()
            time.sleep(0.2)

    def lose_a_disk(self) -> None:
        self._workers["a"].kill()
        (self._cluster.folder / "a").rename(self._cluster.folder / f"lost-{time.monotonic_ns()}")

    def fill_a_disk(self) -> None:
        worker = self._any()
        assert worker.process is not None
        subprocess.run(["prlimit", "--pid", str(worker.process.pid), "--fsize=1:1"], check=True)
        worker.stop()

    def deliver_again(self) -> None:
        """What was sent last comes once more."""
        self._cluster.send(self.sent)

    def send(self, begin: int, end: int) -> None:
        """New events."""
        self.sent: list[dict[str, Any]] = events(begin, end)
        self._cluster.send(self.sent)

    def revive(self) -> None:
        """Start what has ended, as a supervisor would."""
        for name, worker in self._workers.items():
            assert worker.process is not None
            if worker.process.poll() is not None:
                self._workers[name] = self._started(name)

    def _started(self, name: str) -> Server:
        for _ in range(_STARTS - 1):
            try:
                return self._cluster.start(name)
            except RuntimeError:
                continue
        return self._cluster.start(name)

    def _any(self) -> Server:
        return self._workers[random.choice("ab")]

    @property
    def _session(self) -> float:
        return float(self._cluster.variables["SIGNALS_SESSION_SECONDS"])


def test_nothing_is_lost_or_doubled_whatever_dies(tmp_path: Path) -> None:
    random.seed(int(os.environ.get("CHAOS_SEED", "1")))
    kafka, redis = Kafka(tmp_path / "kafka"), Redis(tmp_path / "redis", durable=True)
    kafka.run()
    redis.run()
    cluster = Cluster(kafka.bootstrap, redis.url, tmp_path)
    try:
        chaos = Chaos(cluster, kafka, redis)
        for fault in range(FAULTS):
            chaos.send(fault * EVENTS, (fault + 1) * EVENTS)
            chaos.kinds[fault % len(chaos.kinds)]()
            chaos.revive()
        total = FAULTS * EVENTS
        assert_once(cluster, total, seconds=180 + FAULTS)
        assert_state(cluster, total)
        queue = RedisQueue(redis.url, cluster.settings.redis_prefix)
        assert queue.get(f"e{total - 1}") is not None
    finally:
        cluster.stop()
        redis.kill()
        kafka.kill()
