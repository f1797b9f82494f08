"""Due moments: each customer's timers fire in event-time order, each in the customer's own time.

Where many are due at once, and events are not to wait for all of them, time passes before all have fired. What has yet
to fire is due in its row, and fires before anything else is done with that row: so of each customer the same is decided
as if all had fired at once. With whom nothing else is done, theirs fire when it is their turn, in the same order.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import msgspec

from signals.batch import Failed
from signals.calendar.instant import Instant
from signals.calling import HasSlot
from signals.concluding import Concluding
from signals.customer.rows import Rows
from signals.customer.state import Customer
from signals.customer.underway import Timer, owner_and_key
from signals.decision.capacity import DESKS, Desks
from signals.pack.compile import Pack
from signals.recommendation.live import EXPIRE, RELEASE, Published
from signals.scene import Scene
from signals.triggers.calendar import OWNER as CALENDAR

ALL = sys.maxsize

PASSED = "\x00passed"
"""The key under which a shard keeps up to when moments passed that have yet to fire; no subject begins so."""


class MoreDue(Exception):
    """So much is due that a part of it was left; ``at`` is the moment up to which there is nothing else to fire."""

    def __init__(self, at: Instant) -> None:
        super().__init__(at)
        self.at = at


class Moments:
    """The due moments of one shard. ``call`` has a desk call those who wait for it. With ``going_on`` a moment that
    fails is noted, and time goes on."""

    def __init__(
        self,
        pack: Pack,
        scene: Scene,
        rows: Rows,
        concluding: Concluding,
        published: Published,
        owns: Callable[[str], bool],
        call: Callable[[str, Instant], None],
        desks: Desks,
        going_on: bool,
    ) -> None:
        self.due = self.fired = 0
        self.at_once = ALL
        """So many may fire one after the other; what else is due has to wait."""
        self.patience: Instant = 0
        """For so long of event time it may wait while events go on."""
        self.changed_since_encoded = False
        self._pack = pack
        self._scene = scene
        self._rows = rows
        self._concluding = concluding
        self._published = published
        self._owns = owns
        self._call = call
        self._desks = desks
        self._to_call: set[str] = set()
        """The desks that call when all of a moment were decided."""
        self._of_one = False
        """Whether others are due at the moment of what fired last."""
        self._going_on = going_on
        self._failed: list[Failed] = []

    @property
    def are_behind(self) -> bool:
        """Whether time passed moments that have yet to fire."""
        return self._rows.passed > 0

    def let_pass(self, until: Instant) -> None:
        """Time moves on with an event: what is due fires, or waits where other moments do; raises ``MoreDue``."""
        if self.are_behind and self._rows.agenda.first() > until - self.patience:
            self._pass(until)
        else:
            self.fire_due(until, self.patience)

    def go_on(self, at_once: int) -> None:
        """Fire some of what time has passed."""
        self.at_once = at_once
        self.fire_due(self._rows.passed, ALL)

    def fire_due(self, until: Instant, patience: Instant) -> None:
        """Fire what is due in this shard, in event-time order over all customers, or the first of it where that is
        much; raises ``MoreDue`` where some of the rest has waited for as long as it may.

        A desk calls those who wait, best first, when all of a moment were decided."""
        agenda, enough, until = self._rows.agenda, self.due + self.at_once, max(until, self._rows.passed)
        for moment, key in agenda.take(until):
            self._rows.trim()
            if self._of_one or agenda.first() == moment:
                self._desks.gathered = self._to_call
            if key.startswith(DESKS):
                self._to_call.add(key.removeprefix(DESKS))
            else:
                self.fire(self._rows.open(key), moment)
            self._desks.gathered = None
            self._of_one = agenda.first() == moment
            if not self._of_one:
                self._call_desks(moment)
            if self.due >= enough and agenda.first() <= until:
                if agenda.first() <= until - patience:
                    raise MoreDue(moment)
                self._pass(until)
                return
        if self.are_behind:
            self._pass(0)

    @contextmanager
    def of_one(self, moment: Instant) -> Iterator[None]:
        """What is decided meanwhile is of one moment: desks call the best of it afterwards."""
        self._desks.gathered = self._to_call
        yield
        self._desks.gathered = None
        self._call_desks(moment)

    def _call_desks(self, moment: Instant) -> None:
        """All of a moment were decided: the desks that have slots then call the best of them."""
        desks, self._to_call = sorted(self._to_call), set()
        for desk in desks:
            self._call(desk, moment)

    def fire(self, customer: Customer, until: Instant) -> None:
        """Fire this customer's timers up to ``until``, moment by moment."""
        moment, ready = customer.first_due()
        while moment <= until:
            customer.clock = max(customer.clock, moment)
            if customer.settled:
                customer.forget_settled(self._pack.environment.lateness)
            timers = [(*owner_and_key(slot), customer.timers.pop(slot)) for slot in sorted(ready)]
            self.due += len(timers)
            try:
                self._fire_together(customer, timers, moment)
            except Exception as error:
                self.fail(error, customer, [(owner, key) for owner, key, _ in timers], moment)
            moment, ready = customer.first_due()
        self._rows.mark(customer, moment)

    def fail(self, error: Exception, customer: Customer, due: Iterable[tuple[str, str]], moment: Instant) -> None:
        """Set apart what was ``due``, by owner and key; raises the ``error`` where time isn't to go on."""
        if not self._going_on:
            raise error
        self._scene.candidates, kind = [], type(error).__name__
        self._failed += [Failed(customer.key, owner, key, moment, kind) for owner, key in due]

    def take_failed(self) -> list[Failed]:
        """The moments that failed since the last time."""
        failed, self._failed = self._failed, []
        return failed

    def decide_held(self, key: str, rec_id: str, now: Instant, has_slot: HasSlot) -> bool:
        """Decide anew what waited for a desk; whether it was released."""
        customer = self._rows.open(key)
        while customer.became is not None and self._owns(customer.became):
            customer = self._rows.open(customer.became)
        self.fire(customer, now - 1)
        customer.clock = max(customer.clock, now)
        live = customer.live.get(rec_id)
        waited = live is not None and live.record["status"] == "held"
        if waited:
            self._scene.at_moment(customer, now)
            self._concluding.decide_again([rec_id], self._scene, has_slot)
        self._rows.mark(customer)
        live = customer.live.get(rec_id)
        return waited and live is not None and live.record["status"] == "released"

    def encode(self) -> bytes:
        """What is to be known after a start."""
        self.changed_since_encoded = False
        return msgspec.msgpack.encode(self._rows.passed)

    def restore(self, row: bytes) -> None:
        """Take up what was known."""
        self._rows.passed = msgspec.msgpack.decode(row, type=int)

    def _pass(self, until: Instant) -> None:
        self._rows.passed = until
        self.changed_since_encoded = True

    def _fire_together(self, customer: Customer, timers: list[tuple[str, str, Timer]], moment: Instant) -> None:
        """Fire what is due at one moment, and decide it together; what came in late may be due before others' time."""
        scene, released = self._scene, []
        for owner, key, timer in timers:
            scene.at_moment(customer, moment)
            if owner == RELEASE:
                released.append(key)
            else:
                self._fire(owner, key, timer)
        self._concluding.conclude(scene, "due", released)
        self.fired += len(timers)

    def _fire(self, owner: str, key: str, timer: Timer) -> None:
        scene = self._scene
        if owner == CALENDAR:
            self._pack.calendar.due(scene, timer)
        elif owner == EXPIRE:
            self._published.look_again(scene.customer, key, scene.now)
        elif owner in self._pack.timed:
            self._pack.timed[owner].due(scene, key, timer)
