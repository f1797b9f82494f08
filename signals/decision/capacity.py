"""Capacity: a desk gets no more recommendations than it can work; what waits is handed over best first.

A slot is one release in any sixty minutes within the desk's hours. Candidates without a slot wait in order of
arbitration, across all customers, until a slot comes free or their window closes (``signals/calling.py``).
"""

from bisect import insort
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from signals.calendar.hours import Hours
from signals.calendar.instant import HOUR, Instant, format_instant
from signals.customer.underway import NEVER
from signals.decision.arbitration import order
from signals.decision.controls import Controls
from signals.decision.desk import Desk, Place
from signals.decision.verdict import Case, Verdict, held, passed
from signals.events.event import Event
from signals.pack.environment import Environment

DESKS = "\x00desks/"
"""The key under which a shard's desks are kept, and before a desk's name that under which its next call is due."""

WAITING = "\x00waiting/"
"""How the key begins under which one is kept that waits for a desk."""

HAS_SLOT = "%s has a slot"
"""What the gate says when it lets a case pass."""

_LOOKED_THROUGH_FROM = 500
"""A queue that has become twice as long as this, or as after the last time, is looked through for those who left."""


_MOST_KNOWN = 1_000
"""Desks of which something was said; a sender may name another each time, and all of them are one row."""


