"""Do so many workers and partitions carry so many customers and events, and what when one of them dies?

``python -m tests.benchmarks.sizing [microseconds per event] [events/s] [millions of customers] [partitions] [workers]``

A simulation in steps of a tenth of a second: customers of very different liveliness lie in partitions by chance, each
worker has one core, at the 60th second one dies and its shards go to the others, who read their rows first. What one
event costs comes from ``bench_worker`` or ``side_by_side``, what a transaction costs from ``bench_ledger``, what a row
costs from ``bench_recovery``.
"""

import random
import sys

import msgspec

STEP = 0.1
DIES, END = 60.0, 600.0
SESSION = 10.0
"""Seconds after which a silent worker is taken for dead."""
REBALANCE = 3.0
ROW = 11e-6
"""Processor time for reading and indexing one row again."""
TRANSACTIONS = 200
"""A worker makes at most so many a second, however many shards it has."""
TRANSACTION = 1.2e-3
"""Processor time of one, beside what the events in it cost."""
SAMPLE = 200_000


class Result(msgspec.Struct):
    """What came out."""

    busiest: float
    """Share of its core that the busiest worker needs while all are well."""
    transactions: float
    """A second, over all workers."""
    late: float
    """Seconds that the slowest event waited after the death."""
    again: float
    """Seconds from the death until nobody is behind any more."""


def shares(partitions: int, customers: int) -> list[float]:
    """The part of all events that falls on each partition; a customer's liveliness is log-normal."""
    chance = random.Random(1)
    sums = [0.0] * partitions
    sample = min(customers, SAMPLE)
    for _ in range(sample):
        sums[chance.randrange(partitions)] += chance.lognormvariate(0, 1.5)
    mean = sum(sums) / partitions
    calm = (sample / customers) ** 0.5  # more customers than were drawn: the differences even out by the square root
    return [(mean + (one - mean) * calm) / (mean * partitions) for one in sums]


def simulate(cost: float, rate: float, customers: int, partitions: int, workers: int) -> Result:
    """Let a fleet work, and lose one worker."""
    arriving = [share * rate for share in shares(partitions, customers)]
    owner = [shard % workers for shard in range(partitions)]
    busiest = max(sum(arriving[shard] for shard in range(partitions) if owner[shard] == one) for one in range(workers))
    waiting = [0.0] * partitions
    rows = [0.0] * partitions
    late, again, time = 0.0, END - DIES, 0.0
    dead: int | None = None
    while time < END:
        time += STEP
        if dead is None and time >= DIES:
            dead = 0
        moved = dead is not None and time >= DIES + SESSION + REBALANCE
        if moved and owner.count(0):
            left = [shard for shard in range(partitions) if owner[shard] == 0]
            for place, shard in enumerate(left):
                owner[shard] = 1 + place % (workers - 1)
                rows[shard] = customers / partitions
        free = [
            STEP * (1 - TRANSACTIONS * TRANSACTION) / cost
        ] * workers  # events that each can still take in this step
        paused = dead is not None and DIES + SESSION <= time < DIES + SESSION + REBALANCE
        for shard in range(partitions):
            waiting[shard] += arriving[shard] * STEP
        if not paused:
            for shard in sorted(range(partitions), key=lambda one: -waiting[one]):
                _work(shard, owner[shard], dead, free, waiting, rows, cost)
        behind = max(waiting[shard] / arriving[shard] for shard in range(partitions))
        late = max(late, behind)
        if dead is not None and moved and behind > 2 * STEP:
            again = time - DIES
    transactions = min(TRANSACTIONS, rate / workers)
    return Result(busiest * cost + transactions * TRANSACTION, workers * transactions, late, again)


def _work(
    shard: int, one: int, dead: int | None, free: list[float], waiting: list[float], rows: list[float], cost: float
) -> None:
    if one == dead:
        return
    if rows[shard]:
        read = min(rows[shard], free[one] * cost / ROW)
        rows[shard] -= read
        free[one] -= read * ROW / cost
        return
    done = min(waiting[shard], free[one])
    waiting[shard] -= done
    free[one] -= done


def main() -> None:
    """Print a table around what was asked."""
    given = [float(word) for word in sys.argv[1:]]
    cost, rate, millions, partitions, workers = given + [102, 100_000, 100, 256, 21][len(given) :]
    print(f"{millions:g} M customers, {rate:,.0f} events/s, {cost:g} µs per event, {partitions:g} partitions")
    print("workers  busiest core  transactions/s  latest event  all well again")
    for count in (workers * 0.7, workers * 0.85, workers, workers * 1.25):
        one = simulate(cost / 1e6, rate, int(millions * 1e6), int(partitions), max(2, round(count)))
        well = f"{one.again:5.0f} s" if one.again < END - DIES else "never"
        print(f"{max(2, round(count)):7} {one.busiest:12.0%} {one.transactions:15,.0f} {one.late:11.0f} s {well:>15}")


if __name__ == "__main__":
    main()
