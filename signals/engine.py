"""The engine: one shard's customers, worked on by one writer; the one straight line from event to recommendation.

``resolve → load customer → observe → detect (signals) → believe → fire (candidates) → decide (gates) → recommend``.
Due moments of a customer join at *fire*, outcomes at *observe*. No wall clock, no I/O: the same events give the same
bytes, however they are batched. Here events are told apart; ``working`` is about customers, ``moments`` about what
becomes due, ``concluding`` about what follows from either.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress

from signals.batch import Batch, Kept, Outbox
from signals.calendar.instant import Instant
from signals.calling import Calling, Hands, home_of
from signals.concluding import Concluding
from signals.customer.rows import Rows
from signals.customer.state import Customer
from signals.decision.capacity import DESKS, WAITING, Desks
from signals.decision.controls import CHANGED, Control, Controls
from signals.decision.learning import LEARNT, Learning, Overrule, Precision
from signals.events.event import Event
from signals.moments import ALL, PASSED, Moments, MoreDue
from signals.pack.compile import Pack
from signals.recommendation.live import Published
from signals.recommendation.visit import Visit, worth_showing
from signals.scene import Scene
from signals.telling import TELLING, Telling
from signals.triggers.market import Market
from signals.warmup import WARMUP, WarmUp
from signals.working import Working

CONTROLS, LEARNING = "\x00controls/", "\x00learning/"
"""The keys under which a shard's controls and lessons are kept beside its customers; no subject begins so."""

OWN = "\x00"
"""How the keys begin under which a shard keeps what is its own; no subject begins so."""
_CACHED_ROWS = 200_000


