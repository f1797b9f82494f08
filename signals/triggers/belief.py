"""Beliefs: decaying evidence combined as noisy-or; fires when the probability reaches the threshold.

p(t) = 1 − Π (1 − wᵢ · 2^(−(t − tᵢ) / half-life)): each piece of evidence alone could explain the belief, and is worth
half as much after every half-life (noisy-or: Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, §4.3).
The evidence itself is kept, sorted by event time, so the order of arrival changes nothing. So are denials: what lies
before the last one counts no more, and counts again when it turns out that somebody else had denied it.
"""

import math
from bisect import insort
from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.customer.underway import Evidence, Timer, owner_and_key, timer_slot
from signals.pack.environment import CompiledTrigger, Environment
from signals.pack.model import BeliefRule
from signals.pack.pattern import EvidencePattern
from signals.scene import Scene, Withdrawal
from signals.triggers.deadline import as_moment, shifted
from signals.triggers.firing import end_episode, episode_began, fire, in_episode, observed
from signals.triggers.rules import Action, Rules

KEPT = 16
"""Pieces of evidence kept per belief: when there are more, what was denied goes first, then the weakest now."""

DENIAL = -1
"""The kind of a piece that denies all that is from before it."""


class Belief:
    """One belief trigger at work."""

    def __init__(self, trigger: CompiledTrigger, rules: Rules, environment: Environment) -> None:
        rule = trigger.definition.belief
        assert rule is not None
        self._trigger = trigger
        self._rule = rule
        self._half_life = rule.half_life.milliseconds
        self._fewest_a_day = min((one.per_day for one in rule.evidence if one.per_day is not None), default=KEPT)
        for kind, pattern in enumerate(rule.evidence):
            rules.add(pattern, self._later(kind, pattern, rules, environment) if pattern.due else self._now(kind))
        for against in rule.against:
            rules.add(against, self.deny)

    def believe(self, scene: Scene, key: str, piece: Evidence) -> None:
        """Add a piece of evidence, and fire when the belief reaches the threshold.

        What is from before a denial counts no more. What arrives after its denial fires, and is denied at once. Of more
        than count on one day the last is left out, also when it came in first.
        """
        held = scene.customer.beliefs.setdefault(self._trigger.name, [])
        denied = next((known for known in held if known.kind == DENIAL and _position(known) > _position(piece)), None)
        before = standing = self._counting(scene, _undenied_before(denied, held))
        threshold, per_day = self._rule.threshold, self._rule.evidence[piece.kind].per_day
        if per_day is not None:
            same_day = _on_same_day(standing, piece.kind, scene)
            if len(same_day) >= per_day:
                if _position(same_day[-1]) <= _position(piece):
                    return
                held.remove(same_day[-1])
                standing = [known for known in standing if known is not same_day[-1]]
        believed = sorted([*standing, piece], key=_position)
        after = probability(believed, scene.now, self._rule)
        if after >= threshold:
            self._end_where_it_fell(scene, held)
        insort(held, piece, key=_position)
        self._bound(held, scene.now)
        if after < threshold:
            return
        if probability(before, scene.now, self._rule) < threshold or not in_episode(scene, self._trigger):
            fire(scene, self._trigger, key, believed, after).denied = denied

    def reconsider(self, scene: Scene) -> None:
        """Two rows became one, or one became two: fire on what suffices now, and let go of what one of them denied."""
        held = scene.customer.beliefs.get(self._trigger.name, [])
        standing = undenied(held)
        if len(standing) < len(held):
            self._let_go(scene, held[-len(standing) - 1], standing)
        counting = self._counting(scene, standing)
        believed = probability(counting, scene.now, self._rule)
        self._end_where_it_fell(scene, held)
        if believed >= self._rule.threshold and not in_episode(scene, self._trigger):
            fire(scene, self._trigger, "", counting, believed)

    def _end_where_it_fell(self, scene: Scene, held: list[Evidence]) -> None:
        """End the episode at the first moment since it began at which less was believed than the rule wants for it.

        What is believed fades until the next piece of evidence, so that it was least right before that.
        """
        least = self._rule.ends_below
        if least is None or (began := episode_began(scene, self._trigger)) is None:
            return
        times = [(piece.time, place) for place, piece in enumerate(held) if began < piece.time <= scene.now]
        for moment, place in [*times, (scene.now, len(held))]:
            standing = self._counting(scene, undenied(held[:place]))
            if probability(standing, moment, self._rule) < least:
                end_episode(scene, self._trigger, moment)
                return

    def _counting(self, scene: Scene, standing: list[Evidence]) -> list[Evidence]:
        """What counts of what stands: rows that became one may hold more of a kind from one day than one row would."""
        if len(standing) <= self._fewest_a_day or not scene.customer.aliases:
            return standing
        day_of, evidence = scene.environment.day_of, self._rule.evidence
        counts: Counter[tuple[int, int]] = Counter()
        counting = []
        for piece in standing:
            most, day = evidence[piece.kind].per_day, (piece.kind, day_of(piece.time))
            counts[day] += 1
            if most is None or counts[day] <= most:
                counting.append(piece)
        return counting

    def deny(self, scene: Scene, key: str) -> None:
        """The thing did not happen, or won't: nothing is believed, and what was recommended loses its need.

        A denial that arrives after later evidence takes away only what is from before it.
        """
        held = scene.customer.beliefs.setdefault(self._trigger.name, [])
        denial = observed(scene, DENIAL, 0.0)
        if denial not in held:
            insort(held, denial, key=_position)
        self._let_go(scene, denial, undenied(held))
        self._bound(held, scene.now)

    def _let_go(self, scene: Scene, denial: Evidence, standing: list[Evidence]) -> None:
        """What waits is denied too, and what was recommended ends unless later evidence once sufficed without it.

        Then it goes on, and rests on that.
        """
        customer, name = scene.customer, self._trigger.name
        for slot, timer in list(customer.timers.items()):
            if owner_and_key(slot)[0] == name and (
                timer.evidence is None or _position(timer.evidence) < _position(denial)
            ):
                del customer.timers[slot]
        sums = (probability(standing[:place], piece.time, self._rule) for place, piece in enumerate(standing, 1))
        if max(sums, default=0.0) < self._rule.threshold:
            scene.withdraw(Withdrawal(name, None))
            customer.guards.pop(name, None)
        else:
            scene.correct(self._trigger, standing)

    def _bound(self, held: list[Evidence], now: Instant) -> None:
        if len(held) > KEPT:
            denied, half_life = _last_denial(held), self._half_life
            standing = held[denied + 1 : -1]
            weakest = min(standing, key=lambda one: one.weight * _half(now - one.time, half_life), default=held[0])
            held.remove(held[0] if denied > 0 else weakest)

    def due(self, scene: Scene, key: str, timer: Timer) -> None:
        """Evidence that was to speak from now on."""
        if timer.evidence is not None:
            scene.data = timer.detail or {}
            piece = timer.evidence
            self.believe(scene, "", replace(piece, time=scene.now, date=(timer.detail or {}).get("date", piece.date)))

    def _now(self, kind: int) -> Action:
        weight = self._rule.evidence[kind].weight
        return lambda scene, key: self.believe(scene, "", observed(scene, kind, weight))

    def _later(self, kind: int, pattern: EvidencePattern, rules: Rules, environment: Environment) -> Action:
        due_of, before = rules.expression(str(pattern.due)), pattern.before
        name = self._trigger.name

        def wait(scene: Scene, key: str) -> None:
            date, customer, now, slot = as_moment(due_of(scene)), scene.customer, scene.now, timer_slot(name, key)
            if date is None or date <= now or self._is_overtaken(customer, slot, now):
                return
            due = date if before is None else shifted(date, before, environment, -1)
            piece = replace(observed(scene, kind, pattern.weight), date=date)
            customer.timers.pop(slot, None)
            if due <= now:
                customer.settle(slot, now, environment.lateness)
                self.believe(scene, "", piece)
            else:
                customer.timers[slot] = Timer(due, piece, {"date": date})

        return wait

    def _is_overtaken(self, customer: Customer, slot: str, now: Instant) -> bool:
        """Whether a later word than this, which comes in late, told another moment, told it now, or denied it."""
        if now >= customer.clock:
            return False
        waiting, held = customer.timers.get(slot), customer.beliefs.get(self._trigger.name, [])
        later = waiting is not None and waiting.evidence is not None and waiting.evidence.time > now
        denied = any(piece.kind == DENIAL and piece.time > now for piece in held)
        return later or denied or customer.is_settled(slot, now)


