"""Capacity: a desk gets no more recommendations than it can work; what waits is handed over best first.

A slot is one release in any sixty minutes within the desk's hours. Candidates without a slot wait in order of
arbitration, across all customers, until a slot comes free or their window closes (``signals/calling.py``).
"""

from bisect import insort
from collections.abc import Callable
from typing import Any

import msgspec

from signals.calendar.hours import Hours
from signals.calendar.instant import HOUR, Instant, format_instant
from signals.customer.state import NEVER
from signals.decision.arbitration import order
from signals.decision.controls import Controls
from signals.decision.verdict import Case, Verdict, held, passed
from signals.pack.environment import Environment

HAS_SLOT = "%s has a slot"
"""What the gate says when it lets a case pass."""

Place = tuple[int, float, Instant, str, str, str, str]
"""Where a held candidate stands: the order of arbitration, then customer and recommendation."""


class Desk(msgspec.Struct, array_like=True):
    """One desk: when its slots of the last hour were taken, who waits, and what ``desk.changed`` said last."""

    taken: list[Instant] = []
    waiting: list[Place] = []
    capacity: float | None = None
    closed_until: Instant = 0
    capacity_until: Instant = NEVER
    open_until: Instant = 0
    """Until when it is open whatever its hours say."""

    def taken_lately(self, now: Instant) -> list[Instant]:
        """When the slots were taken that are not free again by ``now``."""
        return [taken for taken in self.taken if taken + HOUR > now]


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
        self.changed_since_encoded = False

    def has_slot(self, case: Case) -> Verdict:
        """The gate: a slot is free now, or the candidate is held until the desk calls it."""
        name = case.desk
        if self._is_unlimited(name):
            return passed(HAS_SLOT, name)
        if self.is_elsewhere(name, case.now):
            return held("CAPACITY", NEVER, "%s is asked for a slot", name)
        free = self.next_slot(name, case.now)
        if free <= case.now:
            return passed(HAS_SLOT, name)
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
            desk = self._desks.setdefault(name, Desk())
            desk.taken = sorted([*desk.taken_lately(now), now])
            self.changed_since_encoded = True

    def wait(self, case: Case, recommendation: str) -> str:
        """Put a held candidate in its desk's queue; returns the desk."""
        name = case.desk
        self.join(name, (*order(case), case.customer.key, recommendation))
        return name

    def join(self, name: str, place: Place) -> None:
        """Somebody waits for a desk."""
        insort(self._desks.setdefault(name, Desk()).waiting, place)
        self.changed_since_encoded = True

    def next_waiting(self, name: str) -> Place | None:
        """Take the best that waits for a desk."""
        desk = self._desks.get(name)
        if desk is None or not desk.waiting:
            return None
        self.changed_since_encoded = True
        return desk.waiting.pop(0)

    def give_back(self, name: str, taken: Instant) -> None:
        """A slot that was taken then is free again."""
        desk = self._desks.get(name)
        if desk is not None and taken in desk.taken:
            desk.taken.remove(taken)
            self.changed_since_encoded = True

    def waits(self, name: str) -> int:
        """How many wait for a desk."""
        desk = self._desks.get(name)
        return len(desk.waiting) if desk is not None else 0

    def changed(self, data: dict[str, Any]) -> str:
        """Take note of ``desk.changed``, until another or the moment it names; returns the desk.

        Another capacity; closed, or open again; open ``until`` a moment means also outside its hours.
        """
        name = str(data["desk"])
        desk = self._desks.setdefault(name, Desk())
        until = self._environment.moment_of(data.get("until"))
        if data.get("capacity") is not None:
            desk.capacity, desk.capacity_until = float(data["capacity"]), NEVER if until is None else until
        if data.get("open") is not None:
            desk.closed_until = 0 if data["open"] else (NEVER if until is None else until)
            desk.open_until = until or 0 if data["open"] else 0
        self.changed_since_encoded = True
        return name

    def encode(self) -> bytes:
        """The state of all desks as bytes."""
        self.changed_since_encoded = False
        return msgspec.msgpack.encode(self._desks)

    def restore(self, state: bytes) -> list[str]:
        """Take up an encoded state; returns the desks for which something waits."""
        self._desks = msgspec.msgpack.decode(state, type=dict[str, Desk])
        return [name for name, desk in sorted(self._desks.items()) if desk.waiting]

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
