"""Working on the events of customers: observe, detect, believe and fire; ``concluding`` goes on from there.

What comes in through an alias goes on to the row it became; of who was erased nothing is kept.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b

from msgspec.structs import replace

from signals.batch import Outbox
from signals.calendar.instant import Instant
from signals.concluding import Concluding
from signals.customer.identity import note_passage
from signals.customer.observe import hear_optout, observe
from signals.customer.rows import Rows, forget_seen
from signals.customer.state import Customer
from signals.customer.word_of_mouth import hear_told
from signals.decision.learning import Learning
from signals.events.event import Event
from signals.linking import Linking
from signals.links import Shard
from signals.moments import Moments
from signals.moving import Moving
from signals.pack.compile import Pack
from signals.pack.model import Trigger
from signals.recommendation.judged import given_of, remember_unjudged
from signals.recommendation.live import Published
from signals.recommendation.overrule import candidate_again, live_named, released_all_the_same, wanted_all_the_same
from signals.scene import Scene
from signals.triggers.market import Market

_FEW_SEEN = 32
"""So few are kept beyond the dedup window; more are looked through when the oldest is as old as two windows."""
_LONG_AGO: Instant = -(2**62)


class Working:
    """The work on customers' events in one shard; ``owns`` tells whether a subject's row lives here."""

    def __init__(
        self,
        pack: Pack,
        scene: Scene,
        rows: Rows,
        moments: Moments,
        concluding: Concluding,
        published: Published,
        market: Market,
        learning: Learning,
        outbox: Outbox,
        owns: Callable[[str], bool],
        arm: Callable[[Customer], None],
    ) -> None:
        self.duplicates = 0
        self.late = 0
        self._pack = pack
        self._environment = pack.environment
        self._scene = scene
        self._rows = rows
        self._moments = moments
        self._concluding = concluding
        self._published = published
        self._market = market
        self._learning = learning
        self._outbox = outbox
        self._owns = owns
        self._linking = Linking(self._as_shard(arm))
        self._digested = ("", "", b"")
        self.moving = Moving(rows, owns, outbox, self._linking.merge, self._consider, concluding.leave_desks)

    def work_on(self, event: Event) -> None:
        """One event about a customer, with all that it leads to."""
        customer = self._rows.known(event.subject)
        if customer is not None and customer.lives is not None:
            self._outbox.send(customer.lives, event)
            return
        step = self._linking.steps.get(event.type)
        if step is not None:
            step(event)
            return
        if customer is None:
            customer = self._rows.begin(event.subject)
        if customer.became is not None:
            self._pass_on(customer, event)
            return
        if customer.erased is not None:
            self._refuse_erased(customer, event)
            return
        if event.warmup:
            customer.warmed = max(customer.warmed, event.time)
        if event.time > customer.clock:
            agenda = self._rows.agenda
            if agenda.soonest < event.time and agenda.due_of(customer.key) < event.time:
                self._moments.fire(customer, event.time - 1)
            customer.clock = event.time
        if self._is_new(customer, event):
            self._work(customer, event)
            self._rows.mark(customer)

    def _work(self, customer: Customer, event: Event) -> None:
        scene, pack = self._scene, self._pack
        late = self._environment.is_late(event)
        self.late += late
        out_of_order = event.time < customer.clock and not late
        passed = self._wanted(customer, event) if out_of_order else None
        scene.at_event(customer, event, late)
        observe(customer, event, self._environment)
        if event.type == "recommendation.outcome" and not self._is_released_by_person(scene, event):
            self._learn(customer, event)
            self._published.outcome(customer, event.data, event.time)
        pack.rules.run(scene)
        if "text" in event.data:
            self._read(scene, event)
        if event.type == "policy.changed":
            self._rows.index_products(customer)
            self._market.tell_newcomer(scene, self._environment.product_name(event.data["product"]))
        self._concluding.conclude(scene, event.id)
        if out_of_order:
            if passed:
                self._ask_again(passed, event)
            scene.at_event(customer, event, late)
            self._concluding.look_again(scene, event)
        if customer.household:
            self._linking.household.share(customer, event)
        if event.type == "privacy.requested" and event.data["kind"] == "erase":
            self._linking.forget(customer, event)
            self._erase(customer, event.time)

    def _wanted(self, customer: Customer, event: Event) -> dict[Instant, set[str]]:
        """What calendars want, without an event that comes in after moments which it lies before."""
        calendar, self._scene.customer = self._pack.calendar, customer
        moments = () if event.warmup else calendar.passed(customer, event.time)
        return {moment: calendar.wanted(self._scene, moment) for moment in moments}

    def _ask_again(self, passed: dict[Instant, set[str]], event: Event) -> None:
        for moment, wanted in passed.items():
            self._pack.calendar.ask_again(self._scene, moment, wanted)
            self._concluding.conclude(self._scene, event.id)

    def _read(self, scene: Scene, event: Event) -> None:
        reader, text = self._environment.reader, event.data.get("text")
        if reader is None or not isinstance(text, str):
            return
        for mention in reader.read(text, _voice(event), event.time):
            scene.at_mention(mention)
            hear_told(scene.customer, event, mention)
            hear_optout(scene.customer, event, mention, self._environment.lateness)
            self._pack.rules.run_mention(scene)
        scene.at_mention(None)

    def _learn(self, customer: Customer, event: Event) -> None:
        """Take in whether a recommendation was right, and tell the other shards."""
        live, name = live_named(customer, event.data), str(event.data["recommendation"])
        given = customer.unjudged.pop(name, None) if live is None else given_of(live)
        if live is not None and event.data["outcome"] == "overruled":
            self._learning.overruled(live.record["trigger"], live.record["reason"], "stop")
        if given is None:
            return
        lesson = self._learning.lesson(given, name, event)
        if lesson is not None:
            self._learning.note(lesson)
            self._outbox.tell_everybody(lesson)
        else:
            remember_unjudged(customer, name, given)

    def _is_released_by_person(self, scene: Scene, event: Event) -> bool:
        """Whether the outcome is somebody's word that what was refused, or waits, is to be released."""
        held = released_all_the_same(scene.customer, event.data)
        if held is not None:
            self._learning.overruled(held.record["trigger"], held.record["reason"], "release")
            self._concluding.decide_again([held.record["id"]], scene)
            return True
        refused = wanted_all_the_same(scene.customer, event.data)
        trigger = self._pack.triggers.get(refused.trigger) if refused is not None else None
        if refused is not None and trigger is not None:
            self._learning.overruled(refused.name, refused.reason, "release")
            scene.candidates.append(candidate_again(refused, trigger))
        return refused is not None

    def _pass_on(self, alias: Customer, event: Event) -> None:
        """What comes in through an alias goes to the row it became; the alias only notes what it contributed."""
        assert alias.became is not None
        alias.clock = max(alias.clock, event.time)
        if self._is_new(alias, event):
            observe(alias, event, self._environment)
            note_passage(alias, event)
            self._rows.mark(alias)
            self._forward(alias.became, event)

    def _refuse_erased(self, customer: Customer, event: Event) -> None:
        """An erased customer leaves no trace: what would have fired is refused, and nothing is kept."""
        passing = Customer(key=customer.key, erased=customer.erased, clock=event.time)
        self._scene.at_event(passing, event, False)
        self._pack.rules.run(self._scene)
        self._read(self._scene, event)
        self._concluding.conclude(self._scene, event.id)

    def _is_new(self, customer: Customer, event: Event) -> bool:
        digest = self._digest_of(event)
        seen, window = customer.seen, self._environment.dedup_window
        if seen.get(digest, _LONG_AGO) >= customer.clock - window:
            self.duplicates += 1
            return False
        seen[digest] = event.time
        if len(seen) > _FEW_SEEN and seen[next(iter(seen))] < customer.clock - 2 * window:
            forget_seen(customer, window)
        return True

    def _digest_of(self, event: Event) -> bytes:
        """What an event is known by; one that goes on from an alias is asked for again at once."""
        id, source, digest = self._digested
        if event.id is not id or event.source is not source:
            digesting = _digesting(event.source).copy()
            digesting.update(event.id.encode())
            digest = digesting.digest()
            self._digested = event.id, event.source, digest
        return digest

    def _as_shard(self, arm: Callable[[Customer], None]) -> Shard:
        return Shard(
            open=self._rows.open,
            mark=self._rows.mark,
            forward=self._forward,
            is_new=self._is_new,
            lateness=self._environment.lateness,
            consider=self._consider,
            published=self._published,
            index=self._rows.index_products,
            arm=arm,
            erase=self._erase,
            counting=frozenset(name for name, trigger in self._pack.triggers.items() if _counts(trigger.definition)),
            shared_guards=frozenset(
                name for name, trigger in self._pack.triggers.items() if _concerns_household(trigger.definition)
            ),
        )

    def _consider(self, customer: Customer, event: Event) -> None:
        """Linked rows may reach together what neither did alone, or one denied or ended what the other began."""
        self._rows.index_products(customer)
        scene = self._scene
        scene.at_event(customer, event, self._environment.is_late(event))
        slots = (*customer.counts, *customer.timers)
        concerned = {*self._pack.of_the_row, *customer.beliefs, *customer.guards}
        concerned.update([slot.partition("|")[0] for slot in slots], scene.spoken_of())
        for reconsider in [ask for trigger, ask in self._pack.reconsidering.items() if trigger in concerned]:
            reconsider(scene)
        self._concluding.conclude(scene, event.id)
        self._concluding.make_room(customer, scene.now)
        self._rows.mark(customer)

    def _forward(self, subject: str, event: Event) -> None:
        if self._owns(subject) or self._rows.find(subject) is not None:
            self.work_on(replace(event, subject=subject))
        else:
            self._outbox.forward(subject, event)

    def _erase(self, customer: Customer, now: Instant) -> None:
        self._concluding.end_all(customer, "the customer was erased", now)
        self._rows.erase(customer, now)
        self._outbox.erase(customer.key)
        self.moving.forget(customer.key, now)


@lru_cache(maxsize=1_000)
def _digesting(source: str) -> blake2b:
    """The beginning of the digests of a source's events; there are few sources."""
    return blake2b(f"{source}\x1f".encode(), digest_size=8)


def _voice(event: Event) -> str | None:
    """Who wrote the text, and where: our own words come from an agent, an answer to a survey is written to us."""
    if event.type == "contact.made":
        return "agent"
    if event.type == "social.posted":
        return "social"
    if event.type == "survey.answered":
        return "survey"
    channel = event.data.get("channel")
    return channel if isinstance(channel, str) else None


def _concerns_household(trigger: Trigger) -> bool:
    return trigger.guard is not None and trigger.guard.household


def _counts(trigger: Trigger) -> bool:
    return trigger.count is not None and trigger.count.at_least > 1
