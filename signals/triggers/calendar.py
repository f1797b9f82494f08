"""Calendar triggers: fire for every customer of whom a condition holds at a moment of a season.

Each customer has one timer for the next such moment of the whole pack; it is worked on in the customer's own time.
"""

from signals.calendar.duration import WorkingDaySpan
from signals.calendar.instant import DAY, Instant
from signals.calendar.season import SeasonCalendar
from signals.customer.state import Customer
from signals.customer.underway import NEVER, Evidence, Timer
from signals.decision.value import engagement_value
from signals.pack.environment import CompiledTrigger
from signals.pack.model import CalendarRule
from signals.scene import Scene, Withdrawal
from signals.triggers.deadline import shifted
from signals.triggers.firing import fire, has_fired_at
from signals.triggers.rules import Rules

OWNER = "@calendar"


class CalendarTrigger:
    """One calendar trigger at work."""

    def __init__(self, trigger: CompiledTrigger, rules: Rules, season: SeasonCalendar, rule: CalendarRule) -> None:
        """Raises ``ValueError`` when the calendar has no such moment."""
        self._trigger = trigger
        self._rule = rule
        self._season = season
        self._who = rules.expression(rule.who)
        if not season.has_moment(rule.moment):
            known = ", ".join(season.latest.moments) or "none"
            raise ValueError(
                f"calendar {season.name!r} has no moment {rule.moment!r} in every version; it has {known}; "
                "give it one, or name the trigger under drop in the pack.yaml that extends this one"
            )

    def next_moment(self, after: Instant) -> Instant:
        """The first moment later than ``after``."""
        return self._season.next_moment(self._rule.moment, after)

    @property
    def name(self) -> str:
        """The trigger's name."""
        return self._trigger.name

    def wants(self, scene: Scene) -> bool:
        """Whether the condition holds."""
        return bool(self._who(scene))

    def has_fired(self, scene: Scene) -> bool:
        """Whether it fired at this moment."""
        return has_fired_at(scene, self._trigger, "", scene.now)

    def due(self, scene: Scene, timer: Timer) -> None:
        """The moment has come for this customer: fire when the condition holds."""
        if not self.wants(scene):
            return
        evidence = Evidence(timer.due, f"{self._season.name}.{self._rule.moment}", "/calendar", 0, 1.0)
        scene.data = {"product": self._season.latest.product}
        candidate = fire(scene, self._trigger, "", [evidence])
        if self._rule.spread is not None:
            candidate.not_before = self._spread(scene, timer.due)

    def _spread(self, scene: Scene, opening: Instant) -> Instant:
        """The more a customer is worth, the earlier their turn within the span."""
        environment = scene.environment
        span = self._rule.spread
        assert span is not None
        steps = span.days if isinstance(span, WorkingDaySpan) else max(1, span.milliseconds // DAY)
        worth = engagement_value(scene.customer, environment, opening).total
        typical = environment.header.values.typical
        step = min(steps - 1, int(steps * typical / (typical + max(worth, 0.0))))
        unit = WorkingDaySpan(step) if isinstance(span, WorkingDaySpan) else None
        return shifted(opening, unit, environment, 1) if unit else opening + step * DAY


class Calendar:
    """All calendar triggers of a pack: knows the next moment and who wants it."""

    def __init__(self, triggers: list[CalendarTrigger]) -> None:
        self._triggers = triggers
        self._known = (NEVER, NEVER)
        self._at: tuple[Instant, list[CalendarTrigger]] = (NEVER, [])
        self._quiet = (NEVER, NEVER)
        """Since when there has been no moment before which."""

    def arm(self, customer: Customer, after: Instant) -> None:
        """Set the customer's timer to the pack's next moment."""
        if self._triggers:
            customer.timers[OWNER] = Timer(self._next(after))

    def rearm(self, customer: Customer, after: Instant) -> None:
        """The same for a pack that is new to the customer; a moment that has come already is left to be worked on."""
        armed = customer.timers.get(OWNER)
        if armed is None or armed.due > after:
            self.arm(customer, after)

    def due(self, scene: Scene, timer: Timer) -> None:
        """Work on every trigger whose moment this is, and set the next."""
        for trigger in self._triggers_at(timer.due):
            trigger.due(scene, timer)
        self.arm(scene.customer, timer.due)

    def passed(self, customer: Customer, since: Instant) -> list[Instant]:
        """The moments that have come for this customer from ``since`` on."""
        armed = customer.timers.get(OWNER)
        if armed is None or (self._quiet[0] <= since and self._quiet[1] == armed.due):
            return []
        found: list[Instant] = []
        moment = min(trigger.next_moment(since - 1) for trigger in self._triggers)
        while moment < armed.due:
            found.append(moment)
            moment = min(trigger.next_moment(moment) for trigger in self._triggers)
        if not found:
            self._quiet = since, armed.due
        return found

    def wanted(self, scene: Scene, moment: Instant) -> set[str]:
        """The triggers whose moment this is and whose condition holds, by what is known now."""
        scene.at_moment(scene.customer, moment)
        return {trigger.name for trigger in self._triggers_at(moment) if trigger.wants(scene)}

    def ask_again(self, scene: Scene, moment: Instant, wanted: set[str]) -> None:
        """Something from before this moment came in after it: fire, or take back, where that makes a difference to
        what was ``wanted`` without it."""
        scene.at_moment(scene.customer, moment)
        for trigger in self._triggers_at(moment):
            if trigger.wants(scene):
                if trigger.name not in wanted and not trigger.has_fired(scene):
                    trigger.due(scene, Timer(moment))
            elif trigger.name in wanted:
                scene.withdraw(Withdrawal(trigger.name, None))

    def _triggers_at(self, moment: Instant) -> list[CalendarTrigger]:
        """The triggers whose moment this is; a moment comes for all customers one after another."""
        if self._at[0] != moment:
            self._at = moment, [trigger for trigger in self._triggers if trigger.next_moment(moment - 1) == moment]
        return self._at[1]

    def _next(self, after: Instant) -> Instant:
        start, moment = self._known
        if not start <= after < moment:
            moment = min(trigger.next_moment(after) for trigger in self._triggers)
            self._known = (after, moment)
        return moment
