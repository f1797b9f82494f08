"""What the node does by itself goes on after a failure."""

import sqlite3
import threading

from streams.node.serving import Repeated


def test_the_clock_goes_on_after_a_failure() -> None:
    calls: list[int] = []
    again = threading.Event()

    def work() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise sqlite3.OperationalError("disk full")
        again.set()

    repeated = Repeated(work, 0.001)
    went_on = again.wait(30)
    repeated.stop()
    assert went_on
    assert len(calls) >= 2
