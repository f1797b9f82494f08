"""What ends the need behind a trigger (a play's ``withdrawn_by``), whatever its kind, in order or late."""

from signals.customer.underway import NOTHING, timer_slot
from signals.pack.environment import CompiledTrigger
from signals.pack.pattern import Pattern
from signals.scene import Scene, Withdrawal
from signals.triggers.guard import OVER
from signals.triggers.rules import Rules


def install(trigger: CompiledTrigger, rules: Rules) -> None:
    """Have the rules feed what withdraws this trigger's recommendations.

    Where what they rest on may come in after their end, the end is remembered: of the time before it nothing counts.
    """
    definition = trigger.definition
    told = definition.count is not None or definition.market is not None
    for pattern in definition.play.withdrawn_by:
        remembered = told or (definition.guard is not None and pattern not in definition.guard.clears)
        ending = Ending(trigger, pattern, rules, remembered)
        rules.add(pattern, ending.end, None if remembered else trigger.name)


class Ending:
    """One pattern that ends the need."""

    def __init__(self, trigger: CompiledTrigger, pattern: Pattern, rules: Rules, remembered: bool) -> None:
        definition = trigger.definition
        self._name = trigger.name
        self._keyed = pattern.key is not None
        self._remembered = remembered
        self._kind = trigger.kind
        counted = definition.count
        self._who = rules.expression(counted.who) if counted is not None and counted.who is not None else None

    def end(self, scene: Scene, key: str) -> None:
        """The need ended; what began after the end stands, also when the end came in later."""
        if self._remembered:
            scene.customer.settle(self._slot(key), scene.now, scene.environment.lateness)
        ended = scene.now if self._is_only_of_before(scene, key) else None
        about = key if self._keyed else None
        over = scene.now if self._kind == "market" and scene.now >= scene.customer.clock else None
        scene.withdraw(Withdrawal(self._name, about, ended=ended, fired=self._kind == "count", over=over))

    def _slot(self, key: str) -> str:
        if self._kind == "guard":
            return f"{OVER}{timer_slot(self._name, key)}"
        return timer_slot(self._name, (key or NOTHING) if self._keyed else "")

    def _is_only_of_before(self, scene: Scene, key: str) -> bool:
        """Whether the end leaves alone what began after it: not where that asks for what holds no more.

        Calendars are asked again for what they fired at a moment after it.
        """
        if self._kind == "count":
            return self._who is None or bool(self._who(scene))
        if self._kind == "market":
            policies = scene.customer.policies.values()
            return self._keyed and any(policy.active and policy.product == key for policy in policies)
        if self._kind == "calendar":
            return not (scene.late or scene.warmup)
        return self._kind in ("absence", "guard")