class Engine:
    """One shard: its rows, its due moments, its news."""

    def __init__(
        self,
        pack: Pack,
        load: Callable[[str], bytes | None] = lambda key: None,
        owns: Callable[[str], bool] = lambda key: True,
        cached_rows: int = _CACHED_ROWS,
        write_through: bool = True,
        shards: int = 1,
        explaining: bool = True,
        going_on: bool = False,
    ) -> None:
        """``load`` reads a row that isn't cached; ``owns`` tells whether a subject's row lives in this shard.

        With ``write_through`` every batch returns the rows it changed; without, rows come out when they are taken, and
        by themselves only those that leave the cache of ``cached_rows`` decoded rows. Where there are several
        ``shards``, a desk's slots are in the hands of the one that owns it. With ``explaining`` decisions that refuse
        carry all that led to them. ``going_on`` keeps a due moment on which the engine fails from holding up time: it
        comes out with the batch's ``failed``.
        """
        self.pack = pack
        self.clock: Instant = 0
        self._environment = environment = pack.environment
        self._write_through = write_through
        self._scene = Scene(environment)
        self._warmup = WarmUp()
        self._repeated_news = 0
        self._rows = rows = Rows(
            load,
            self._arm,
            lambda customer: self._telling.hear(customer),
            lambda *due: self._moments.fire(*due),
            environment.dedup_window,
            cached_rows,
        )
        self._market = Market(pack.markets, environment)
        self._controls = Controls()
        self._learning = Learning(environment.clock, environment.lateness, environment.config.learning.prior)
        self._desks = Desks(environment, self._controls, lambda desk: shards == 1 or owns(home_of(desk)))
        self._published = published = Published(explaining=explaining, lateness=environment.lateness)
        self._outbox = Outbox(alone=shards == 1)
        self._concluding = Concluding(
            pack, published, self._controls, self._learning, self._desks, lambda *waiting: self._calling.wait(*waiting)
        )
        self._moments = Moments(
            pack,
            self._scene,
            rows,
            self._concluding,
            published,
            owns,
            lambda *due: self._calling.call(*due),
            self._desks,
            going_on,
        )
        self._telling = Telling(environment, rows, self._market, self._moments, self._concluding, self._scene)
        self._calling = Calling(
            self._desks, rows, Hands(owns, self._outbox.forward, self._outbox.send, self._moments.decide_held)
        )
        self._working = Working(
            pack,
            self._scene,
            rows,
            self._moments,
            self._concluding,
            published,
            self._market,
            self._learning,
            self._outbox,
            owns,
            self._arm,
        )
        self._steps = self._calling.steps | self._working.moving.steps
        self._event = Event("", "", "", 0, 0, "", {})
        self._concerning_all: dict[str, Callable[[Event], None]] = {
            "clock.ticked": self._tick,
            "market.changed": self._tell,
            "desk.changed": self._change_desk,
            LEARNT: self._learning.note,
            CHANGED: self._change_control,
        }
        self._kept: dict[str, Kept] = {
            CONTROLS: self._controls,
            LEARNING: self._learning,
            WARMUP: self._warmup,
            TELLING: self._telling,
            PASSED: self._moments,
        }

    def process(self, events: Iterable[Event], at_once: int = ALL, in_turns: bool = False) -> Batch:
        """Work on events in their order of arrival.

        Where more than ``at_once`` timers are due before an event, some of them fire, and work ends in front of it:
        it is the batch's ``left``, and to be worked on before all others. With ``in_turns`` work goes on, and ``go_on``
        fires the others, but for what has been due for longer than the lateness, and for a tick. News that concerns
        more customers than ``at_once`` is told afterwards, by ``go_on``.
        """
        self._moments.at_once, self._moments.patience = at_once, self._environment.lateness if in_turns else 0
        left = None
        try:
            for event in events:
                self._step(event)
        except MoreDue as more:
            self.clock, left = max(self.clock, more.at), self._event
        return self._batch(left)

    def advance(self, now: Instant, at_once: int = ALL) -> Batch:
        """Event time moves on without an event: what is due by ``now`` fires.

        Where that are more than ``at_once`` timers, some fire, and the others are left to ``go_on``. Where more
        customers have to hear of news first, time stands still.
        """
        self._moments.at_once = at_once
        with suppress(MoreDue):
            self._move_clock(now, ALL)
        return self._batch()

    def go_on(self, at_once: int) -> Batch:
        """Fire so many of the timers that were left, or tell so many customers of news, without any event or that time
        moves on."""
        if self._moments.are_behind:
            self._moments.go_on(at_once)
        elif not self._telling.is_over:
            self._telling.go_on(at_once)
        return self._batch()

    @property
    def is_behind(self) -> bool:
        """Whether timers were left, or news that not everybody has heard whom it concerns."""
        return self._moments.are_behind or not self._telling.is_over

    def restore(self, rows: Iterable[tuple[str, bytes]], news: Iterable[Event] = (), clock: Instant = 0) -> None:
        """Rebuild what is kept in memory only after a start: who is due when, who holds what, the current news.

        Of a customer's row its head is enough, and rows without one needn't be given (``codec.head_of``)."""
        self.clock = clock
        self._warmup.over = clock > 0
        self._market.restore((told, self._environment.product_name(told.data["product"])) for told in news)
        for key, row in rows:
            if (kept := self._kept.get(key)) is not None:
                kept.restore(row)
            elif key.startswith((DESKS, WAITING)):
                self._desks.restore(key, row)
            else:
                self._rows.restore(key, row)
        self._scene.history = self._warmup.until
        self._calling.resume(clock)

    def rearm(self, keys: Iterable[str]) -> Batch:
        """These customers' rows come from another pack: give each the next moment of this one's calendars."""
        for key in keys:
            if key.startswith(OWN):
                continue
            customer = self._rows.open(key)
            if customer.is_person:
                self.pack.calendar.rearm(customer, self.clock)
                self._rows.mark(customer)
        return self._batch()

    def take_rows(self) -> dict[str, bytes | None]:
        """The rows that changed since they last came out, encoded, and what is kept beside them."""
        kept = {key: kept.encode() for key, kept in self._kept.items() if kept.changed_since_encoded}
        return self._rows.take_changed() | kept | self._desks.take_rows()

    def keep_at_hand(self, rows: int) -> None:
        """Keep so many decoded rows from now on."""
        self._rows.most = rows

    @property
    def has_changed(self) -> bool:
        """Whether there are rows to take."""
        kept_changed = any(kept.changed_since_encoded for kept in self._kept.values())
        return self._rows.have_changed or self._desks.have_changed or kept_changed

    def customer(self, key: str) -> Customer | None:
        """The state of a customer, for reading."""
        return self._rows.find(key)

    def visit(self, customer: Customer, now: Instant) -> Visit:
        """What may be shown to a customer who is on the site; changes nothing, so any thread may ask it."""
        return worth_showing(customer, self.pack, self._controls, self._learning, now)

    def controls(self, now: Instant) -> list[Control]:
        """The controls that count now."""
        return self._controls.standing(now)

    def precisions(self) -> list[Precision]:
        """How often recommendations turned out right."""
        return self._learning.precisions()

    def overrules(self) -> list[Overrule]:
        """How often people overruled what was decided here."""
        return self._learning.overrules()

    @property
    def cached(self) -> list[Customer]:
        """The decoded rows at hand."""
        return self._rows.at_hand()

    @property
    def duplicates(self) -> int:
        """How many events came again."""
        return self._working.duplicates + self._repeated_news

    @property
    def late(self) -> int:
        """How many customers' events came later than the lateness: they fired nothing."""
        return self._working.late

    @property
    def timers_due(self) -> int:
        """How many timers became due."""
        return self._moments.due

    @property
    def timers_fired(self) -> int:
        """How many of them were worked on."""
        return self._moments.fired

    @property
    def row_hits(self) -> int:
        """How often a row was wanted that was at hand."""
        return self._rows.hits

    def free_slots(self, now: Instant) -> dict[str, int]:
        """How many slots each desk has now, of those with a limit whose slots are in this shard's hands."""
        return self._desks.free(now)

    def next_due(self) -> Instant:
        """The earliest moment that a row or a desk waits for; ``NEVER`` when none does."""
        return self._rows.agenda.first()

    def overdue(self, now: Instant) -> int:
        """How many rows wait for a moment that has passed by ``now``."""
        return self._rows.agenda.overdue(now)

    @property
    def customers(self) -> int:
        """How many rows this engine has created since it started."""
        return self._rows.created

    def foresee(self, events: Iterable[Event]) -> None:
        """Take note of the history in events of which other shards get a part: moments pass alike for all."""
        for event in events:
            self._warmup.note(event)
        self._scene.history = self._warmup.until

    def _step(self, event: Event) -> None:
        step = self._steps.get(event.type)
        if step is not None:
            step(event)
            return
        self._event = event
        if not self._warmup.over:
            self.foresee((event,))
        if event.time > self.clock:
            if self._telling.until < event.time:
                self._catch_up(event.time)
            if self._rows.agenda.soonest < event.time:
                self._moments.let_pass(event.time - 1)
            self.clock = event.time
        concerning_all = self._concerning_all.get(event.type)
        if concerning_all is None:
            self._working.work_on(event)
        else:
            concerning_all(event)

    def _tick(self, tick: Event) -> None:
        if not tick.warmup:
            self._move_clock(tick.time, 0)

    def _change_desk(self, event: Event) -> None:
        self._calling.call(self._desks.changed(event), self.clock)  # counts from when it comes, if that is late

    def _change_control(self, event: Event) -> None:
        control = self._controls.changed(event)
        if control.kind == "capacity":
            self._calling.call(control.name, self.clock)

    def _catch_up(self, now: Instant) -> None:
        if not self._telling.catch_up(now, self._moments.at_once):
            raise MoreDue(self.clock)

    def _move_clock(self, now: Instant, patience: Instant) -> None:
        self._catch_up(now)
        self._moments.fire_due(now, patience)
        self.clock = max(self.clock, now)

    def _arm(self, customer: Customer) -> None:
        """By the event at hand: how far this shard's time is depends on whom else it has."""
        event = self._event
        self.pack.calendar.arm(customer, event.arrival if self._environment.is_late(event) else event.time)

    def _tell(self, news: Event) -> None:
        """Give market news to everyone who holds the product."""
        product = self._environment.product_name(news.data["product"])
        if not self._market.remember(news, product):
            self._repeated_news += 1
            return
        self._telling.tell(news, product, self.clock, self._moments.at_once)

    def _batch(self, left: Event | None = None) -> Batch:
        changed = self.take_rows() if self._write_through else {}
        self._rows.trim()
        rows = self._rows.take_left() | changed
        forwards, erased = self._outbox.take()
        recommendations, decisions = self._published.take()
        failed = self._moments.take_failed()
        news = self._market.take_changed()
        return Batch(recommendations, decisions, forwards, rows, erased, failed, *news, left)
