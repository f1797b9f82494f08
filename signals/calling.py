"""Desks call those who wait for them, best first, over all customers of all shards.

The slots of a desk are in one shard's hands, its *home*: that of the subject ``desk:<name>``. A candidate there gets a
slot at once; one of another shard is held and asks the home, in an internal event. The home calls the best of all who
wait, wherever they are; the called one is decided anew where its customer is, and a slot that isn't needed any more is
returned, so that the next is called. A desk without a limit needs no home: each shard releases to it by itself.
Internal events move no clock but their customer's: the shards need not be equally far in a history.
"""

from collections.abc import Callable

import msgspec

from signals.calendar.instant import Instant
from signals.customer.rows import Rows
from signals.decision.capacity import DESKS, HAS_SLOT, Desks
from signals.decision.desk import Place
from signals.decision.verdict import Case, Verdict, passed
from signals.events.event import Event

ASKED, GRANTED, RETURNED = "desk.asked", "desk.granted", "desk.returned"
"""Internal events: a candidate waits for a desk; its home gives it a slot; the slot isn't needed any more."""

HasSlot = Callable[[Case], Verdict]


class Hands(msgspec.Struct, frozen=True):
    """What calling needs of the engine it works in."""

    owns: Callable[[str], bool]
    forward: Callable[[str, Event], None]
    """Put an event on its way to another shard, about the subject that the shard owns."""
    send: Callable[[str, Event], None]
    """Put an event on its way as it is."""
    decide: Callable[[str, str, Instant, HasSlot], bool]
    """Decide a customer's held recommendation anew; whether it was released."""


class Calling:
    """The queue of every desk at home here, and the way to the others."""

    def __init__(self, desks: Desks, rows: Rows, hands: Hands) -> None:
        self._desks = desks
        self._rows = rows
        self._hands = hands
        self.steps: dict[str, Callable[[Event], None]] = {
            ASKED: self._asked,
            GRANTED: self._granted,
            RETURNED: self._returned,
        }

    def wait(self, case: Case, recommendation: str) -> None:
        """A candidate without a slot waits for its desk."""
        desk = self._desks.wait(case, recommendation)
        if self._desks.is_elsewhere(desk, case.now):
            self.call(desk, case.now)
        else:
            self._schedule(desk, case.now)

    def call(self, desk: str, now: Instant) -> None:
        """Hand a desk's free slots to those that wait, best first."""
        elsewhere = self._desks.is_elsewhere(desk, now)
        while (elsewhere or self._desks.next_slot(desk, now) <= now) and (place := self._desks.next_waiting(desk)):
            customer, recommendation = place.customer, place.recommendation
            if elsewhere:
                self._send(ASKED, home_of(desk), now, {"desk": desk, "place": place})
            elif self._is_here(customer):
                self._hands.decide(customer, recommendation, now, self._desks.has_slot)
            else:
                self._desks.take(desk, now)
                self._send(GRANTED, customer, now, {"desk": desk, "recommendation": recommendation})
        self._schedule(desk, now)

    def resume(self, now: Instant) -> None:
        """After a start: see when those are called that wait."""
        for desk, moment in self._desks.resume(now):
            self._rows.agenda.schedule(f"{DESKS}{desk}", moment)

    def _schedule(self, desk: str, now: Instant) -> None:
        moment = self._desks.next_call(desk, now)
        self._desks.will_call(desk, moment)
        self._rows.agenda.schedule(f"{DESKS}{desk}", moment)

    def _asked(self, event: Event) -> None:
        self._desks.join(event.data["desk"], Place(*event.data["place"]), event.time)
        self.call(event.data["desk"], event.time)

    def _granted(self, event: Event) -> None:
        desk, recommendation = event.data["desk"], event.data["recommendation"]
        row = self._rows.open(event.subject)
        if row.lives is not None:
            self._hands.send(row.lives, event)
        elif row.became is not None and not self._hands.owns(row.became):
            self._hands.forward(row.became, event)
        elif not self._hands.decide(row.key, recommendation, event.time, lambda case: passed(HAS_SLOT, desk)):
            self._send(RETURNED, home_of(desk), event.time, {"desk": desk})

    def _is_here(self, customer: str) -> bool:
        row = self._rows.known(customer)
        return self._hands.owns(customer) if row is None else row.lives is None

    def _returned(self, event: Event) -> None:
        self._desks.give_back(event.data["desk"], event.time)
        self.call(event.data["desk"], event.time)

    def _send(self, kind: str, to: str, now: Instant, data: dict[str, object]) -> None:
        self._hands.forward(to, Event(f"{kind}/{now}", "/signals/desks", kind, now, now, to, data))


def home_of(desk: str) -> str:
    """The subject in whose shard a desk is at home."""
    return f"desk:{desk}"