class Desks:
    """All desks as one shard sees them. ``is_home`` says whether a desk's slots are in this shard's hands."""

    def __init__(
        self, environment: Environment, controls: Controls, is_home: Callable[[str], bool] = lambda desk: True
    ) -> None:
        self._controls = controls
        self._configured = environment.config.desks
        self._hours = {
            name: Hours(desk.hours, environment.zone, environment.working_days)
            for name, desk in self._configured.items()
            if desk.hours is not None
        }
        self._environment = environment
        self._is_home = is_home
        self._desks: dict[str, Desk] = {}
        self._places: dict[str, tuple[str, Place] | None] = {}
        """What came (or went) since it was last taken, by the key of its row."""
        self.gathered: set[str] | None = None
        """While several customers' moments are decided that are one: the desks with a slot that wait for all of them
        before they call the best; else None."""
        self._looked_through: dict[str, int] = {}
        """How many were left waiting when those were last dropped that nobody wants any more."""
        self._changed = False

    def has_slot(self, case: Case) -> Verdict:
        """The gate: a slot is free now, or the candidate is held until the desk calls it."""
        name = case.desk
        if self._is_unlimited(name):
            return passed(HAS_SLOT, name)
        if self.is_elsewhere(name, case.now):
            return held("CAPACITY", NEVER, "%s is asked for a slot", name)
        free = self.next_slot(name, case.now)
        if free <= case.now:
            if self.gathered is None:
                return passed(HAS_SLOT, name)
            self.gathered.add(name)
            return held("CAPACITY", NEVER, "%s calls the best of this moment", name)
        until = "it opens" if free == NEVER else format_instant(free)
        return held("CAPACITY", NEVER, "%s has no slot until %s", name, until)

    def is_elsewhere(self, name: str, now: Instant) -> bool:
        """Whether another shard gives out the desk's slots."""
        return not self._is_home(name) and self._limit(name, self._desks.get(name), now) is not None

    def next_slot(self, name: str, now: Instant) -> Instant:
        """The first moment from ``now`` on at which a desk has a slot; ``NEVER`` while it is closed for good."""
        moment = self._next_slot(name, now)
        steered = self._controls.value("capacity", name, now)
        ends = self._controls.until("capacity", name)
        return moment if steered is None or ends is None else min(moment, ends)

    def _next_slot(self, name: str, now: Instant) -> Instant:
        desk = self._desks.get(name)
        moment = now if desk is None else max(now, desk.closed_until)
        if moment == NEVER:
            return NEVER
        limit = self._limit(name, desk, moment)
        if limit is not None:
            if limit < 1:
                return desk.capacity_until if desk is not None and desk.capacity_until > now else NEVER
            recent = desk.taken_lately(moment) if desk is not None else []
            if len(recent) >= limit:
                moment = recent[-limit] + HOUR
        hours = self._hours.get(name)
        if hours is None or (desk is not None and moment < desk.open_until):
            return moment
        return hours.next_open(moment)

    def free(self, now: Instant) -> dict[str, int]:
        """How many slots each desk has now that is in this shard's hands and has a limit."""
        free: dict[str, int] = {}
        for name in sorted({*self._configured, *self._desks}):
            desk = self._desks.get(name)
            limit = self._limit(name, desk, now)
            if limit is not None and self._is_home(name):
                recent = desk.taken_lately(now) if desk is not None else []
                free[name] = max(0, limit - len(recent)) if self.next_slot(name, now) <= now else 0
        return free

    def take(self, name: str, now: Instant) -> None:
        """A recommendation was released to a desk; where its slots are another shard's, that one knows."""
        if self._is_unlimited(name) or self.is_elsewhere(name, now):
            return
        steered = self._controls.value("capacity", name, now)
        if name in self._configured or name in self._desks or steered is not None:
            desk = self._known(name)
            desk.taken = sorted([*desk.taken_lately(now), now])
            self._changed = True

    def wait(self, case: Case, recommendation: str) -> str:
        """Put a held candidate in its desk's queue; returns the desk."""
        name = case.desk
        self.join(name, Place(*order(case), case.customer.key, recommendation, case.closes), case.now)
        return name

    def join(self, name: str, place: Place, now: Instant) -> None:
        """Somebody waits for a desk."""
        desk = self._known(name)
        insort(desk.waiting, place)
        self._places[_row_of(name, place)] = name, place
        if len(desk.waiting) > 2 * max(_LOOKED_THROUGH_FROM, self._looked_through.get(name, 0)):
            self._drop_closed(name, desk, now)

    def next_waiting(self, name: str) -> Place | None:
        """Take the best that waits for a desk."""
        desk = self._desks.get(name)
        if desk is None or not desk.waiting:
            return None
        place = desk.waiting.pop(0)
        self._places[_row_of(name, place)] = None
        return place

    def forget(self, customer: str) -> None:
        """Somebody was erased: their places are nobody's."""
        for name, desk in self._desks.items():
            theirs = [place for place in desk.waiting if place.customer == customer]
            for place in theirs:
                desk.waiting.remove(place)
                self._places[_row_of(name, place)] = None

    def _drop_closed(self, name: str, desk: Desk, now: Instant) -> None:
        """Those at the end of a long queue would never be called, and so never be let go."""
        for place in desk.waiting:
            if place.closes <= now:
                self._places[_row_of(name, place)] = None
        desk.waiting = [place for place in desk.waiting if place.closes > now]
        self._looked_through[name] = len(desk.waiting)

    def _known(self, name: str) -> Desk:
        desk = self._desks.get(name)
        if desk is None:
            desk = self._desks[name] = Desk()
            self._changed = True
        return desk

    def give_back(self, name: str, taken: Instant) -> None:
        """A slot that was taken then is free again."""
        desk = self._desks.get(name)
        if desk is not None and taken in desk.taken:
            desk.taken.remove(taken)
            self._changed = True

    def next_call(self, name: str, now: Instant) -> Instant:
        """The next moment after ``now`` to call those who wait for a desk; ``NEVER`` when nobody does."""
        desk = self._desks.get(name)
        return max(self.next_slot(name, now), now + 1) if desk is not None and desk.waiting else NEVER

    def will_call(self, name: str, moment: Instant) -> None:
        """Remember when a desk calls next."""
        desk = self._desks.get(name)
        if desk is not None and desk.calls != moment:
            desk.calls = moment
            self._changed = True

    def changed(self, event: Event) -> str:
        """Take note of ``desk.changed``; returns the desk."""
        name = str(event.data["desk"])
        self._desks[name] = desk = self._desks.pop(name, None) or Desk()
        if len(self._desks) > _MOST_KNOWN:
            self._forget_one()
        desk.hear(event, self._environment.moment_of(event.data.get("until")))
        self._changed = True
        return name

    def _forget_one(self) -> None:
        """Of the desks at which nobody works, that of which something was said longest ago."""
        idle = (
            name
            for name, desk in self._desks.items()
            if name not in self._configured and not desk.waiting and not desk.taken
        )
        del self._desks[next(idle)]

    @property
    def have_changed(self) -> bool:
        """Whether there are rows to take."""
        return self._changed or bool(self._places)

    def take_rows(self) -> dict[str, bytes | None]:
        """The rows that changed since the last time: one of all desks, and one of each that waits."""
        places, self._places = self._places, {}
        rows: dict[str, bytes | None] = {
            row: None if waiting is None else msgspec.msgpack.encode(waiting) for row, waiting in places.items()
        }
        if self._changed:
            self._changed = False
            rows[DESKS] = msgspec.msgpack.encode(
                {name: replace(desk, waiting=[]) for name, desk in self._desks.items()}
            )
        return rows

    def restore(self, key: str, row: bytes) -> None:
        """Take up a row that was taken."""
        if key != DESKS:
            name, place = msgspec.msgpack.decode(row, type=tuple[str, Place])
            self._desks.setdefault(name, Desk()).waiting.append(place)
            return
        for name, desk in msgspec.msgpack.decode(row, type=dict[str, Desk]).items():
            known = self._desks.get(name, Desk())
            for place in desk.waiting:  # an older release kept them here
                self._places[_row_of(name, place)] = name, place
            self._changed |= bool(desk.waiting)
            desk.waiting += known.waiting
            self._desks[name] = desk

    def resume(self, now: Instant) -> list[tuple[str, Instant]]:
        """Put the queues in order, once all rows were taken up; returns the desks that call, and when.

        As it was before the start, or sooner where a desk works longer or faster by now.
        """
        for desk in self._desks.values():
            desk.waiting.sort()
        waiting = [name for name, desk in sorted(self._desks.items()) if desk.waiting]
        return [(name, min(self._desks[name].calls, self.next_call(name, now))) for name in waiting]

    def _is_unlimited(self, name: str) -> bool:
        """Whether nothing was ever said of this desk: no configuration, no event, no control."""
        return self._controls.untouched and name not in self._configured and name not in self._desks

    def _limit(self, name: str, desk: Desk | None, moment: Instant) -> int | None:
        configured = self._configured.get(name)
        limit = configured.capacity_per_hour if configured is not None else None
        if desk is not None and desk.capacity is not None and moment < desk.capacity_until:
            limit = int(desk.capacity)
        steered = self._controls.value("capacity", name, moment)
        if steered is not None:
            limit = int(steered)
        return limit


def _row_of(name: str, place: Place) -> str:
    return f"{WAITING}{name}/{place.recommendation}"
