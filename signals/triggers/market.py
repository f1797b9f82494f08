"""Market triggers: fire for the customers whom news about a product concerns, now and when they buy it later."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.customer.underway import Live, Refused, evidence_of, timer_slot
from signals.events.event import Event
from signals.pack.environment import CompiledTrigger, Environment
from signals.pack.model import MarketRule
from signals.scene import Candidate, Scene, Withdrawal
from signals.triggers.firing import fire, in_episode, observed
from signals.triggers.market_course import Course, name_of, whose
from signals.triggers.rules import Rules


class MarketTrigger:
    """One market trigger at work."""

    def __init__(self, trigger: CompiledTrigger, rules: Rules, rule: MarketRule) -> None:
        self._trigger = trigger
        self._news = rules.expression(rule.news)
        self._who: Callable[[Scene], Any] = rules.expression(rule.who)
        self.current: int = rule.current.milliseconds
        self.course = Course(trigger, self._news, self._who, self.current)

    def concerns(self, scene: Scene) -> bool:
        """Whether this trigger wants such news at all."""
        return bool(self._news(scene))

    def tell(self, scene: Scene, anew: bool = True) -> Candidate | None:
        """Give the news (the scene's data) to the scene's customer; older news (not ``anew``) once an episode."""
        if self._news(scene) and self._who(scene):
            product = scene.environment.product_name(str(scene.data["product"]))
            if not anew and in_episode(scene, self._trigger, product):
                return None
            if scene.customer.is_settled(timer_slot(self._trigger.name, product), scene.now):
                return None
            return fire(scene, self._trigger, product, [observed(scene)])
        return None

    def concerns_no_more(self, scene: Scene) -> bool:
        """Whether the scene's news, in the place of earlier news, doesn't concern the scene's customer."""
        return bool(self._news(scene)) and not self._who(scene)

    def retrace(self, scene: Scene, product: str, heard: Sequence[Event]) -> None:
        """Set right what was told of a product before the scene's event, which comes in out of order."""
        if self.course.retrace(scene, product, heard):
            fire(scene, self._trigger, product, [observed(scene)])

    def correct(self, scene: Scene, product: str, older: Iterable[Event]) -> None:
        """Take back what rests on ``older`` news where the scene's, in its place, concerns the customer no more."""
        if self.concerns_no_more(scene):
            told = self._told_of(scene.customer, product)
            if any(name_of(news) in told for news in older):
                self._end(scene, product, scene.now)

    def recheck(self, scene: Scene, product: str, held: Iterable[Event]) -> None:
        """The customer's own contract changed: take back what rests on news that concerns them no more."""
        told, changed = self._told_of(scene.customer, product), scene.now
        for news in held if told else ():
            if name_of(news) in told:
                scene.at_event(scene.customer, news, scene.late)
                if not self._who(scene):
                    self._end(scene, product, changed)

    def _end(self, scene: Scene, product: str, when: Instant) -> None:
        over = when if self.course.can_retrace(scene) else None
        scene.withdraw(Withdrawal(self._trigger.name, product, over=over))

    def _told_of(self, customer: Customer, product: str) -> set[tuple[str, str]]:
        """The news, by source and id, on which rests what this trigger has to say about a product."""
        spoken: list[Live | Refused] = [*customer.live.values(), *customer.refused]
        name = self._trigger.name
        rests_on = [evidence_of(told)[-1] for told in spoken if told.trigger == name and told.key == product]
        return {(last.source, last.event) for last in rests_on}

    def reconsider(self, scene: Scene) -> None:
        """One row became two: news about a product concerns only the one who holds it."""
        customer, name = scene.customer, self._trigger.name
        held = customer.products_held
        for told in [*(one for live in customer.live.values() for one in live.reasons or (live,)), *customer.refused]:
            if told.trigger == name and told.key not in held:
                scene.withdraw(Withdrawal(name, told.key))


_Name = tuple[str, str, str]
"""Product, source and id."""


class Market:
    """The current news per product, and who wants it."""

    def __init__(self, triggers: list[MarketTrigger], environment: Environment) -> None:
        self._triggers = triggers
        self._current = max((trigger.current for trigger in triggers), default=0)
        self._kept = max(self._current, environment.dedup_window) + environment.lateness
        self._news: dict[str, list[Event]] = {}
        """Product → what is held, in order of time."""
        self._known: set[_Name] = set()
        """What is held."""
        self._replaced: tuple[Event | None, str, list[Event], list[Event]] = None, "", [], []
        """News that is told to one customer after another, its product, what it takes the place of, and what had taken
        its place before it came in."""
        self._came: dict[_Name, Event] = {}
        self._gone: list[Event] = []

    def restore(self, kept: Iterable[tuple[Event, str]]) -> None:
        """Hold again what was kept, each with its product."""
        for news, product in kept:
            self.remember(news, product)
        self._came.clear()

    def remember(self, news: Event, product: str) -> bool:
        """Keep the news while it is current; False when it is known already."""
        name = _name(product, news)
        if name in self._known:
            return False
        self._known.add(name)
        self._replaced = None, "", [], []
        held = self._news.setdefault(product, [])
        if not held or _in_order(held[-1]) < _in_order(news):
            held.append(news)
        else:
            insort(held, news, key=_in_order)
        self._came[name] = news
        self._let_go(held, product)
        return True

    def _let_go(self, held: list[Event], product: str) -> None:
        """Let go of what concerns nobody any more: whoever bought while it was current is known by now."""
        oldest = held[-1].time - self._kept
        if held[0].time >= oldest:
            return
        past = bisect_left(held, oldest, key=_time)
        for news in held[:past]:
            name = _name(product, news)
            self._known.discard(name)
            if self._came.pop(name, None) is None:
                self._gone.append(news)
        del held[:past]

    def take_changed(self) -> tuple[list[Event], list[Event]]:
        """The news that came, and what was let go, since the last time."""
        taken = list(self._came.values()), self._gone
        self._came, self._gone = {}, []
        return taken

    def concerns(self, scene: Scene) -> bool:
        """Whether any trigger wants the scene's news: otherwise nobody need be told."""
        return any(trigger.concerns(scene) for trigger in self._triggers)

    def tell(self, scene: Scene, unheard: Sequence[Event]) -> None:
        """Give the scene's news to its customer, who has yet to hear of what is ``unheard``."""
        news, customer = scene.event, scene.customer
        assert news is not None
        if self._replaced[0] is not news:
            self._replace(scene, news)
        _, product, older, later = self._replaced
        held, in_order = self._news.get(product, []), self._triggers
        if customer.contracts or customer.settled or (held and held[-1].time > news.time):
            to_come = set(map(name_of, unheard))
            heard = [one for one in held if name_of(one) not in to_come] if to_come else held
            in_order = self._retrace(scene, product, heard)
        fired = [(trigger, trigger.tell(scene)) for trigger in in_order]
        if older and (customer.live or customer.refused):
            for trigger in in_order:
                trigger.correct(scene, product, older)
        if later:
            self._deny(scene, news, fired, later)

    def _retrace(self, scene: Scene, product: str, heard: Sequence[Event]) -> list[MarketTrigger]:
        """Look again at what is out of order of the scene's event; returns those for which nothing is."""
        in_order = []
        for trigger in self._triggers:
            if trigger.course.is_out_of_order(scene, product, heard):
                trigger.retrace(scene, product, heard)
            else:
                in_order.append(trigger)
        return in_order

    def _replace(self, scene: Scene, news: Event) -> None:
        """A competitor's later news takes the place of the earlier, as in ``tell_newcomer``."""
        product = scene.environment.product_name(str(news.data["product"]))
        held = self._news.get(product, [])
        same = [one for one in held if whose(one) == whose(news)]
        older = [one for one in same if one.time < news.time]
        self._replaced = news, product, older, [one for one in same if one.time > news.time]

    def _deny(
        self, scene: Scene, news: Event, fired: list[tuple[MarketTrigger, Candidate | None]], later: list[Event]
    ) -> None:
        """What fired on news that comes in late ends by what had taken its place."""
        late, warmup = scene.late, scene.warmup
        for trigger, candidate in fired:
            if candidate is None or candidate.duplicate:
                continue
            for one in later:
                scene.at_event(scene.customer, one, late)
                if trigger.concerns_no_more(scene):
                    candidate.denied = observed(scene)
                    break
        scene.at_event(scene.customer, news, late)
        scene.warmup = warmup

    def tell_newcomer(self, scene: Scene, product: str) -> None:
        """Match a customer whose contract just began or changed, as may be told late, against what is current or came
        since.

        A competitor's later news takes the place of the earlier, and what they were told before is looked at again.
        """
        bought: Event | None = scene.event
        assert bought is not None
        held = self._news.get(product, [])
        if not held or held[-1].time < bought.time - self._current:
            return
        in_order = self._retrace(scene, product, held)
        if not in_order:
            return
        first = bisect_left(held, bought.time - self._current, key=_time)
        since = bisect_right(held, bought.time, key=_time)
        current = {whose(news): news for news in held[first:since]}
        late, warmup = scene.late, scene.warmup
        if scene.customer.live or scene.customer.refused:
            for trigger in in_order:
                trigger.recheck(scene, product, held)
        for news in [*(news for news in held[first:since] if current[whose(news)] is news), *held[since:]]:
            scene.at_event(scene.customer, news, late)
            if news.time < bought.time:
                scene.now, scene.warmup = bought.time, warmup
            for trigger in in_order:
                if bought.time - news.time <= trigger.current:
                    trigger.tell(scene, anew=False)
        scene.at_event(scene.customer, bought, late)


def _name(product: str, news: Event) -> _Name:
    return product, news.source, news.id


def _time(news: Event) -> Instant:
    return news.time


def _in_order(news: Event) -> tuple[Instant, str, str]:
    return news.time, news.source, news.id
