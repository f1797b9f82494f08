"""A season that opens for every customer at one moment: what it takes of a worker's memory and processor time, and for
how long somebody else's events wait meanwhile.

``python -m tests.benchmarks.season [CUSTOMERS]``. The worker is the soak's: the full pack, four shards, fewer rows at
hand than customers. It prints the opening, with others who answer a survey meanwhile, and the other moments of the
season.
"""

import sys
import tempfile
import threading
import time
from pathlib import Path

from signals.calendar.instant import MINUTE, Instant, parse_instant
from signals.events.event import Event
from streams.cluster.load import Sender
from tests.benchmarks.answers import Answers
from tests.benchmarks.soak import MIB, Soak, page_of
from tests.benchmarks.soak_worker import PREFIX

BEFORE, OPENED, OVER = (parse_instant(f"{day}T10:00:00Z") for day in ("2026-10-20", "2026-11-12", "2027-01-05"))
VISITORS = 400
"""Whose visits let time come so far, in every shard."""
TICKS = 100
"""Of the kernel, a second of processor time."""
PAGE = 4096


class Season:
    """The customers of a worker, and what it takes to fire for all of them."""

    def __init__(self, soak: Soak) -> None:
        assert soak.worker.process is not None
        self._worker = soak.worker
        self._process = Path("/proc") / str(soak.worker.process.pid)
        self._sender = Sender(soak.cluster.settings)
        self._sent = 0
        self._most = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def begin(self, customers: int) -> None:
        """Let them take out insurance, at a pace that the worker keeps up with."""
        for number in range(customers):
            who = f"customer:{number}"
            self._send(BEFORE, who, "consent.changed", purpose="marketing", given=True, channels=["email", "phone"])
            self._send(BEFORE, who, "consent.changed", purpose="profiling", given=True)
            policy = {"policy": f"P{number}", "product": "health", "change": "started", "premium": 150.0}
            self._send(BEFORE, who, "policy.changed", **policy)
            if number % 500 == 499:
                time.sleep(0.35)
        self._settle()

    def let_pass(self, until: Instant) -> str:
        """Let time come so far; what that took."""
        before, processor, self._most, begin = self._memory(), self._seconds(), 0, time.monotonic()
        fired = self._fired()
        for number in range(VISITORS):
            self._send(until + number * MINUTE, f"customer:{number}", "web.viewed", url="/autoverzekering/premie")
        seconds = self._settle() - begin
        fired, processor = self._fired() - fired, self._seconds() - processor
        store = page_of(self._worker)[0][f"{PREFIX}store_bytes"] / MIB
        return (
            f"{before} MiB, at most {self._most}, afterwards {self._memory()} (RocksDB {store:.0f}); "
            f"{fired:.0f} timers within {seconds:.0f} s, processor time {processor:.0f} s"
        )

    def _send(self, at: Instant, who: str, kind: str, **data: object) -> None:
        self._sent += 1
        self._sender.send(Event(f"e{self._sent}", "/made", kind, at, at, who, data))

    def _settle(self) -> float:
        """Wait until the worker has had nothing to do for five seconds; when it last had."""
        self._sender.flush()
        busy, seconds = time.monotonic(), self._seconds()
        while time.monotonic() - busy < 5:
            time.sleep(0.5)
            if self._seconds() - seconds > 0.1:
                busy = time.monotonic()
            seconds = self._seconds()
        return busy

    def _fired(self) -> float:
        return page_of(self._worker)[0]["signals_timers_fired_total"]

    def _memory(self) -> int:
        pages = int((self._process / "statm").read_text().split()[1])
        return pages * PAGE // MIB

    def _seconds(self) -> float:
        return sum(map(int, (self._process / "stat").read_text().split()[13:15])) / TICKS

    def _watch(self) -> None:
        while self._process.exists():
            self._most = max(self._most, self._memory())
            time.sleep(0.02)


def main(customers: int) -> None:
    """Run and print."""
    soak = Soak(Path(tempfile.mkdtemp()))
    try:
        season = Season(soak)
        season.begin(customers)
        answers = Answers(soak, "before", BEFORE)
        time.sleep(5)
        print("before:", answers.stop(), flush=True)
        answers = Answers(soak, "meanwhile", OPENED)
        print("the opening:", season.let_pass(OPENED), flush=True)
        print("meanwhile:", answers.stop(), flush=True)
        print("until it is over:", season.let_pass(OVER), flush=True)
    finally:
        soak.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)
