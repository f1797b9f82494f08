"""Guards: states of a customer that veto the sales class; setting one also offers a play of care."""

from signals.calendar.instant import Instant
from signals.customer.state import NEVER, Guard, timer_slot
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
        cleared = customer.ended_after(timer_slot(name, key), whole, scene.now)
        until = _until(rule, scene) if cleared is None else _lifted(rule, scene, cleared)
        causes[key] = Guard(scene.now, until, scene.event.id)
        if cleared is None and (known is None or known.until <= scene.now):
            fire(scene, trigger, key, [observed(scene)])

    def lift(scene: Scene, key: str) -> None:
        scene.customer.settle(timer_slot(name, key), scene.now, scene.environment.lateness)
        causes = scene.customer.guards.get(name, {})
        for cause in [key] if key else list(causes):
            if cause in causes:
                causes[cause].until = _lifted(rule, scene, scene.now)

    def reconsider(scene: Scene) -> None:
        customer = scene.customer
        for key, cause in customer.guards.get(name, {}).items():
            cleared = customer.ended_after(timer_slot(name, key), whole, cause.since)
            if cleared is not None:
                cause.until = min(cause.until, _lifted(rule, scene, cleared))

    for pattern in rule.sets:
        rules.add(pattern, set_guard)
    for pattern in rule.clears:
        rules.add(pattern, lift)
    return reconsider


def _until(rule: GuardRule, scene: Scene) -> Instant:
    return NEVER if rule.lasts is None else rule.lasts.after(scene.now, scene.environment.zone)


def _lifted(rule: GuardRule, scene: Scene, cleared: Instant) -> Instant:
    return cleared if rule.lingers is None else rule.lingers.after(cleared, scene.environment.zone)
