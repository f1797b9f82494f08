"""Two hosts with a worker each, a third with Kafka, Redis and the API: one is cut off under load, and comes back.

``python -m tests.benchmarks.two_hosts [customers]``, as root: each host is a network namespace with a link of its own.
Prints what happened when, and ends with 1 unless every decision is that of ``signals replay`` and the owners answered.
"""

import json
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from tests.cluster.test_replay import UNTIL, Records, lines, newest
from tests.cluster.workers import READY, Cluster, signals
from tests.servers.host import SERVICES, Host
from tests.servers.kafka import Kafka
from tests.servers.process import Server, free_port
from tests.servers.redis import Redis

TOKEN = "between-hosts"
PORT = 6066
ASKED = 40
NARROW = 1_000
"""Kilobits a second that the slow link carries: less than the worker wants to write."""


class Worker(Server):
    """A worker on a host."""

    def __init__(self, cluster: Cluster, host: Host) -> None:
        self.host = host
        settings = {
            "SIGNALS_DATA": str(cluster.folder / host.name),
            "SIGNALS_WORKER_HOST": host.address,
            "SIGNALS_WORKER_PORT": str(PORT),
        }
        command = cluster.command(sys.executable, "-m", "streams.cli", "worker", **settings)
        super().__init__(host.inside(command), cluster.folder / f"{host.name}.log")

    def shards(self) -> list[int]:
        """Those that it owns; none when it does not answer."""
        asked = urllib.request.Request(
            f"http://{self.host.address}:{PORT}/operations", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        try:
            return list(json.load(urllib.request.urlopen(asked, timeout=2))["shards"])
        except OSError:
            return []

    def has_ended(self) -> bool:
        """Whether its process is gone."""
        return self.process is not None and self.process.poll() is not None


class Bench:
    """The hosts, what runs on them, and the clock of the story."""

    def __init__(self, folder: Path) -> None:
        self.began = time.monotonic()
        self.faults: list[str] = []
        port, controller = free_port(), free_port()
        self.hosts = [Host(1), Host(2)]
        everywhere = {
            "listeners": f"PLAINTEXT://{SERVICES}:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{SERVICES}:{port}",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        }
        self.kafka, self.redis = Kafka(folder / "kafka", everywhere), Redis(folder / "redis")
        self.redis.command += ["--bind", SERVICES, "--protected-mode", "no"]
        self.kafka.run()
        self.redis.run()
        redis_url = f"redis://{SERVICES}:{self.redis.port}/0"
        self.cluster = Cluster(f"{SERVICES}:{port}", redis_url, folder, SIGNALS_WORKER_TOKEN=TOKEN)
        self.workers = [Worker(self.cluster, host) for host in self.hosts]
        self.api = f"http://127.0.0.1:{free_port()}"
        api = [sys.executable, "-m", "streams.cli", "api", "--port", self.api.rpartition(":")[2]]
        self.api_server = Server(self.cluster.command(*api), folder / "api.log")

    def close(self) -> None:
        """End all of it."""
        for server in (*self.workers, self.api_server, self.redis, self.kafka):
            server.kill()
        for host in self.hosts:
            host.close()

    def tell(self, what: str) -> None:
        """Print it with the time."""
        print(f"{time.monotonic() - self.began:6.1f} s  {what}", flush=True)

    def demand(self, holds: bool, what: str) -> None:
        """Note a fault unless this holds."""
        self.tell(what if holds else f"NOT TRUE: {what}")
        if not holds:
            self.faults.append(what)

    def until(self, holds: Callable[[], bool], what: str, seconds: float = 120) -> None:
        """Wait until this holds, and tell how long that took."""
        began = time.monotonic()
        while not holds() and time.monotonic() - began < seconds:
            time.sleep(0.1)
        self.demand(holds(), f"{what} ({time.monotonic() - began:.1f} s)")

    def all_shards_at(self, *workers: Worker) -> bool:
        """Whether these own all shards, each once, and as many as each other."""
        owned = [worker.shards() for worker in workers]
        complete = sorted(chain.from_iterable(owned)) == list(range(self.cluster.settings.partitions))
        return complete and len({len(shards) for shards in owned}) == 1

    def shared_again(self, here: Worker, there: Worker) -> bool:
        """Whether both own half; a worker that ended is started again, as a supervisor does."""
        if there.has_ended():
            self.tell(f"the worker ended with status {there.process and there.process.poll()} and is started again")
            there.start(lambda log: READY in log)
        return self.all_shards_at(here, there)

    def decided(self, worker: Worker) -> float:
        """Events that it took in."""
        asked = f"http://{worker.host.address}:{PORT}/metrics"
        page = urllib.request.urlopen(asked, timeout=5).read().decode()
        return sum(float(line.split()[-1]) for line in page.splitlines() if line.startswith("signals_events_ingested"))

    def ask(self, customers: list[str]) -> tuple[int, float]:
        """How many of these the API knows, and the longest that one took, in seconds."""
        known, longest = 0, 0.0
        for customer in customers:
            began = time.monotonic()
            try:
                with urllib.request.urlopen(f"{self.api}/v1/customers/{customer}", timeout=60) as answer:
                    known += json.load(answer)["customer"] == customer
            except urllib.error.HTTPError as error:
                error.close()
            longest = max(longest, time.monotonic() - began)
        return known, longest


def replay(cluster: Cluster, customers: int) -> tuple[Records, Records]:
    """A history of the simulator, and the recommendations and decisions of its replay."""
    folder = cluster.folder
    population = ("--customers", str(customers), "--days", "90", "--seed", "7")
    signals(cluster, "simulate", *population, "--out", str(folder / "f.jsonl"), "--truth", str(folder / "t.jsonl"))
    outputs = ("--out", str(folder / "r.jsonl"), "--decisions", str(folder / "d.jsonl"))
    signals(cluster, "replay", str(folder / "f.jsonl"), "--until", UNTIL, *outputs)
    return lines(folder / "r.jsonl"), lines(folder / "d.jsonl")


def story(bench: Bench, customers: int) -> None:
    """What happens to them."""
    cluster, (here, there) = bench.cluster, bench.workers
    recommendations, decisions = replay(cluster, customers)
    for worker in bench.workers:
        worker.start(lambda log: READY in log)
    bench.until(lambda: bench.all_shards_at(here, there), "each host owns half of the shards")
    bench.api_server.start(lambda log: "listening" in log)
    loading = cluster.command(sys.executable, "-m", "streams.cli", "load", str(cluster.folder / "f.jsonl"))
    load = Server([*loading, "--until", UNTIL], cluster.folder / "load.log")
    load.start(lambda _: True)
    bench.until(lambda: bench.decided(there) > customers, "the second host is at work")
    known = sorted({one["customer"] for one in decisions.values()})[:ASKED]

    there.host.narrow(NARROW)
    time.sleep(5)
    bench.demand(bench.all_shards_at(here, there), f"with a link of {NARROW} kbit/s it keeps its shards")
    there.host.widen()

    there.host.cut()
    bench.tell("the second host is cut off")
    found, longest = bench.ask(known[:2])
    bench.tell(f"the API was asked for {2} customers and knew {found}, the slower took {longest:.1f} s")
    bench.until(lambda: bench.all_shards_at(here), "the first host owns all shards")
    bench.until(lambda: bench.ask(known)[0] == ASKED, f"the API shows all of {ASKED} customers")

    there.host.join()
    bench.tell("the second host is back")
    bench.until(lambda: bench.shared_again(here, there), "each host owns half of the shards again")
    bench.until(lambda: bench.ask(known)[0] == ASKED, f"the API shows all of {ASKED} customers, of either host")

    assert load.process is not None
    bench.demand(load.process.wait(300) == 0, "all events are loaded")
    told = cluster.read(cluster.topics.decisions, lambda found: len(newest(found)) >= len(decisions))
    bench.demand(newest(told) == decisions, f"all {len(decisions)} decisions are those of the replay")
    made = cluster.read(cluster.topics.recommendations, lambda found: len(newest(found)) >= len(recommendations))
    released = {id: one for id, one in newest(made).items() if one["reason"] == "RELEASED"}
    bench.demand(released == recommendations, f"all {len(recommendations)} recommendations are those of the replay")
    revisions = [(one["data"]["id"], one["data"]["revision"]) for one in made]
    bench.demand(len(revisions) == len(set(revisions)), "each revision was told once")


def main(customers: int) -> int:
    """Run, print; 1 when something was not as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            story(bench, customers)
        finally:
            bench.close()
    return int(bool(bench.faults))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
