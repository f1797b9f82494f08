"""Counts: fires at the n-th match about one key within a window, whatever the channel, then counts anew.

A count of one is the plain case "this happened".
"""

from bisect import insort
from collections.abc import Callable

from signals.calendar.duration import WorkingDaySpan
from signals.calendar.instant import Instant
from signals.customer.state import EARLY
from signals.customer.underway import NOTHING, Evidence, timer_slot
from signals.pack.environment import CompiledTrigger, Environment
from signals.pack.model import CountRule
from signals.scene import Scene, Withdrawal
from signals.triggers.firing import began_before, fire, observed, pass_over, told_later
from signals.triggers.rules import Check, Rules

Within = Callable[[Instant, Instant], bool]


def install(trigger: CompiledTrigger, rules: Rules, environment: Environment) -> Check:
    """Have the rules feed this trigger's counts; returns what looks at them anew after linking or parting."""
    rule = trigger.definition.count
    assert rule is not None
    within, whole = _window(rule, environment), timer_slot(trigger.name, "")
    who = rules.expression(rule.who) if rule.who is not None else None

    def observe(scene: Scene, key: str) -> None:
        if scene.customer.ended_after(whole + (key or NOTHING), whole, scene.now) is not None:
            if rule.at_least == 1 and who is None:
                pass_over(scene, trigger, key)
            return
        if rule.at_least == 1 and who is None:
            fire(scene, trigger, key, [observed(scene)])
            return
        counts, slot = scene.customer.counts, whole + key
        held = counts.setdefault(slot, [])
        insort(held, observed(scene), key=_position)
        if scene.now < scene.customer.clock and (told := told_later(scene, trigger, key)):
            told = counts.pop(EARLY + slot, told)
            counts[slot] = held = count_anew(scene, key, sorted([*told, *held], key=_position), told[-1].time)
        if held:
            conclude(scene, key, held)
        else:
            del counts[slot]

    def count_anew(scene: Scene, key: str, known: list[Evidence], fired: Instant) -> list[Evidence]:
        """It fired for what was known then; with what comes in late it would have before. Returns what is left.

        Upon what it would have is remembered, for what comes in later still.
        """
        held: list[Evidence] = []
        for place, piece in enumerate(known):
            held = [one for one in [*held, piece] if within(one.time, piece.time)]
            if len(held) >= rule.at_least:
                scene.customer.counts[EARLY + whole + key] = held
                scene.customer.settle(EARLY + whole + key, piece.time, scene.environment.lateness)
                if piece.time < fired:
                    began_before(scene, trigger, key, piece.time)
                return [one for one in known[place + 1 :] if within(one.time, known[-1].time)]
        return held

    def conclude(scene: Scene, key: str, held: list[Evidence]) -> None:
        latest = held[-1].time
        held[:] = [piece for piece in held if within(piece.time, latest)]
        if len(held) < rule.at_least:
            return
        if who is not None and not who(scene):
            del held[: -rule.at_least]
        else:
            del scene.customer.counts[whole + key]
            scene.customer.counts.pop(EARLY + whole + key, None)
            fire(scene, trigger, key, held)

    def reconsider(scene: Scene) -> None:
        for slot, held in sorted(scene.customer.counts.items()):
            if slot.startswith(whole) and held and within(held[-1].time, scene.now):
                conclude(scene, slot.removeprefix(whole), held)

    def forget(scene: Scene, key: str) -> None:
        """It ended: what is from before that counts no more, though it comes in later; what is from after it does."""
        customer, now, ended = scene.customer, scene.now, timer_slot(trigger.name, key)
        customer.settle(ended, now, scene.environment.lateness)
        counts = customer.counts
        if now < customer.clock:
            scene.withdraw(Withdrawal(trigger.name, key or None, None, now, late=True))
        known = dict.fromkeys(slot.removeprefix(EARLY) for slot in counts)
        for slot in [ended] if key else [slot for slot in known if slot.startswith(whole)]:
            counts.pop(EARLY + slot, None)
            if left := [piece for piece in counts.get(slot, ()) if piece.time > now]:
                counts[slot] = left
                conclude(scene, slot.removeprefix(whole), left)
            else:
                counts.pop(slot, None)

    for pattern in rule.ends:
        rules.add(pattern, forget)
    for pattern in rule.of:
        rules.add(pattern, observe)
    return reconsider


def _window(rule: CountRule, environment: Environment) -> Within:
    span = rule.within
    if span is None:
        return lambda first, last: True
    if isinstance(span, WorkingDaySpan):
        days, calendar = span.days, environment.working_days
        return lambda first, last: calendar.within(first, last, days)
    length = span.milliseconds
    return lambda first, last: last - first <= length


def _position(piece: Evidence) -> tuple[Instant, str]:
    return piece.time, piece.event
