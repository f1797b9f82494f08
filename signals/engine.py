"""The engine: one shard's customers, worked on by one writer; the one straight line from event to recommendation.

``resolve → load customer → observe → detect (signals) → believe → fire (candidates) → decide (gates) → recommend``.
Due moments of a customer join at *fire*, outcomes at *observe*. No wall clock, no I/O: the same events give the same
bytes, however they are batched.
"""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from signals.calendar.instant import Instant
from signals.calling import DESKS, Calling, Hands, HasSlot, home_of
from signals.customer.identity import note_passage
from signals.customer.observe import observe
from signals.customer.rows import Rows, forget_seen
from signals.customer.state import NEVER, Customer, Live, Timer, owner_and_key
from signals.customer.word_of_mouth import hear_told
from signals.decision.capacity import Desks
from signals.decision.controls import CHANGED, Control, Controls
from signals.decision.decide import case_of, decide
from signals.decision.learning import LEARNT, Learning, Precision
from signals.decision.standing import is_settled, objection_to
from signals.decision.verdict import Case
from signals.events.event import Event
from signals.linking import Linking, Shard
from signals.pack.compile import Pack
from signals.pack.model import Trigger
from signals.recommendation.live import EXPIRE, RELEASE, Published, candidate_of, given_of, remember_unjudged
from signals.recommendation.overrule import candidate_again, live_named, released_all_the_same, wanted_all_the_same
from signals.recommendation.visit import Visit, worth_showing
from signals.scene import Candidate, Scene
from signals.triggers.calendar import OWNER as CALENDAR
from signals.triggers.market import Market
from signals.warmup import WarmUp

CONTROLS, LEARNING = "\x00controls/", "\x00learning/"
"""The keys under which a shard's controls and lessons are kept beside its customers; no subject begins so."""

EVERYBODY = ""
"""In place of a subject: what is forwarded is for all other shards."""

_OWN = "\x00"
_CACHED_ROWS = 200_000
_SEEN_KEPT = 64
_LONG_AGO: Instant = -(2**62)


