"""News that concerns every customer at one moment: for how long somebody else's events wait meanwhile.

``python -m tests.benchmarks.news [CUSTOMERS]``. The worker is the season's. While the news is told, others answer a
survey in every shard, twenty a second; each answer leads to a recommendation, and the time until Kafka has that is
printed.
"""

import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.benchmarks.answers import Answers
from tests.benchmarks.season import BEFORE, Season
from tests.benchmarks.soak import Soak
from tests.cluster.workers import port_of


class News(Season):
    """News that concerns everybody."""

    def tell(self, customers: int) -> str:
        """Tell it, and wait until all have heard; what that took."""
        before, processor, self._most, begin = self._memory(), self._seconds(), 0, time.monotonic()
        decided = self._decided()
        news = {"product": "health", "what": "premium", "competitor": "Rival", "premium": 100.0}
        self._send(BEFORE, "market:NL", "market.changed", **news)
        self._sender.flush()
        while self._decided() < decided + customers:
            time.sleep(0.2)
        seconds, processor = time.monotonic() - begin, self._seconds() - processor
        return f"{before} MiB, at most {self._most}; {seconds:.0f} s, processor time {processor:.0f} s"

    def _decided(self) -> float:
        page = urllib.request.urlopen(f"http://127.0.0.1:{port_of(self._worker)}/metrics", timeout=30).read().decode()
        lines = (line for line in page.splitlines() if line.startswith("signals_candidates_total{"))
        return sum(float(line.split()[-1]) for line in lines if '"market.premium"' in line)


def main(customers: int) -> None:
    """Run and print."""
    soak = Soak(Path(tempfile.mkdtemp()))
    try:
        news = News(soak)
        news.begin(customers)
        answers = Answers(soak, "before", BEFORE)
        time.sleep(5)
        print(f"before: {answers.stop()}", flush=True)
        answers = Answers(soak, "meanwhile", BEFORE)
        print(f"the news: {news.tell(customers)}", flush=True)
        print(f"meanwhile: {answers.stop()}", flush=True)
    finally:
        soak.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)
