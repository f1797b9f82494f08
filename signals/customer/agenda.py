"""Who is due when, in the order of event time: looked through a day at a time, so that most of it is never sorted."""

import heapq
from bisect import insort
from collections.abc import Iterator

from signals.calendar.instant import DAY, Instant
from signals.customer.underway import NEVER

Place = tuple[Instant, str]

_NO_DAY = -NEVER
"""While no day is looked through; before 1970 days are below zero, and there is one of −1."""


class Agenda:
    """One moment per key, and one place at or before it: who is due later than thought moves on when that place's turn
    comes, so that what is put off with every event is moved seldom. A place that a key has left is passed over; all are
    laid out anew once there were as many moves as keys, or places on far days would become more and more. A key costs
    some 120 bytes besides its letters."""

    def __init__(self) -> None:
        self.soonest: Instant = NEVER
        """Nothing is due before this; ``first`` tells exactly."""
        self._due: dict[str, Instant] = {}
        self._early: dict[str, Instant] = {}
        """The places of those keys whose place is before they are due."""
        self._moves = 0
        """Places that were taken since all were laid out."""
        self._opened: list[Place] = []
        """The places of ``_day``, in order; those before ``_turn`` were passed."""
        self._turn = 0
        self._day = _NO_DAY
        """The day that is looked through, the earliest of all that have places."""
        self._later: dict[int, list[str]] = {}
        """Day → who took a place on it, in no order."""
        self._days: list[int] = []
        """The days of ``_later``, as a heap."""

    def schedule(self, key: str, due: Instant) -> None:
        """Something under this key is due then; ``NEVER`` takes it off the list."""
        known = self._due.get(key, NEVER)
        if due == known:
            return
        if due == NEVER:
            self._due.pop(key, None)
            self._early.pop(key, None)
            return
        self._due[key] = due
        early = self._early.get(key)
        if early is not None:
            if due > early:
                return
            del self._early[key]
            if due < early:
                self._place(key, due)
        elif due < known:
            self._place(key, due)
        else:
            self._early[key] = known

    def due_of(self, key: str) -> Instant:
        """When something under this key is due next."""
        return self._due.get(key, NEVER)

    def first(self) -> Instant:
        """The earliest moment that something is due; ``NEVER`` when nothing is."""
        while True:
            while self._turn < len(self._opened):
                moment, key = self._opened[self._turn]
                due = self._due.get(key, NEVER)
                if due == moment:
                    self.soonest = moment
                    return moment
                self._turn += 1
                if self._early.get(key) == moment:
                    del self._early[key]
                    self._place(key, due)
            if not self._days:
                self.soonest = NEVER
                return NEVER
            self._open(heapq.heappop(self._days))

    def take(self, until: Instant) -> Iterator[Place]:
        """Take what is due by ``until`` off the list, in order; what becomes due meanwhile comes too."""
        while self.soonest <= until and self.first() <= until:
            moment, key = self._opened[self._turn]
            self._turn += 1
            del self._due[key]
            self._early.pop(key, None)
            yield moment, key

    def overdue(self, now: Instant) -> int:
        """How many keys wait for a moment that has passed by ``now``."""
        return sum(1 for due in self._due.values() if due <= now)

    def _place(self, key: str, due: Instant) -> None:
        if due < self.soonest:
            self.soonest = due
        self._moves += 1
        if self._moves > len(self._due):
            self._lay_out()
            return
        day = due // DAY
        if day == self._day:
            insort(self._opened, (due, key), self._turn)
            return
        if day < self._day:
            self._close()
        if (keys := self._later.get(day)) is not None:
            keys.append(key)
        else:
            self._later[day] = [key]
            heapq.heappush(self._days, day)

    def _open(self, day: int) -> None:
        places = ((self._early.get(key, self._due.get(key, NEVER)), key) for key in self._later.pop(day))
        self._opened = sorted({place for place in places if place[0] // DAY == day})
        self._turn, self._day = 0, day

    def _close(self) -> None:
        """Something is due on an earlier day than that which was looked through."""
        self._later[self._day] = [key for _, key in self._opened[self._turn :]]
        heapq.heappush(self._days, self._day)
        self._opened, self._turn, self._day = [], 0, _NO_DAY

    def _lay_out(self) -> None:
        self._moves, self._early, self._later = 0, {}, {}
        self._opened, self._turn, self._day = [], 0, _NO_DAY
        for key, due in self._due.items():
            self._later.setdefault(due // DAY, []).append(key)
        self._days = sorted(self._later)