class Batch(msgspec.Struct):
    """What a batch of work changed and made known."""

    recommendations: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    forwards: list[tuple[str, Event]]
    rows: dict[str, bytes | None]
    erased: list[str] = []
    """Subjects to be forgotten everywhere, once the rest is known."""


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
    ) -> None:
        """``load`` reads a row that isn't cached; ``owns`` tells whether a subject's row lives in this shard.

        With ``write_through`` every batch returns the rows it changed; without, rows come out only when the cache of
        ``cached_rows`` decoded rows overflows, for runs that keep no state. Where there are several
        ``shards``, a desk's slots are in the hands of the one that owns it. With ``explaining`` decisions that refuse
        carry all that led to them.
        """
        self.pack = pack
        self.clock: Instant = 0
        self.timers_due = self.timers_fired = self.duplicates = 0
        self._environment = pack.environment
        self._owns = owns
        self._cached_rows = cached_rows
        self._write_through = write_through
        self._rows = Rows(load, lambda customer: pack.calendar.arm(customer, self.clock), pack.environment.dedup_window)
        self._market = Market(pack.markets)
        self._controls = Controls()
        self._learning = Learning(
            pack.environment.clock, pack.environment.lateness, pack.environment.config.learning.prior
        )
        self._shards = shards
        self._desks = Desks(pack.environment, self._controls, lambda desk: shards == 1 or owns(home_of(desk)))
        self._scene = Scene(pack.environment)
        self._warmup = WarmUp()
        self._explaining = explaining
        self._published = Published(explaining=explaining)
        self._forwards: list[tuple[str, Event]] = []
        self._erased: list[str] = []
        self._linking = Linking(self._as_shard())
        self._calling = Calling(self._desks, self._rows, Hands(owns, self._forward_away, self._decide_held))
        self._selling = frozenset(name for name, trigger in pack.triggers.items() if trigger.class_ == "sales")

    def process(self, events: Iterable[Event]) -> Batch:
        """Work on events in their order of arrival."""
        for event in events:
            self._step(event)
        return self._batch()

    def advance(self, now: Instant) -> Batch:
        """Event time moves on without an event: what is due by ``now`` fires."""
        self._move_clock(now)
        return self._batch()

    def restore(self, rows: Iterable[tuple[str, bytes]], news: Iterable[Event] = (), clock: Instant = 0) -> None:
        """Rebuild what is kept in memory only after a start: who is due when, who holds what, the current news."""
        self.clock = clock
        self._warmup.over = clock > 0
        for told in news:
            self._market.remember(told, self._environment.product_name(told.data["product"]))
        for key, row in rows:
            if key == CONTROLS:
                self._controls.restore(row)
            elif key == LEARNING:
                self._learning.restore(row)
            elif key == DESKS:
                self._calling.restore(row, clock)
            else:
                self._rows.restore(key, row)

    def rearm(self, keys: Iterable[str]) -> Batch:
        """These customers' rows come from another pack: give each the next moment of this one's calendars."""
        for key in keys:
            if key.startswith(_OWN):
                continue
            customer = self._rows.open(key)
            if customer.became is None and customer.erased is None:
                self.pack.calendar.rearm(customer, self.clock)
                self._rows.mark(customer)
        return self._batch()

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

    @property
    def cached(self) -> list[Customer]:
        """The decoded rows at hand."""
        return self._rows.at_hand()

    def next_due(self) -> Instant:
        """The earliest moment that a row or a desk waits for; ``NEVER`` when none does."""
        return self._rows.first_due()

    def overdue(self, now: Instant) -> int:
        """How many rows wait for a moment that has passed by ``now``."""
        return self._rows.overdue(now)

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
        call = self._calling.steps.get(event.type)
        if call is not None:
            call(event)
            return
        if not self._warmup.over:
            self.foresee((event,))
        if event.time > self.clock:
            if self._rows.first_due() < event.time:
                self._fire_due(event.time - 1)
            self.clock = event.time
        if event.type == "clock.ticked":
            self._move_clock(event.time)
        elif event.type == "market.changed":
            self._tell(event)
        elif event.type == "desk.changed":
            self._calling.call(self._desks.changed(event.data), event.time)
        elif event.type == LEARNT:
            self._learning.note(event)
        elif event.type == CHANGED:
            control = self._controls.changed(event)
            if control.kind == "capacity":
                self._calling.call(control.name, event.time)
        else:
            self._customer_event(event)

    def _move_clock(self, now: Instant) -> None:
        self._fire_due(now)
        self.clock = max(self.clock, now)

    def _customer_event(self, event: Event) -> None:
        step = self._linking.steps.get(event.type)
        if step is not None:
            step(event)
            return
        customer = self._rows.open(event.subject)
        if customer.became is not None:
            self._pass_on(customer, event)
            return
        if customer.erased is not None:
            self._refuse_erased(customer, event)
            return
        if event.warmup:
            customer.warmed = max(customer.warmed, event.time)
        if event.time > customer.clock:
            if self._rows.due_of(customer.key) < event.time:
                self._fire_customer(customer, event.time - 1)
            customer.clock = event.time
        if self._is_new(customer, event):
            self._work(customer, event)
            self._rows.mark(customer)

    def _work(self, customer: Customer, event: Event) -> None:
        scene, pack = self._scene, self.pack
        late = event.arrival - event.time > self._environment.lateness
        scene.at_event(customer, event, late)
        observe(customer, event, self._environment)
        if event.type == "recommendation.outcome" and not self._is_released_by_person(scene, event):
            self._learn(customer, event)
            self._published.outcome(customer, event.data, event.time)
        pack.rules.run(scene)
        self._read(scene, event)
        if event.type == "policy.changed":
            self._rows.index_products(customer)
            self._market.tell_newcomer(scene, self._environment.product_name(event.data["product"]))
        self._conclude(scene, event.id)
        if customer.household:
            self._linking.share(customer, event)
        if event.type == "privacy.requested" and event.data["kind"] == "erase":
            self._linking.forget(customer, event)
            self._erase(customer, event.time)

    def _read(self, scene: Scene, event: Event) -> None:
        reader, text = self._environment.reader, event.data.get("text")
        if reader is None or not isinstance(text, str):
            return
        for mention in reader.read(text, _voice(event), event.time):
            scene.at_mention(mention)
            hear_told(scene.customer, event, mention)
            self.pack.rules.run_mention(scene)
        scene.at_mention(None)

    def _conclude(self, scene: Scene, cause: str) -> None:
        """Withdraw what lost its need, decide what fired, and take back sales that a new guard or objection forbids."""
        customer, published = scene.customer, self._published
        if scene.withdrawals:
            for withdrawal in scene.withdrawals if customer.live or customer.refused else ():
                published.withdraw(customer, withdrawal, f"event {cause}", scene.now)
            scene.withdrawals.clear()
        if scene.candidates:
            candidates, scene.candidates = _once_each(scene.candidates), []
            cases = [self._case(one, customer, scene.now) for one in candidates]
            for case in decide(cases, self._desks.has_slot):
                self._publish(case, None)
        if customer.live and not is_settled(customer, scene.event, scene.now):
            self._take_back(customer, cause, scene.now)
        if customer.objected is not None:
            self._forget_profile(customer)

    def _case(self, candidate: Candidate, customer: Customer, now: Instant) -> Case:
        return case_of(candidate, customer, self._environment, now, self._controls, self._learning)

    def _forget_profile(self, customer: Customer) -> None:
        """Who objected is not profiled for sales either: nothing that could add up to a need is kept (GDPR 21(3))."""
        for name in self._selling & customer.beliefs.keys():
            del customer.beliefs[name]
        for slot in [slot for slot in customer.counts if slot.partition("|")[0] in self._selling]:
            del customer.counts[slot]

    def _take_back(self, customer: Customer, cause: str, now: Instant) -> None:
        for live in list(customer.live.values()):
            if live.record["class"] != "sales":
                continue
            trigger = self.pack.triggers.get(live.trigger)
            if trigger is None:
                continue
            case = self._case(candidate_of(live, trigger), customer, now)
            case.channels = [live.record["channel"]]
            objection = objection_to(case)
            if objection is not None:
                self._published.end(customer, live, "withdrawn", f"{objection} (event {cause})", now)

    def _learn(self, customer: Customer, event: Event) -> None:
        """Take in whether a recommendation was right, and tell the other shards."""
        live, name = live_named(customer, event.data), str(event.data["recommendation"])
        given = customer.unjudged.pop(name, None) if live is None else given_of(live)
        if given is None:
            return
        lesson = self._learning.lesson(given, name, event)
        if lesson is not None:
            self._learning.note(lesson)
            if self._shards > 1:
                self._forwards.append((EVERYBODY, lesson))
        else:
            remember_unjudged(customer, name, given)

    def _is_released_by_person(self, scene: Scene, event: Event) -> bool:
        """Whether the outcome is somebody's word that what was refused, or waits, is to be released."""
        held = released_all_the_same(scene.customer, event.data)
        if held is not None:
            self._decide_again([held.record["id"]], scene, self._desks.has_slot)
            return True
        refused = wanted_all_the_same(scene.customer, event.data)
        trigger = self.pack.triggers.get(refused.trigger) if refused is not None else None
        if refused is not None and trigger is not None:
            scene.candidates.append(candidate_again(refused, trigger))
        return refused is not None

    def _fire_due(self, until: Instant) -> None:
        """Fire what is due in this shard, in event-time order over all customers."""
        for moment, key in self._rows.take_due(until):
            if key.startswith(DESKS):
                self._calling.call(key.removeprefix(DESKS), moment)
                continue
            self._fire_customer(self._rows.open(key), moment)
            if self._rows.due_of(key) == NEVER:
                self._rows.mark(self._rows.open(key))

    def _fire_customer(self, customer: Customer, until: Instant) -> None:
        """Fire this customer's timers up to ``until``, moment by moment."""
        while (moment := customer.next_due()) <= until:
            customer.clock = max(customer.clock, moment)
            ready = sorted(slot for slot, timer in customer.timers.items() if timer.due == moment)
            timers = [(*owner_and_key(slot), customer.timers.pop(slot)) for slot in ready]
            self.timers_due += len(timers)
            for owner, key, timer in timers:
                self._scene.at_moment(customer, customer.clock)
                self._fire(owner, key, timer)
                self.timers_fired += 1
            self._scene.at_moment(customer, customer.clock)
            self._conclude(self._scene, "due")
            released = [key for owner, key, _ in timers if owner == RELEASE]
            self._decide_again(released, self._scene, self._desks.has_slot)
            self._rows.mark(customer)

    def _fire(self, owner: str, key: str, timer: Timer) -> None:
        scene = self._scene
        if owner == CALENDAR:
            self.pack.calendar.due(scene, timer)
        elif owner == EXPIRE:
            self._published.expire(scene.customer, key, scene.now)
        elif owner in self.pack.timed:
            self.pack.timed[owner].due(scene, key, timer)

    def _decide_again(self, rec_ids: list[str], scene: Scene, has_slot: HasSlot) -> None:
        """Decide together what was held until now."""
        customer, now = scene.customer, scene.now
        held: dict[str, Live] = {}
        cases = []
        for live in (customer.live[rec_id] for rec_id in rec_ids if rec_id in customer.live):
            trigger = self.pack.triggers.get(live.trigger)
            if trigger is None or live.expires <= now:
                self._published.expire(customer, live.record["id"], now)
                continue
            case = self._case(candidate_of(live, trigger), customer, now)
            held[case.candidate.episode + case.candidate.name] = live
            cases.append(case)
        for case in decide(cases, has_slot):
            self._publish(case, held[case.candidate.episode + case.candidate.name])

    def _publish(self, case: Case, held: Live | None) -> None:
        """Make a decided case known; a released one takes its desk's slot, one without a slot waits for it."""
        if held is None:
            self._published.conclude(case)
        else:
            self._published.conclude_held(case, held)
        desk, verdict = case.desk, case.verdict
        if verdict is not None and verdict.reason == "RELEASED":
            self._desks.take(desk, case.now)
        elif verdict is not None and verdict.reason == "CAPACITY":
            self._calling.wait(case, next(reversed(case.customer.live)))

    def _decide_held(self, key: str, rec_id: str, now: Instant, has_slot: HasSlot) -> bool:
        """Decide anew what waited for a desk; whether it was released."""
        customer = self._rows.open(key)
        while customer.became is not None and self._owns(customer.became):
            customer = self._rows.open(customer.became)
        self._fire_customer(customer, now - 1)
        customer.clock = max(customer.clock, now)
        live = customer.live.get(rec_id)
        waited = live is not None and live.record["status"] == "held"
        if waited:
            self._scene.at_moment(customer, now)
            self._decide_again([rec_id], self._scene, has_slot)
        self._rows.mark(customer)
        live = customer.live.get(rec_id)
        return waited and live is not None and live.record["status"] == "released"

    def _tell(self, news: Event) -> None:
        """Give market news to everyone who holds the product."""
        product = self._environment.product_name(news.data["product"])
        if not self._market.remember(news, product):
            self.duplicates += 1
            return
        late = news.arrival - news.time > self._environment.lateness
        self._scene.at_event(Customer(key=news.subject), news, late)
        if not self._market.concerns(self._scene):
            return
        for key in self._rows.holders(product):
            customer = self._rows.open(key)
            if self._rows.due_of(key) < news.time:
                self._fire_customer(customer, news.time - 1)
            self._scene.at_event(customer, news, late)
            self._market.tell(self._scene)
            if self._scene.candidates:
                customer.clock = max(customer.clock, news.time)
                self._conclude(self._scene, news.id)
                self._rows.mark(customer)

    def _as_shard(self) -> Shard:
        return Shard(
            open=self._rows.open,
            mark=self._rows.mark,
            forward=self._forward,
            consider=self._consider,
            withdraw=lambda customer, live, cause, now: self._published.end(customer, live, "withdrawn", cause, now),
            index=self._rows.index_products,
            arm=lambda customer: self.pack.calendar.arm(customer, self.clock),
            erase=self._erase,
            shared_guards=frozenset(
                name for name, trigger in self.pack.triggers.items() if _concerns_household(trigger.definition)
            ),
        )

    def _pass_on(self, alias: Customer, event: Event) -> None:
        """What comes in through an alias goes to the row it became; the alias only notes what it contributed."""
        assert alias.became is not None
        if self._is_new(alias, event):
            observe(alias, event, self._environment)
            note_passage(alias, event)
            alias.clock = max(alias.clock, event.time)
            self._rows.mark(alias)
            self._forward(alias.became, event)

    def _consider(self, customer: Customer, event: Event) -> None:
        """Linked rows may together reach what neither did alone, and guards of one hold for all."""
        self._rows.index_products(customer)
        scene = self._scene
        scene.at_event(customer, event, event.arrival - event.time > self._environment.lateness)
        evidenced = {*customer.beliefs, *(slot.partition("|")[0] for slot in customer.counts)}
        for trigger, reconsider in self.pack.reconsidering.items():
            if trigger in evidenced:
                reconsider(scene)
        self._conclude(scene, event.id)
        self._rows.mark(customer)

    def _forward_away(self, subject: str, event: Event) -> None:
        self._forwards.append((subject, msgspec.structs.replace(event, subject=subject)))

    def _forward(self, subject: str, event: Event) -> None:
        moved = msgspec.structs.replace(event, subject=subject)
        if self._owns(subject) or self.customer(subject) is not None:
            self._customer_event(moved)
        else:
            self._forwards.append((subject, moved))

    def _erase(self, customer: Customer, now: Instant) -> None:
        for live in list(customer.live.values()):
            self._published.end(customer, live, "withdrawn", "the customer was erased", now)
        self._rows.erase(customer, now)
        self._erased.append(customer.key)

    def _refuse_erased(self, customer: Customer, event: Event) -> None:
        """An erased customer leaves no trace: what would have fired is refused, and nothing is kept."""
        passing = Customer(key=customer.key, erased=customer.erased, clock=event.time)
        self._scene.at_event(passing, event, False)
        self.pack.rules.run(self._scene)
        self._read(self._scene, event)
        self._conclude(self._scene, event.id)

    def _is_new(self, customer: Customer, event: Event) -> bool:
        digest = blake2b(f"{event.source}\x1f{event.id}".encode(), digest_size=8).digest()
        seen = customer.seen
        if seen.get(digest, _LONG_AGO) >= customer.clock - self._environment.dedup_window:
            self.duplicates += 1
            return False
        seen[digest] = event.time
        if len(seen) > _SEEN_KEPT:
            forget_seen(customer, self._environment.dedup_window)
        return True

    def _batch(self) -> Batch:
        overflow = len(self._rows) > self._cached_rows
        rows: dict[str, bytes | None] = {}
        if self._write_through or overflow:
            rows = self._rows.take_changed()
            if self._desks.changed_since_encoded:
                rows[DESKS] = self._desks.encode()
            if self._controls.changed_since_encoded:
                rows[CONTROLS] = self._controls.encode()
            if self._learning.changed_since_encoded:
                rows[LEARNING] = self._learning.encode()
        if overflow:
            self._rows.let_go()
        published = self._published
        batch = Batch(published.recommendations, published.decisions, self._forwards, rows, self._erased)
        self._published, self._forwards = Published(explaining=self._explaining), []
        self._erased = []
        return batch


def _voice(event: Event) -> str | None:
    """Who wrote the text, and where: our own words come from an agent."""
    if event.type == "contact.made":
        return "agent"
    if event.type == "social.posted":
        return "social"
    channel = event.data.get("channel")
    return channel if isinstance(channel, str) else None


def _concerns_household(trigger: Trigger) -> bool:
    return trigger.guard is not None and trigger.guard.household


def _once_each(candidates: list[Candidate]) -> list[Candidate]:
    """One event fires a trigger about one thing once, however often it says so."""
    return list({(candidate.name, candidate.key): candidate for candidate in reversed(candidates)}.values())[::-1]
