"""Telling news: who holds the product hears of it, some at a time, while everybody's own events go on.

What is being told stands in a queue. A row hears all of it that it hasn't heard before anything else is done with it,
so of each customer the same is decided as if all had been told at once; those with whom nothing else is done hear when
it is their turn, in the order of keys. The queue and the last turn are kept beside the rows, and in a row the last news
that it heard. A row that isn't written, as the news changed nothing for it, may hear it again: it is as it was.
"""

from collections.abc import Sequence

import msgspec

from signals.calendar.instant import Instant
from signals.concluding import Concluding
from signals.customer.rows import Rows
from signals.customer.state import Customer
from signals.customer.underway import NEVER
from signals.events.event import Event
from signals.moments import Moments
from signals.pack.environment import Environment
from signals.scene import Scene
from signals.triggers.market import Market

TELLING = "\x00telling"
"""The key under which a shard keeps what is being told; no subject begins so."""

OWNER = "@market"
"""In place of a timer's owner, where the engine fails on news."""


class News(msgspec.Struct, array_like=True, frozen=True):
    """News that is being told, and how far event time was when it came."""

    event: Event
    product: str
    came: Instant

    @property
    def name(self) -> str:
        """What a row knows it by."""
        return f"{self.product}/{self.event.source}/{self.event.id}"


class _Kept(msgspec.Struct, array_like=True):
    queue: list[News]
    last: str


class Telling:
    """The news that is being told in one shard, and the one way in which a customer is given any.

    Event time may not go beyond ``until`` before more of it was told: what is decided late must still be decided within
    the lateness, for lessons older than that have settled.
    """

    def __init__(
        self,
        environment: Environment,
        rows: Rows,
        market: Market,
        moments: Moments,
        concluding: Concluding,
        scene: Scene,
    ) -> None:
        self.until: Instant = NEVER
        self.changed_since_encoded = False
        self._environment = environment
        self._rows = rows
        self._market = market
        self._moments = moments
        self._concluding = concluding
        self._scene = scene
        self._nobody = Customer(key="")
        self._queue: list[News] = []
        self._last = ""
        """Whose turn it was last with the first in the queue."""
        self._at_once: list[Event] = []
        """What is being told to all whom it concerns at once."""
        self._turns: list[str] | None = None
        """Whose turn is still to come, the next one at the end; None: to be looked up."""

    @property
    def is_over(self) -> bool:
        """Whether everybody heard everything."""
        return not self._queue

    def tell(self, event: Event, product: str, now: Instant, at_once: int) -> None:
        """Tell news to everyone who holds the product: in turns, where these are more than ``at_once``."""
        self._scene.at_event(self._nobody, event, self._environment.is_late(event))
        if not self._market.concerns(self._scene):
            return
        holders = self._rows.holders(product)
        if len(holders) > at_once:
            self._queue.append(News(event, product, now))
            self._queue_changed()
            return
        self._at_once = [event]
        with self._moments.of_one(now):
            for key in holders:
                self._rows.trim()
                self._give(self._rows.open(key), event, event.time, ())
        self._at_once = []

    def hear(self, customer: Customer) -> None:
        """Give a row what it hasn't heard yet."""
        names = [news.name for news in self._queue]
        heard = names.index(customer.heard) + 1 if customer.heard in names else 0
        customer.heard = names[-1]
        for place, news in enumerate(self._queue[heard:], heard + 1):
            if self._rows.holds(customer.key, news.product):
                unheard = [*(later.event for later in self._queue[place:]), *self._at_once]
                self._give(customer, news.event, news.came, unheard)

    def go_on(self, at_once: int) -> int:
        """Give so many customers their turn; returns how many had it, fewer when the first in the queue is through."""
        if self._turns is None:
            holders = self._rows.holders(self._queue[0].product)
            self._turns = [key for key in reversed(holders) if key > self._last]
        turns, had = self._turns, 0
        while turns and had < at_once:
            self._rows.trim()
            self._rows.known(turns[-1])
            self._last = turns.pop()
            had += 1
        if not turns:
            del self._queue[0]
            self._last, self._turns = "", None
        self._queue_changed()
        return had

    def catch_up(self, now: Instant, at_once: int) -> bool:
        """Tell what may not wait any longer when it is ``now``; false when that is for more than ``at_once``."""
        while self.until < now and at_once > 0:
            at_once -= self.go_on(at_once)
        return self.until >= now

    def encode(self) -> bytes:
        """What is to be known after a start."""
        self.changed_since_encoded = False
        return msgspec.msgpack.encode(_Kept(self._queue, self._last))

    def restore(self, row: bytes) -> None:
        """Take up what was known."""
        kept = msgspec.msgpack.decode(row, type=_Kept)
        self._queue, self._last = kept.queue, kept.last
        self._queue_changed()
        self.changed_since_encoded = False

    def _queue_changed(self) -> None:
        self.changed_since_encoded = True
        self.until = self._queue[0].came + self._environment.lateness if self._queue else NEVER
        self._rows.latest = self._queue[-1].name if self._queue else ""

    def _give(self, customer: Customer, event: Event, came: Instant, unheard: Sequence[Event]) -> None:
        scene = self._scene
        if customer.next_due() < came:
            self._moments.fire(customer, came - 1)
        scene.at_event(customer, event, self._environment.is_late(event))
        try:
            self._market.tell(scene, unheard)
            if scene.candidates or scene.withdrawals:
                customer.clock = max(customer.clock, event.time)
                self._concluding.conclude(scene, event.id)
                self._rows.mark(customer)
        except Exception as error:
            self._moments.due += 1  # a moment that didn't fire: whoever watches over these is to know
            self._moments.fail(error, customer, [(OWNER, event.id)], event.time)
            self._rows.mark(customer)