def undenied(held: list[Evidence]) -> list[Evidence]:
    """The evidence after the last denial."""
    return held[_last_denial(held) + 1 :]


def _undenied_before(denied: Evidence | None, held: list[Evidence]) -> list[Evidence]:
    """The evidence that stood when this denial, which came in before it, took it away; None: that stands now."""
    return undenied(held if denied is None else held[: held.index(denied)])


def _last_denial(held: list[Evidence]) -> int:
    """The place of the last denial; -1 when there is none."""
    return next((place for place in range(len(held) - 1, -1, -1) if held[place].kind == DENIAL), -1)


def probability(evidence: Iterable[Evidence], now: Instant, rule: BeliefRule) -> float:
    """The belief at ``now`` (evidence later than that doesn't decay), from evidence in the order of its times."""
    half_life = rule.half_life.milliseconds
    if rule.fades == "belief":
        return _fading_whole(evidence, now, half_life)
    doubt = 1.0
    for piece in evidence:
        age = now - piece.time
        doubt *= 1.0 - (piece.weight * 2.0 ** (-age / half_life) if age > 0 else piece.weight)
    return 1.0 - doubt


def _fading_whole(evidence: Iterable[Evidence], now: Instant, half_life: int) -> float:
    """Each piece takes its share of the doubt that is left of a belief which has faded since the piece before."""
    belief, at = 0.0, now
    for piece in sorted(evidence, key=_position):
        faded = belief * _half(piece.time - at, half_life)
        belief = 1.0 - (1.0 - faded) * (1.0 - piece.weight)
        at = piece.time
    return belief * _half(now - at, half_life)


def _half(age: int, half_life: int) -> float:
    """What is left after that time: half of it after one half-life."""
    return math.pow(2.0, -age / half_life) if age > 0 else 1.0


def _position(piece: Evidence) -> tuple[Instant, str]:
    return piece.time, piece.event


def _on_same_day(held: list[Evidence], kind: int, scene: Scene) -> list[Evidence]:
    day_of = scene.environment.day_of
    today = day_of(scene.now)
    return [piece for piece in held if piece.kind == kind and day_of(piece.time) == today]
