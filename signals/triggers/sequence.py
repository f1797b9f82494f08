"""Sequences: fires when steps happen one after another about one key, in time.

A step that comes in before the one it follows is remembered for as long as that one may come in. Then all that is known
is looked at by event time, so the order of arrival changes nothing.
"""

from bisect import insort
from collections.abc import Callable

from msgspec.structs import replace

from signals.calendar.duration import WorkingDaySpan
from signals.calendar.instant import Instant
from signals.customer.state import EARLY
from signals.customer.underway import Evidence, timer_slot
from signals.pack.environment import CompiledTrigger, Environment
from signals.pack.model import SequenceRule
from signals.scene import Scene
from signals.triggers.deadline import as_moment
from signals.triggers.firing import fire, observed
from signals.triggers.rules import Action, Rules

InTime = Callable[[Scene, Evidence, Instant], bool]
"""Whether a step at a moment comes in time after the first."""


def install(trigger: CompiledTrigger, rules: Rules, environment: Environment) -> None:
    """Have the rules feed this trigger's steps.

    Steps are tried from the last to the first, so that one event never counts as two of them.
    """
    rule = trigger.definition.sequence
    assert rule is not None
    sequence = Sequence(trigger, _limit(rule, rules, environment), len(rule.steps) - 1)
    for position in reversed(range(len(rule.steps))):
        rules.add(rule.steps[position], sequence.step(position))


class Sequence:
    """One sequence trigger at work: what was done of it is in the row by its slot, in the order of the steps."""

    def __init__(self, trigger: CompiledTrigger, in_time: InTime, last: int) -> None:
        self._trigger = trigger
        self._in_time = in_time
        self._last = last

    def step(self, position: int) -> Action:
        """What takes in the step at a position."""

        def first(scene: Scene, key: str) -> None:
            done = self._done(scene, key)
            if scene.now < scene.customer.clock:
                self._take_late(scene, key, done, position)
            elif len(done) <= 1:
                scene.customer.counts[self._slot(key)] = [observed(scene)]
                if done:
                    self._remember(scene, key, done)

        def following(scene: Scene, key: str) -> None:
            done = self._done(scene, key)
            if scene.now < scene.customer.clock:
                self._take_late(scene, key, done, position)
            elif len(done) != position:
                self._remember(scene, key, [replace(observed(scene), kind=position)])
            elif not self._in_time(scene, done[0], scene.now):
                del scene.customer.counts[self._slot(key)]
            else:
                done.append(observed(scene))
                if position == self._last:
                    self._fire(scene, key, done)

        return following if position else first

    def _slot(self, key: str) -> str:
        return timer_slot(self._trigger.name, key)

    def _done(self, scene: Scene, key: str) -> list[Evidence]:
        """The steps that were taken; of two rows that became one, each with its own, the last."""
        done = scene.customer.counts.get(self._slot(key), [])
        return done if len(done) <= self._last else done[-1:]

    def _fire(self, scene: Scene, key: str, done: list[Evidence]) -> None:
        """All steps were taken. What comes in later of the time before that is no step of another."""
        customer, slot = scene.customer, self._slot(key)
        customer.counts.pop(slot, None)
        customer.settle(slot, done[-1].time, scene.environment.lateness)
        fire(scene, self._trigger, key, done)

    def _take_late(self, scene: Scene, key: str, done: list[Evidence], position: int) -> None:
        """A step that comes in out of order: look anew at all that is known, by event time."""
        customer, slot = scene.customer, self._slot(key)
        if customer.is_settled(slot, scene.now):
            return
        known = [replace(piece, kind=place) for place, piece in enumerate(done)]
        for piece in [*customer.counts.pop(EARLY + slot, ()), replace(observed(scene), kind=position)]:
            insort(known, piece, key=_place)
        customer.counts.pop(slot, None)
        taken: list[Evidence] = []
        spare: list[Evidence] = []
        for piece in known:
            if piece.kind == 0 and len(taken) <= 1:
                spare += taken
                taken = [piece]
            elif piece.kind == 0 or piece.kind != len(taken):
                spare.append(piece)
            elif not self._in_time(scene, taken[0], piece.time):
                taken = []
            else:
                taken.append(piece)
                if piece.kind == self._last:
                    self._fire(scene, key, [replace(one, kind=0) for one in taken])
                    taken = []
        if taken:
            customer.counts[slot] = [replace(piece, kind=0) for piece in taken]
        self._remember(scene, key, [piece for piece in spare if not customer.is_settled(slot, piece.time)])

    def _remember(self, scene: Scene, key: str, steps: list[Evidence]) -> None:
        """Steps that follow none, or that a later one took the place of, for as long as earlier ones may come in."""
        customer, lateness, slot = scene.customer, scene.environment.lateness, EARLY + self._slot(key)
        oldest = customer.clock - lateness
        known = sorted([*customer.counts.get(slot, ()), *steps], key=_place)
        kept = [piece for piece in known if piece.time > oldest][-_REMEMBERED:]
        first = self._done(scene, key)[:1]
        if first and first[0].time > oldest:  # of the time before it counts the one that it took the place of
            kept = [piece for piece in known if piece.time <= oldest and piece.kind == 0][-1:] + kept
        if kept:
            customer.settle(slot, max(piece.time for piece in [*kept, *first]), lateness)
            customer.counts[slot] = kept
        else:
            customer.counts.pop(slot, None)


_REMEMBERED = 16
"""Steps that wait for an earlier one, at most: a robot takes thousands."""


def _place(piece: Evidence) -> tuple[Instant, str, int]:
    """In order of time; of what one event may be, the later step first."""
    return piece.time, piece.event, -piece.kind


def _limit(rule: SequenceRule, rules: Rules, environment: Environment) -> InTime:
    span = rule.within
    if span is None:
        until_of = rules.expression(str(rule.until))

        def before_until(scene: Scene, first: Evidence, moment: Instant) -> bool:
            until = as_moment(until_of(scene))
            return until is not None and moment < until

        return before_until
    if isinstance(span, WorkingDaySpan):
        return lambda scene, first, moment: environment.working_days.within(first.time, moment, span.days)
    length = span.milliseconds
    return lambda scene, first, moment: moment - first.time <= length
