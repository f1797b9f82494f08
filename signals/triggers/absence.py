"""Absences: fires when something that started was not ended in time; the deadline is a timer of the customer."""

from collections.abc import Callable, Iterable
from typing import Any

from signals.calendar.duration import Duration, Span
from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.customer.underway import Evidence, Timer, timer_slot
from signals.events.shapes import LONGEST_NAME
from signals.pack.environment import CompiledTrigger, Environment
from signals.pack.functions import THINGS, promise_due
from signals.pack.model import REMEMBERED, AbsenceRule
from signals.scene import Scene, Withdrawal
from signals.triggers.deadline import as_moment, shifted
from signals.triggers.firing import fire, has_fired, has_fired_at, observed
from signals.triggers.rules import Rules

Deadline = Callable[[Scene, Instant], "Instant | None"]
"""When what started at a moment falls due."""


class Absence:
    """One absence trigger at work."""

    def __init__(self, trigger: CompiledTrigger, rules: Rules, environment: Environment) -> None:
        rule = trigger.definition.absence
        assert rule is not None
        self._trigger = trigger
        self._rule = rule
        self._deadline = _deadline(rule, rules, environment)
        self._of_the_row = rule.due is not None and not any(told in rule.due for told in ("data.", "item."))
        self._has_ends = bool(rule.ends)
        self._since_touch = rule.within is not None and not rule.ends and not any(one.key for one in rule.starts)
        self._promised = rule.due == f"{promise_due.__name__}(data.due)"
        self._things = _things(rule.due) if rule.due is not None else _nothing_in_particular
        self._still = rules.expression(rule.still) if rule.still else None
        self._fields = _asked_fields(trigger, rule)
        self._whole = timer_slot(trigger.name, "")
        """The slot of what is about nothing in particular, and how all others begin."""
        for pattern in rule.ends:
            rules.add(pattern, self.end)
        for pattern in rule.starts:
            rules.add(pattern, self.start)

    @property
    def is_of_the_row(self) -> bool:
        """Whether its moments follow from what the row knows, whichever event told it."""
        return self._of_the_row or self._since_touch or self._promised

    def start(self, scene: Scene, key: str) -> None:
        """Set the timer, or move it when there was one.

        An event that came too late sets none for what has passed, and one that was overtaken by its end, or by a later
        start, none at all; a moment that follows from all the row knows is reckoned anew by what came late, too.
        """
        customer, now, slot = scene.customer, scene.now, self._whole + key
        out_of_order = now < customer.clock
        if (out_of_order or self._has_ends) and customer.settled and self._is_over(scene, key):
            return
        if out_of_order and not self._of_the_row:
            self._put_off(scene, key)
        waiting = customer.timers.get(slot)
        if waiting is None or waiting.evidence is None or waiting.evidence.time <= now:
            started, detail = observed(scene), self._named(scene.data) if self._fields else None
        elif self._of_the_row:
            started, detail = waiting.evidence, waiting.detail
        else:
            return
        scene.about = key
        due = self._deadline(scene, now)
        if due is None or due < now or scene.late:
            self._wait_until(due, scene, key, started, detail)
        else:  # as nearly always, and every touch starts some
            customer.timers[slot] = Timer(due, started, detail)

    def _is_over(self, scene: Scene, key: str) -> bool:
        """Whether it ended, or started again, after this start that comes in late, and before it fell due."""
        ended = scene.customer.ended_after(self._whole + key, self._whole, scene.now)
        if ended is None or not self._rule.stands:
            return ended is not None
        due = self._due_of(scene, key)
        return due is None or due >= ended

    def _put_off(self, scene: Scene, key: str) -> None:
        """A start that comes in late: what fired for an earlier one, after this one, had yet to fall due."""
        due = self._due_of(scene, key)
        if due is not None and not (due < scene.now or has_fired_at(scene, self._trigger, key, due)):
            scene.withdraw(Withdrawal(self._trigger.name, key, scene.now, scene.now))

    def _due_of(self, scene: Scene, key: str) -> Instant | None:
        scene.about = key
        return self._deadline(scene, scene.now)

    def _wait(
        self,
        scene: Scene,
        key: str,
        started: Evidence,
        detail: dict[str, Any] | None,
        since: Instant | None = None,
    ) -> None:
        scene.about = key
        self._wait_until(self._deadline(scene, scene.now if since is None else since), scene, key, started, detail)

    def _wait_until(
        self, due: Instant | None, scene: Scene, key: str, started: Evidence, detail: dict[str, Any] | None
    ) -> None:
        customer, now, slot = scene.customer, scene.now, self._whole + key
        if due is None or (due < now and self._is_missed(scene, key, due)):
            customer.timers.pop(slot, None)
            self._overtake(customer, slot, started, scene.environment)
        elif not scene.late or (scene.event is not None and due > scene.event.arrival):
            customer.timers[slot] = Timer(due if due > now else now, started, detail)

    def _is_missed(self, scene: Scene, key: str, due: Instant) -> bool:
        return self._rule.missed == "skip" or has_fired(scene, self._trigger, key, due)

    def end(self, scene: Scene, key: str) -> None:
        """Stop the timer; what fired already lost its need, unless the end came too late and the pack lets it stand.

        What started after the end goes on, also when the end came in later.
        """
        timers, now = scene.customer.timers, scene.now
        scene.customer.settle(self._whole + key, now, scene.environment.lateness)
        for slot in [self._whole + key] if key else [slot for slot in timers if slot.startswith(self._whole)]:
            waiting = timers.get(slot)
            if waiting is None:
                continue
            if self._rule.stands and waiting.due < now:
                continue
            if waiting.evidence is None or waiting.evidence.time <= now:
                del timers[slot]
            elif self._of_the_row:
                self._wait(scene, slot.removeprefix(self._whole), waiting.evidence, waiting.detail)
        scene.withdraw(Withdrawal(self._trigger.name, key or None, now if self._rule.stands else None, now))

    def reconsider(self, scene: Scene) -> None:
        """Two rows became one: what one of them began is not waited for when the other knows that it has ended.

        A moment that follows from all a row knows may be another now, or the first; so may it when they part. Then one
        whose last touch had been taken over by the other's waits again from its own.
        """
        customer, whole = scene.customer, self._whole
        waiting: dict[str, Timer | None] = dict.fromkeys(self._things(customer)) if self._of_the_row else {}
        for slot, timer in list(customer.timers.items()):
            if timer.evidence is None or not slot.startswith(whole):
                continue
            if customer.ended_after(slot, whole, timer.evidence.time) is not None:
                del customer.timers[slot]
            elif self._of_the_row:
                waiting[slot.removeprefix(whole)] = timer
        for key, known in waiting.items():
            started = known.evidence if known is not None else None
            self._wait(scene, key, started or observed(scene), known.detail if known is not None else None)
        if self._since_touch and whole not in customer.timers and customer.touches:
            self._wait(scene, "", observed(scene), None, customer.touches[-1].time)
        if self._of_the_row and self._rule.again is None:
            self._end_what_was_early(scene)
        if self._promised:
            self._wait_for_promises(scene)

    def _end_what_was_early(self, scene: Scene) -> None:
        """What fired by one row alone, and by all that both know has yet to come, lost its need."""
        timers, whole = scene.customer.timers, self._whole
        for slot in [slot for slot, timer in timers.items() if slot.startswith(whole) and timer.due > scene.now]:
            scene.withdraw(Withdrawal(self._trigger.name, slot.removeprefix(whole)))

    def _wait_for_promises(self, scene: Scene) -> None:
        """What one of two rows had promised and the other kept is waited for again when they part."""
        customer, before = scene.customer, self._rule.before
        for key, promise in customer.promises.items():
            due = _ahead_of(promise.due, before, scene.environment)
            if promise.status == "made" and due > scene.now:
                customer.timers.setdefault(self._whole + key, Timer(due, observed(scene)))

    def _overtake(self, customer: Customer, slot: str, started: Evidence, environment: Environment) -> None:
        """Nothing waits any more: a start from before this one that comes in late is not to be waited for."""
        if not self._of_the_row and customer.clock - started.time < environment.lateness:
            customer.settle(slot, started.time, environment.lateness)

    def due(self, scene: Scene, key: str, timer: Timer) -> None:
        """The deadline has come: fire when it still holds, and wait for the next when it repeats."""
        scene.data = timer.detail or {}
        if timer.evidence is not None:
            self._overtake(scene.customer, self._whole + key, timer.evidence, scene.environment)
        if self._rule.again is not None:
            again = self._rule.again.after(timer.due, scene.environment.zone)
            scene.customer.timers[self._whole + key] = Timer(again, timer.evidence, timer.detail)
        if timer.evidence is not None and (self._still is None or self._still(scene)):
            fire(scene, self._trigger, key, [timer.evidence], anchor=timer.due)

    def _named(self, data: dict[str, Any]) -> dict[str, str] | None:
        """The few closed fields of the start that will be asked for when it falls due."""
        kept = {field: value[:LONGEST_NAME] for field in self._fields if isinstance(value := data.get(field), str)}
        return kept or None


