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
from signals.scene import Scene
from signals.triggers.deadline import shifted
from signals.triggers.firing import fire
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
        if rule.moment not in season.latest.moments:
            known = ", ".join(season.latest.moments) or "none"
            raise ValueError(f"calendar {season.name!r} has no moment {rule.moment!r}; it has {known}")

    def next_moment(self, after: Instant) -> Instant:
        """The first moment later than ``after``."""
        return self._season.next_moment(self._rule.moment, after)

    def due(self, scene: Scene, timer: Timer) -> None:
        """The moment has come for this customer: fire when the condition holds."""
        if not self._who(scene):
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
