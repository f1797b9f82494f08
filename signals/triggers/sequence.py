"""Sequences: fires when steps happen one after another about one key, in time."""

from collections.abc import Callable

from signals.calendar.duration import WorkingDaySpan
from signals.calendar.instant import Instant
from signals.customer.underway import Evidence, timer_slot
from signals.pack.environment import CompiledTrigger, Environment
from signals.pack.model import SequenceRule
from signals.scene import Scene
from signals.triggers.firing import fire, observed
from signals.triggers.rules import Action, Rules

InTime = Callable[[Scene, Evidence], bool]


def install(trigger: CompiledTrigger, rules: Rules, environment: Environment) -> None:
    """Have the rules feed this trigger's steps."""
    rule = trigger.definition.sequence
    assert rule is not None
    in_time = _limit(rule, rules, environment)
    for position in reversed(range(len(rule.steps))):
        rules.add(rule.steps[position], _step(trigger, rule, position, in_time))


def _step(trigger: CompiledTrigger, rule: SequenceRule, position: int, in_time: InTime) -> Action:
    """Steps are tried from the last to the first, so that one event never counts as two of them."""
    last = len(rule.steps) - 1

    def step(scene: Scene, key: str) -> None:
        counts = scene.customer.counts
        slot = timer_slot(trigger.name, key)
        done = counts.get(slot, [])
        if position == 0:
            if len(done) <= 1:
                counts[slot] = [observed(scene)]
            return
        if len(done) != position or scene.now < done[-1].time:
            return
        if not in_time(scene, done[0]):
            del counts[slot]
            return
        done.append(observed(scene))
        if position == last:
            del counts[slot]
            fire(scene, trigger, key, done)

    return step


def _limit(rule: SequenceRule, rules: Rules, environment: Environment) -> InTime:
    span = rule.within
    if span is None:
        until_of = rules.expression(str(rule.until))

        def before_until(scene: Scene, first: Evidence) -> bool:
            until: Instant | None = until_of(scene)
            return until is not None and scene.now < until

        return before_until
    if isinstance(span, WorkingDaySpan):
        return lambda scene, first: environment.working_days.within(first.time, scene.now, span.days)
    length = span.milliseconds
    return lambda scene, first: scene.now - first.time <= length
