"""Beliefs: decaying evidence combined as noisy-or; fires when the probability reaches the threshold.

p(t) = 1 − Π (1 − wᵢ · 2^(−(t − tᵢ) / half-life)): each piece of evidence alone could explain the belief, and is worth
half as much after every half-life (noisy-or: Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, §4.3).
The evidence itself is kept, sorted by event time, so the order of arrival changes nothing.
"""

import math
from bisect import insort
from collections.abc import Iterable

from msgspec.structs import replace

from signals.calendar.instant import Instant
from signals.customer.state import Evidence, Timer, owner_and_key, timer_slot
from signals.pack.environment import CompiledTrigger, Environment
from signals.pack.model import BeliefRule, EvidencePattern
from signals.scene import Scene
from signals.triggers.deadline import shifted
from signals.triggers.firing import fire, in_episode, observed
from signals.triggers.rules import Action, Rules

KEPT = 16
"""Pieces of evidence kept per belief: when there are more, the weakest now goes."""


class Belief:
    """One belief trigger at work."""

    def __init__(self, trigger: CompiledTrigger, rules: Rules, environment: Environment) -> None:
        rule = trigger.definition.belief
        assert rule is not None
        self._trigger = trigger
        self._rule = rule
        self._half_life = rule.half_life.milliseconds
        for kind, pattern in enumerate(rule.evidence):
            rules.add(pattern, self._later(kind, pattern, rules, environment) if pattern.due else self._now(kind))
        for against in rule.against:
            rules.add(against, self.deny)

    def believe(self, scene: Scene, key: str, piece: Evidence) -> None:
        """Add a piece of evidence, and fire when the belief reaches the threshold.

        What is from before a denial counts no more, also when it arrives after it.
        """
        if scene.customer.is_settled(self._trigger.name, piece.time):
            return
        held = scene.customer.beliefs.setdefault(self._trigger.name, [])
        pattern = self._rule.evidence[piece.kind]
        if pattern.per_day is not None and _on_same_day(held, piece.kind, scene) >= pattern.per_day:
            return
        half_life, threshold = self._half_life, self._rule.threshold
        before = probability(held, scene.now, self._rule)
        insort(held, piece, key=_position)
        after = probability(held, scene.now, self._rule)
        if len(held) > KEPT:
            held.remove(min(held[:-1], key=lambda known: known.weight * 2.0 ** ((known.time - scene.now) / half_life)))
        if after >= threshold and (before < threshold or not in_episode(scene, self._trigger)):
            fire(scene, self._trigger, key, held, after)

    def reconsider(self, scene: Scene) -> None:
        """Fire when the evidence of two rows that became one suffices together."""
        held = scene.customer.beliefs.get(self._trigger.name, [])
        believed = probability(held, scene.now, self._rule)
        if believed >= self._rule.threshold and not in_episode(scene, self._trigger):
            fire(scene, self._trigger, "", held, believed)

    def deny(self, scene: Scene, key: str) -> None:
        """The thing did not happen, or won't: nothing is believed, and what was recommended loses its need.

        A denial that arrives after later evidence takes away only what is from before it.
        """
        customer, name = scene.customer, self._trigger.name
        customer.settle(name, scene.now, scene.environment.lateness)
        left = [piece for piece in customer.beliefs.pop(name, ()) if piece.time > scene.now]
        if left:
            customer.beliefs[name] = left
        for slot, timer in list(customer.timers.items()):
            if owner_and_key(slot)[0] == name and (timer.evidence is None or timer.evidence.time <= scene.now):
                del customer.timers[slot]
        if not left or probability(left, left[-1].time, self._rule) < self._rule.threshold:
            scene.withdraw(name)

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
            date = due_of(scene)
            if not isinstance(date, int) or date <= scene.now:
                return
            due = date if before is None else shifted(date, before, environment, -1)
            piece = replace(observed(scene, kind, pattern.weight), date=date)
            slot = timer_slot(name, key)
            scene.customer.timers.pop(slot, None)
            if due <= scene.now:
                self.believe(scene, "", piece)
            else:
                scene.customer.timers[slot] = Timer(due, piece, {"date": date})

        return wait


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


def _position(piece: Evidence) -> tuple[Instant, str, int]:
    return piece.time, piece.event, piece.kind


def _on_same_day(held: list[Evidence], kind: int, scene: Scene) -> int:
    day_of = scene.environment.day_of
    today = day_of(scene.now)
    return sum(1 for piece in held if piece.kind == kind and day_of(piece.time) == today)
