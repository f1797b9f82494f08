"""Guards: states of a customer that veto the sales class; setting one also offers a play of care."""

from itertools import pairwise

from signals.calendar.instant import Instant
from signals.customer.last_word import told_guard, words_of
from signals.customer.underway import NEVER, Evidence, Guard, GuardWord, timer_slot
from signals.pack.environment import CompiledTrigger
from signals.pack.model import GuardRule
from signals.scene import Scene
from signals.triggers.firing import CERTAIN, fire, observed
from signals.triggers.rules import Check, Rules

OVER = "over "
"""Before the slot of a guard: when the need for its play ended, whether or not the guard still stands."""


def install(trigger: CompiledTrigger, rules: Rules) -> Check:
    """Have the rules set and lift this trigger's guard; returns what looks at it anew after linking."""
    rule = trigger.definition.guard
    assert rule is not None
    name, whole = trigger.name, timer_slot(trigger.name, "")
    all_over = OVER + whole

    def set_guard(scene: Scene, key: str) -> None:
        customer = scene.customer
        causes = customer.guards.setdefault(name, {})
        known = causes.get(key)
        assert scene.event is not None
        stands = told_guard(known, GuardWord(scene.now, scene.event.id, _until(rule, scene), True))
        cleared = customer.ended_after(timer_slot(name, key), whole, scene.now)
        causes[key] = stands if cleared is None else lifted(stands, scene, cleared)
        over = cleared is not None or customer.ended_after(all_over + key, all_over, scene.now) is not None
        if not over and (known is None or known.until <= scene.now):
            fire(scene, trigger, key, [observed(scene)])

    def lift(scene: Scene, key: str) -> None:
        scene.customer.settle(timer_slot(name, key), scene.now, scene.environment.lateness)
        causes = scene.customer.guards.get(name, {})
        for cause in [key] if key else list(causes):
            if cause in causes:
                known = causes[cause]
                causes[cause] = lifted(known, scene, scene.now)
                if scene.now < scene.customer.clock:
                    fire_again(scene, cause, known, causes[cause])

    def fire_again(scene: Scene, key: str, known: Guard, told: Guard) -> None:
        """It was lifted before it was set again, as comes in late: then it was set anew, and not for longer.

        Who told of the lifting counts as the source of both.
        """
        assert scene.event is not None
        words = words_of(told)
        for before, word in pairwise(words):
            stands = word.sets and all(one.sets for one in words if one.time > word.time)
            if stands and before not in words_of(known) and before.until <= word.time:
                fire(scene, trigger, key, [Evidence(word.time, word.event, scene.event.source, 0, CERTAIN)])

    def reconsider(scene: Scene) -> None:
        customer, causes = scene.customer, scene.customer.guards.get(name, {})
        for key, cause in causes.items():
            cleared = customer.ended_after(timer_slot(name, key), whole, words_of(cause)[-1].time)
            if cleared is not None:
                causes[key] = lifted(cause, scene, cleared)

    def lifted(guard: Guard, scene: Scene, cleared: Instant) -> Guard:
        assert scene.event is not None
        until = cleared if rule.lingers is None else rule.lingers.after(cleared, scene.environment.zone)
        return told_guard(guard, GuardWord(cleared, scene.event.id, until, False))

    for pattern in rule.sets:
        rules.add(pattern, set_guard)
    for pattern in rule.clears:
        rules.add(pattern, lift)
    return reconsider


def _until(rule: GuardRule, scene: Scene) -> Instant:
    return NEVER if rule.lasts is None else rule.lasts.after(scene.now, scene.environment.zone)
