"""Concluding: what fired in a scene is decided and made known, and what may no longer go ahead is taken back."""

from collections.abc import Callable, Sequence

from signals.calendar.instant import Instant, parse_instant
from signals.calling import HasSlot
from signals.customer.bounds import LIVE_KEPT
from signals.customer.state import EARLY, Customer
from signals.customer.underway import Live, Refused
from signals.decision.capacity import Desks
from signals.decision.controls import Controls
from signals.decision.decide import case_of, decide, part
from signals.decision.gates import kill_switch, promises_kept, within_caps
from signals.decision.learning import Learning
from signals.decision.standing import is_settled, objection_to
from signals.decision.verdict import Case
from signals.events.event import Event
from signals.pack.compile import Pack
from signals.recommendation.conversation import talk_of
from signals.recommendation.live import Published, candidate_of
from signals.recommendation.returning import candidate_anew, goes_on_elsewhere
from signals.recommendation.withdrawing import withdraw
from signals.scene import Candidate, Return, Scene, Withdrawal

_CROWDED = f"one customer has at most {LIVE_KEPT} recommendations at once: the oldest made room"


class Concluding:
    """Decides for one shard. ``wait`` is told of a candidate that is held until its desk has a slot."""

    def __init__(
        self,
        pack: Pack,
        published: Published,
        controls: Controls,
        learning: Learning,
        desks: Desks,
        wait: Callable[[Case, str], None],
    ) -> None:
        self._triggers = pack.triggers
        self._environment = pack.environment
        self._published = published
        self._controls = controls
        self._learning = learning
        self._desks = desks
        self._wait = wait
        self._selling = frozenset(name for name, trigger in pack.triggers.items() if trigger.class_ == "sales")

    def conclude(self, scene: Scene, cause: str, held: Sequence[str] = ()) -> None:
        """Withdraw what lost its need, decide what fired together with what was ``held`` until now, and take back
        sales that a new guard or objection forbids."""
        customer, published = scene.customer, self._published
        returning = False
        if scene.withdrawals:
            returning = any(isinstance(one, Return) for one in scene.withdrawals)
            unfounded = withdraw(published, customer, scene.withdrawals, cause, scene.now)
            scene.withdrawals.clear()
            if unfounded:
                self.decide_anew(scene, cause, [one for one in customer.refused if _gave_way(one, unfounded)])
        if scene.candidates or held:
            candidates, scene.candidates = _once_each(scene.candidates), []
            self._decide(candidates, held, scene, self._desks.has_slot)
            for one in candidates:
                if one.denied is not None:
                    over = one.denied.time if one.trigger.kind == "market" else None
                    ended = [Withdrawal(one.trigger.name, one.key, over=over)]
                    withdraw(published, customer, ended, one.denied.event, one.denied.time)
            self.make_room(customer, scene.now)
        elif returning:
            self.make_room(customer, scene.now)
        for live in customer.live.values():
            if live.trigger in self._selling:
                if returning or not is_settled(customer, scene.event, scene.now):
                    self._take_back(customer, cause, scene.now)
                break
        if customer.objected is not None:
            self._forget_profile(customer)

    def decide_again(self, rec_ids: list[str], scene: Scene, has_slot: HasSlot | None = None) -> None:
        """Decide together what was held until now; ``has_slot`` in place of what the desks say."""
        self._decide([], rec_ids, scene, has_slot or self._desks.has_slot)

    def decide_anew(self, scene: Scene, cause: str, refused: Sequence[Refused]) -> None:
        """What was refused would not have been by what came in late: it goes on as another candidate of its episode.

        All of one moment are decided together, beside what was released at that moment. The decision that was told
        stays as it is; what would be refused all the same is left alone.
        """
        customer, has_slot = scene.customer, self._desks.has_slot
        moments: dict[Instant, list[Case]] = {}
        for one in refused:
            trigger = self._triggers.get(one.trigger)
            if trigger is not None and not goes_on_elsewhere(customer, one, trigger):
                candidate = candidate_anew(one, trigger, cause)
                moments.setdefault(one.fired, []).append(self._case(candidate, customer, one.fired))
        for cases in moments.values():
            for case in decide(cases, has_slot):
                verdict, episode = case.verdict, case.candidate.episode
                assert verdict is not None
                is_wanted = verdict.verdict != "reject" or verdict.ghost or talk_of(case) is not None
                if is_wanted and case.closes > customer.clock:
                    name = case.candidate.name
                    customer.refused = [one for one in customer.refused if (one.name, one.episode) != (name, episode)]
                    self._publish(case, None)
            part(cases)
        self.make_room(customer, scene.now)

    def look_again(self, scene: Scene, event: Event) -> None:
        """Something came in late: what was refused, forbidden or released by what was known may be otherwise by it."""
        customer, now, of_promise = scene.customer, event.time, event.type == "promise.changed"
        for live in customer.forbidden:
            if now <= live.fired and self._was_free(customer, live):
                withdraw(self._published, customer, [Return(live.record["id"])], event.id, now)
        if of_promise:
            for live in [one for one in customer.live.values() if one.trigger in self._selling and now <= one.fired]:
                kept = promises_kept(self._case_of(customer, live, live.fired))
                if kept.verdict == "reject":
                    self._forbid(customer, live, f"{kept.detail()} (event {event.id})", now)
        known = _KNOWN_OF_PROMISES if of_promise else _KNOWN
        anew = [one for one in customer.refused if one.reason in known and now <= one.fired]
        if anew:
            self.decide_anew(scene, event.id, anew)

    def _was_free(self, customer: Customer, live: Live) -> bool:
        """Whether nothing forbids what was forbidden, by all that is known now."""
        trigger = self._triggers.get(live.trigger)
        if trigger is None or goes_on_elsewhere(customer, live, trigger):
            return False
        case, decided = self._case_of(customer, live, live.fired), parse_instant(live.decision["decided"])
        since = self._case_of(customer, live, customer.clock)
        if "reject" in (promises_kept(case).verdict, within_caps(case).verdict, kill_switch(since).verdict):
            return False
        return objection_to(case, decided) is None and objection_to(since, decided) is None

    def _case_of(self, customer: Customer, live: Live, now: Instant) -> Case:
        case = self._case(candidate_of(live, self._triggers[live.trigger]), customer, now)
        case.channels = [live.record["channel"]]
        return case

    def _forbid(self, customer: Customer, live: Live, why: str, now: Instant) -> None:
        self._published.end(customer, live, "withdrawn", why, now)
        if live.record["reason"] == "RELEASED":
            customer.forbid(live, self._environment.lateness)

    def _decide(self, candidates: list[Candidate], rec_ids: Sequence[str], scene: Scene, has_slot: HasSlot) -> None:
        """Decide all of one moment together: what fired, and what was held until now."""
        customer, now = scene.customer, scene.now
        cases = [self._case(one, customer, max(now, one.fired)) for one in candidates]
        held: dict[Case, Live] = {}
        for live in (customer.live[rec_id] for rec_id in rec_ids if rec_id in customer.live):
            trigger = self._triggers.get(live.trigger)
            if trigger is None or live.expires <= now:
                self._published.expire(customer, live.record["id"], now)
                continue
            held[self._case(candidate_of(live, trigger), customer, now)] = live
        cases += held
        for case in decide(cases, has_slot):
            self._publish(case, held.get(case))
        part(cases)

    def make_room(self, customer: Customer, now: Instant) -> None:
        """End the oldest of too many recommendations; also rows that become one may have more than each alone."""
        while len(customer.live) > LIVE_KEPT:
            self._published.end(customer, next(iter(customer.live.values())), "withdrawn", _CROWDED, now)

    def end_all(self, customer: Customer, cause: str, now: Instant) -> None:
        """Withdraw all that is live, or waits for a desk."""
        for live in list(customer.live.values()):
            self._published.end(customer, live, "withdrawn", cause, now)
        self.leave_desks(customer.key)

    def leave_desks(self, customer: str) -> None:
        """Let them wait for no desk."""
        self._desks.forget(customer)

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
            self._wait(case, next(reversed(case.customer.live)))

    def _case(self, candidate: Candidate, customer: Customer, now: Instant) -> Case:
        return case_of(candidate, customer, self._environment, now, self._controls, self._learning)

    def _forget_profile(self, customer: Customer) -> None:
        """Who objected is not profiled for sales either: nothing that could add up to a need is kept (GDPR 21(3))."""
        for name in self._selling & customer.beliefs.keys():
            del customer.beliefs[name]
        for slot in [slot for slot in customer.counts if slot.removeprefix(EARLY).partition("|")[0] in self._selling]:
            del customer.counts[slot]

    def _take_back(self, customer: Customer, cause: str, now: Instant) -> None:
        """What came in late forbids nothing that came up when it was over."""
        for live in [live for live in customer.live.values() if live.trigger in self._selling]:
            case = self._case_of(customer, live, max(now, live.fired))
            objection = objection_to(case, parse_instant(live.decision["decided"]))
            if objection is None:
                self._published.watch(customer, live, now)
            else:
                self._forbid(customer, live, f"{objection} (event {cause})", now)


_KNOWN = frozenset({"NO_CONSENT", "CONSENT_EXPIRED", "CARE_GUARD"})
"""Reasons that rest on what is known of the customer at the candidate's moment; each gate tells it of any moment."""
_KNOWN_OF_PROMISES = _KNOWN | {"PROMISE_FIRST"}
"""Where a promise was moved since, only what is told of promises shows how it stood."""


def _gave_way(refused: Refused, unfounded: set[Instant]) -> bool:
    """Whether it was refused beside what was released for one of these moments."""
    if refused.reason == "SUPERSEDED":
        return refused.fired in unfounded
    return refused.reason == "FREQ_CAP" and refused.fired >= min(unfounded)


def _once_each(candidates: list[Candidate]) -> list[Candidate]:
    """One event fires a trigger about one thing once, however often it says so."""
    if len(candidates) == 1:
        return candidates
    return list({(candidate.name, candidate.key): candidate for candidate in reversed(candidates)}.values())[::-1]
