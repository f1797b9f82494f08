"""Market triggers: fire for the customers whom news about a product concerns, now and when they buy it later."""

from collections.abc import Callable
from typing import Any

from signals.calendar.instant import Instant
from signals.events.event import Event
from signals.pack.environment import CompiledTrigger, Environment
from signals.pack.model import MarketRule
from signals.scene import Scene
from signals.triggers.firing import fire, in_episode, observed
from signals.triggers.rules import Rules


class MarketTrigger:
    """One market trigger at work."""

    def __init__(self, trigger: CompiledTrigger, rules: Rules, rule: MarketRule) -> None:
        self._trigger = trigger
        self._news = rules.expression(rule.news)
        self._who: Callable[[Scene], Any] = rules.expression(rule.who)
        self.current: int = rule.current.milliseconds

    def concerns(self, scene: Scene) -> bool:
        """Whether this trigger wants such news at all."""
        return bool(self._news(scene))

    def tell(self, scene: Scene, anew: bool = True) -> None:
        """Give the news (the scene's data) to the scene's customer; older news (not ``anew``) once an episode."""
        if self._news(scene) and self._who(scene):
            product = scene.environment.product_name(str(scene.data["product"]))
            if not anew and in_episode(scene, self._trigger, product):
                return
            fire(scene, self._trigger, product, [observed(scene)])


class Market:
    """The current news per product, and who wants it."""

    def __init__(self, triggers: list[MarketTrigger], environment: Environment) -> None:
        self._triggers = triggers
        self._current = max((trigger.current for trigger in triggers), default=0)
        self._kept = max(self._current, environment.dedup_window) + environment.lateness
        self._news: dict[str, list[Event]] = {}

    def oldest(self, clock: Instant) -> Instant:
        """News from before then concerns nobody any more: whoever bought while it was current is known by now."""
        return clock - self._kept

    def remember(self, news: Event, product: str) -> bool:
        """Keep the news while it is current; False when it is known already."""
        held = self._news.setdefault(product, [])
        if any((known.source, known.id) == (news.source, news.id) for known in held):
            return False
        held.append(news)
        held.sort(key=lambda event: (event.time, event.source, event.id))
        newest = held[-1].time
        held[:] = [event for event in held if event.time >= self.oldest(newest)]
        return True

    def concerns(self, scene: Scene) -> bool:
        """Whether any trigger wants the scene's news: otherwise nobody need be told."""
        return any(trigger.concerns(scene) for trigger in self._triggers)

    def tell(self, scene: Scene) -> None:
        """Give the scene's news to its customer."""
        for trigger in self._triggers:
            trigger.tell(scene)

    def tell_newcomer(self, scene: Scene, product: str) -> None:
        """Match a customer who just got the product against what is current."""
        bought: Event | None = scene.event
        assert bought is not None
        for news in self._news.get(product, ()):
            if 0 <= bought.time - news.time <= self._current:
                self._tell_later(scene, news, bought.time)
        scene.at_event(scene.customer, bought, scene.late)

    def _tell_later(self, scene: Scene, news: Event, now: Instant) -> None:
        late = scene.late
        scene.at_event(scene.customer, news, late)
        scene.now = now
        for trigger in self._triggers:
            trigger.tell(scene, anew=False)
