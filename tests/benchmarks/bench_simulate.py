"""How fast a population is simulated, in processor time: events per second, and against only writing those events.

Run with ``python -m tests.benchmarks.bench_simulate [CUSTOMERS]``.
"""

import sys
from datetime import date
from time import process_time

from signals.events.decode import encode
from signals.simulation.play import Simulation


def main(customers: int) -> None:
    """Simulate a year, then write the same events once more."""
    started = process_time()
    events = []
    for event in Simulation(customers, 365, 1, date(2025, 1, 1)).events():
        encode(event)
        events.append(event)
    simulated = process_time() - started
    started = process_time()
    for event in events:
        encode(event)
    written = process_time() - started
    print(f"{len(events)} events: {len(events) / simulated:,.0f} a second simulated and written")
    print(f"inventing costs {simulated / written - 1:.1f} times writing them")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
