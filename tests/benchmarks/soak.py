"""A worker with the full pack under an even load for a while: what it holds of memory, files and disk stays bounded.

``python -m tests.benchmarks.soak [MINUTES] [EVENTS A SECOND]``. The population has no end: every 18 days 2,000 new
customers come and stay for 180 days, so half an hour at 1,000 events a second is some 600 days. It prints a line every
15 s, at last how fast memory grew in the second half, and ends with 1 when a bound set by configuration was exceeded.
"""

import os
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import linear_regression

import msgspec
import redis

from signals.calendar.instant import format_instant
from streams.cluster.load import Sender
from tests.benchmarks.soak_worker import PREFIX
from tests.benchmarks.without_end import Population
from tests.cluster.workers import Cluster, port_of
from tests.servers.kafka import Kafka
from tests.servers.process import Server
from tests.servers.redis import Redis

MIB = 1 << 20
MEMORY = 128
"""Less than the population has, so that rows come and go all the time."""
PROGRAM, CUSTOMER = 400 * MIB, 250
"""Bytes: the program and what is under way, and what is kept in memory of each customer."""
UNDER_WAY = 400 * MIB
"""More once the worker was behind: 50,000 records of all shards are under way then, with what they lead to."""
LOOK_SECONDS = 15
BEHIND_SECONDS = 5
"""A worker with more than so much of the load unread is behind; at the end it may not be."""


class Look(msgspec.Struct):
    """What there was at one moment; sizes in MiB."""

    minute: float
    sent: int
    day: str
    customers: int
    memory: int
    bound: int
    allocated: int
    free: int
    store: int
    blocks: int
    watched: int
    rows: int
    timers: int
    fired: int
    told: int
    unread: int
    files: int
    threads: int
    series: int
    disk: int
    changelog: int
    redis: int
    load: float


class Soak:
    """A cluster of one worker, and its load."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kafka, self.redis = Kafka(folder / "kafka"), Redis(folder / "redis")
        self.kafka.run()
        self.redis.run()
        self.cluster = Cluster(self.kafka.bootstrap, self.redis.url, folder, SIGNALS_MEMORY=str(MEMORY))
        self.worker = self.cluster.start("a", engine="watched")
        self.population = Population()
        self.looks: list[Look] = []
        self.was_behind = False

    def run(self, minutes: float, rate: int) -> None:
        """Send events evenly, and look."""
        sender, events = Sender(self.cluster.settings), self.population.events()
        begin = time.monotonic()
        sent = 0
        while (passed := time.monotonic() - begin) < minutes * 60:
            for _ in range(min(rate, int(passed * rate) - sent)):
                sender.send(event := next(events))
                sent += 1
            if sent and passed >= LOOK_SECONDS * (len(self.looks) + 1):
                self.look(passed / 60, sent, format_instant(event.time)[:10], rate)
            time.sleep(0.05)
        sender.close()

    def look(self, minute: float, sent: int, day: str, rate: int) -> None:
        """Note and print what there is."""
        assert self.worker.process is not None
        process = Path("/proc") / str(self.worker.process.pid)
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        figures, series = page_of(self.worker)
        customers = self.population.customers
        unread = int(figures["signals_unread_records"])
        self.was_behind |= unread > rate * BEHIND_SECONDS
        bound = PROGRAM + MEMORY * MIB + customers * CUSTOMER
        bound += UNDER_WAY if self.was_behind else 0
        look = Look(
            minute=round(minute, 2),
            sent=sent,
            day=day,
            customers=customers,
            memory=int(status["VmRSS"].split()[0]) >> 10,
            bound=bound // MIB,
            allocated=int(figures[f"{PREFIX}allocated_bytes"]) // MIB,
            free=int(figures[f"{PREFIX}free_bytes"]) // MIB,
            store=int(figures[f"{PREFIX}store_bytes"]) // MIB,
            blocks=int(figures[f"{PREFIX}blocks"]),
            watched=int(figures[f"{PREFIX}watched"]),
            rows=int(figures[f"{PREFIX}rows_at_hand"]),
            timers=int(figures[f"{PREFIX}timers"]),
            fired=int(figures["signals_timers_fired_total"]),
            told=int(figures["signals_recommendations_total"]),
            unread=unread,
            files=len(os.listdir(process / "fd")),
            threads=int(status["Threads"]),
            series=series,
            disk=size(self.folder / "a") // MIB,
            changelog=sum(map(size, (self.folder / "kafka" / "data").glob("*-changelog-*"))) // MIB,
            redis=int(redis.Redis.from_url(self.redis.url).info("memory")["used_memory"]) // MIB,
            load=round(os.getloadavg()[0], 1),
        )
        if not self.looks:
            print(*Look.__struct_fields__)
        self.looks.append(look)
        print(*msgspec.structs.astuple(look), flush=True)

    def exceeded(self, rate: int) -> list[str]:
        """Which bounds did not hold."""
        faults = {
            "the worker's memory": any(look.memory > look.bound for look in self.looks),
            "the local copies' memory": any(look.store > MEMORY * 1.15 for look in self.looks),
            "unread events": self.looks[-1].unread > rate * BEHIND_SECONDS,
        }
        return [name for name, exceeded in faults.items() if exceeded]

    def stop(self) -> None:
        """End all of it."""
        self.cluster.stop()
        self.kafka.kill()
        self.redis.kill()


def page_of(worker: Server) -> tuple[dict[str, float], int]:
    """A worker's figures, each summed over its labels, and how many series there are."""
    page = urllib.request.urlopen(f"http://127.0.0.1:{port_of(worker)}/metrics", timeout=30).read().decode()
    lines = [line for line in page.splitlines() if not line.startswith("#")]
    figures: dict[str, float] = defaultdict(float)
    for line in lines:
        figures[line.split(" ")[0].split("{")[0]] += float(line.split()[-1])
    return figures, len(lines)


def size(folder: Path) -> int:
    """Bytes on disk; files come and go meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(f"{place}/{name}").st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def growth(looks: Sequence[Look]) -> str:
    """How fast memory grew, by a line of least squares, and how much of it is of customers who came."""
    hours = [look.minute / 60 for look in looks]
    slope = linear_regression(hours, [look.memory for look in looks]).slope
    came = linear_regression(hours, [look.customers for look in looks]).slope
    return f"{slope:.0f} MiB an hour, while {came:,.0f} customers came, who take {came * CUSTOMER / MIB:.0f} of them"


def main(minutes: float, rate: int) -> int:
    """Run and print; the exit status."""
    soak = Soak(Path(tempfile.mkdtemp()))
    try:
        soak.run(minutes, rate)
    finally:
        soak.stop()
    print("growth in the second half:", growth(soak.looks[len(soak.looks) // 2 :]))
    exceeded = soak.exceeded(rate)
    print("bounds exceeded:", ", ".join(exceeded) or "none")
    return 1 if exceeded else 0


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.exit(main(float(words[0]) if words else 30, int(words[1]) if len(words) > 1 else 1_000))
