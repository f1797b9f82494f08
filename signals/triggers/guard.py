"""Guards: states of a customer that veto the sales class; setting one also offers a play of care."""

from signals.calendar.instant import Instant
from signals.customer.last_word import told_guard, words_of
from signals.customer.underway import NEVER, Guard, GuardWord, timer_slot
from signals.pack.environment import CompiledTrigger
from signals.pack.model import GuardRule
from signals.scene import Scene
from signals.triggers.firing import fire, observed
from signals.triggers.rules import Check, Rules


def install(trigger: CompiledTrigger, rules: Rules) -> Check:
    """Have the rules set and lift this trigger's guard; returns what looks at it anew after linking."""
    rule = trigger.definition.guard
    assert rule is not None
    name, whole = trigger.name, timer_slot(trigger.name, "")

    def set_guard(scene: Scene, key: str) -> None:
        customer = scene.customer
        causes = customer.guards.setdefault(name, {})
        known = causes.get(key)
        assert scene.event is not None
        stands = told_guard(known, GuardWord(scene.now, scene.event.id, _until(rule, scene), True))
        cleared = customer.ended_after(timer_slot(name, key), whole, scene.now)
        causes[key] = stands if cleared is None else lifted(stands, scene, cleared)
        if cleared is None and (known is None or known.until <= scene.now):
            fire(scene, trigger, key, [observed(scene)])

    def lift(scene: Scene, key: str) -> None:
        scene.customer.settle(timer_slot(name, key), scene.now, scene.environment.lateness)
        causes = scene.customer.guards.get(name, {})
        for cause in [key] if key else list(causes):
            if cause in causes:
                causes[cause] = lifted(causes[cause], scene, scene.now)

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
