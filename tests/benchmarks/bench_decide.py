"""What deciding a candidate costs, and explaining it.

Run with ``python -m tests.benchmarks.bench_decide [customers]``. Everything that fires in a simulated year is decided
again, each moment with the row its customer had then: the real mix of classes, refusals and rivals. CPU time of this
process, the best of some rounds, beside that of a fixed plain loop.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date

from signals import concluding
from signals.calendar.instant import Instant
from signals.config import Config
from signals.customer.codec import decode_customer, encode_customer
from signals.customer.state import Customer
from signals.decision.controls import Controls
from signals.decision.decide import case_of, decide, part
from signals.decision.learning import Learning
from signals.decision.verdict import Case
from signals.engine import Engine
from signals.pack.compile import Pack, open_pack
from signals.recommendation.record import explanation
from signals.scene import Candidate
from signals.simulation.play import Simulation
from streams.garbage import look_seldom
from tests.benchmarks.bench_engine import LOOP, cpu, loop

ROUNDS = 20
Moment = tuple[list[Candidate], Customer, Instant]


def moments(customers: int, pack: Pack) -> list[Moment]:
    """What fired together, with the customer as they were."""
    found: list[Moment] = []

    def note(cases, has_slot):  # type: ignore[no-untyped-def]
        if cases:
            row = decode_customer(encode_customer(cases[0].customer))
            found.append(([case.candidate for case in cases], row, cases[0].now))
        return decide(cases, has_slot)

    concluding.decide = note  # type: ignore[attr-defined]
    events = sorted(Simulation(customers, 365, 1, date(2025, 1, 1)).events(), key=lambda event: event.time)
    Engine(pack, explaining=False).process(events)
    concluding.decide = decide  # type: ignore[attr-defined]
    return found


class Deciding:
    """Decides moments once more, as the engine does."""

    def __init__(self, pack: Pack) -> None:
        self._environment = pack.environment
        self._controls = Controls()
        self._learning = Learning(pack.environment.clock, pack.environment.lateness, None)

    def all(self, at: list[Moment]) -> None:
        """Decide every moment, and forget it."""
        for moment in at:
            part(list(self.one(moment)))

    def one(self, moment: Moment) -> Iterator[Case]:
        """Decide one moment."""
        candidates, customer, now = moment
        about = self._environment, now, self._controls, self._learning
        return decide([case_of(one, customer, *about) for one in candidates])


def main() -> None:
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    pack = open_pack(Config())
    at = moments(customers, pack)
    deciding = Deciding(pack)
    look_seldom()
    rounds = [(cpu(loop), cpu(lambda: deciding.all(at))) for _ in range(ROUNDS)]
    plain, seconds = min(loops for loops, _ in rounds), min(decided for _, decided in rounds)
    cases = [case for moment in at for case in deciding.one(moment)]
    reasons = Counter(case.verdict.reason for case in cases if case.verdict is not None)
    print(f"{len(cases)} candidates of {customers} customers: {dict(reasons.most_common())}")
    print(f"deciding: {seconds / len(cases) * 1e6:.1f} µs per candidate")
    for kind in ("pass", "reject"):
        some = [case for case in cases if case.verdict is not None and case.verdict.verdict == kind]
        times = sorted(min(cpu(lambda case=case: explanation(case)) for _ in range(3)) for case in some[:2_000])
        mean, worst = sum(times) / len(times) * 1e6, times[-1] * 1e6
        print(f"explaining what {kind}es: {mean:.0f} µs, at most {worst:.0f} µs")
    print(f"a loop of {LOOP} steps took {plain:.3f} s")


if __name__ == "__main__":
    main()