def _things(due: str) -> Callable[[Customer], Iterable[str]]:
    """What a row knows of that such moments are about."""
    return next((things for name, things in THINGS.items() if name in due), _nothing_in_particular)


def _nothing_in_particular(customer: Customer) -> Iterable[str]:
    return ("",)


def _deadline(rule: AbsenceRule, rules: Rules, environment: Environment) -> Deadline:
    within, before = rule.within, rule.before
    if isinstance(within, Duration):
        later = within.later(environment.zone)
        return lambda scene, since: later(since)
    if within is not None:
        return lambda scene, since: environment.working_days.add(since, within.days)
    due_of = rules.expression(str(rule.due), "about")
    if before is None:
        return lambda scene, since: as_moment(due_of(scene))

    def deadline(scene: Scene, since: Instant) -> Instant | None:
        due = as_moment(due_of(scene))
        return None if due is None else shifted(due, before, environment, -1)

    return deadline


def _ahead_of(due: Instant, before: Span | None, environment: Environment) -> Instant:
    return due if before is None else shifted(due, before, environment, -1)


def _asked_fields(trigger: CompiledTrigger, rule: AbsenceRule) -> tuple[str, ...]:
    """The fields of the start that the play's sentences, ``still`` or the trigger's name take when it falls due."""
    play = trigger.play
    asking = [text for saying in (play.why, play.say, rule.saw) for text in (saying.en, saying.nl)]
    asking += [rule.still or "", f"data.{trigger.variant}"]
    return tuple(field for field in REMEMBERED if any(field in text for text in asking))
