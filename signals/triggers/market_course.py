"""The course of a need that news makes, by event time, where news or a change of contract comes in out of order.

What of it was told differently meanwhile is set right: it comes up, ends, is there after all, or rests on other news.
What was released keeps its name, also where an earlier moment turns out to have sufficed.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from signals.calendar.instant import Instant
from signals.customer.contracts import changes_of, ended_lately, policies_at
from signals.customer.state import TAKEN_BACK, Customer
from signals.customer.underway import Episode, Evidence, Live, Refused, evidence_of, release_mark, timer_slot
from signals.events.event import Event
from signals.pack.environment import CompiledTrigger
from signals.recommendation.record import what_is_told
from signals.scene import Correction, Return, Scene, Withdrawal
from signals.triggers.firing import CERTAIN, end_of, fire, observed, words_for

Condition = Callable[[Scene], Any]


class Need(msgspec.Struct):
    """A need as it would have come up in order: until when it counts as the same, on what news it rests."""

    began: Instant
    until: Instant
    rests_on: tuple[str, str]
    """Source and id of the news."""
    news: Event | None = None
    """The news itself, where the need came up by what is looked at again."""
    is_open: bool = True
    ended: Instant = 0
    ended_by: str = ""
    """The news that ended it, if any did."""


class Course:
    """The course of one trigger's needs, one product each."""

    def __init__(self, trigger: CompiledTrigger, news: Condition, who: Condition, current: int) -> None:
        self._trigger = trigger
        self._news = news
        self._who = who
        self._current = current

    def is_out_of_order(self, scene: Scene, product: str, heard: Sequence[Event]) -> bool:
        """Whether the scene's event comes in after news of the product, or a change or an end, that is later.

        Also when they change a contract that had ended: in between they did not hear what came in from before that.
        """
        if not self.can_retrace(scene):
            return False
        now, customer = scene.now, scene.customer
        if (heard and now < heard[-1].time) or (_is_own(scene.event) and ended_lately(customer, product)):
            return True
        return any(when > now for when in (*changes_of(customer, product, now), *self._ends(customer, product)))

    def can_retrace(self, scene: Scene) -> bool:
        """Whether needs last so long that of one product there is but one that something late may concern."""
        definition = self._trigger.definition
        if definition.episode is None or definition.variant or not definition.per_key or scene.late or scene.warmup:
            return False
        return end_of(scene, self._trigger, scene.now) - scene.now > scene.environment.lateness

    def retrace(self, scene: Scene, product: str, heard: Sequence[Event]) -> bool:
        """Go through all that may still change; whether the scene's event is news of which they are to be told.

        ``heard`` is all news of the product that the customer has heard, in order of time.
        """
        event, customer, late = scene.event, scene.customer, scene.late
        assert event is not None
        policies, concerned = customer.policies, False
        since = min(event.time, customer.clock - scene.environment.lateness)
        need = self._before(customer, product, since)
        try:
            for moment, news in self._points(customer, product, heard, since):
                customer.policies = policies_at(customer, policies, moment)
                if news is None:
                    need = self._at_change(scene, need, moment, product, heard)
                else:
                    wanted, need = self._at_news(scene, need, news, product, heard)
                    concerned = concerned or (wanted and name_of(news) == name_of(event))
        finally:
            customer.policies = policies
        scene.at_event(customer, event, late)
        self._set_right(scene, product, need)
        scene.at_event(customer, event, late)
        return concerned

    def _points(
        self, customer: Customer, product: str, heard: Sequence[Event], since: Instant
    ) -> list[tuple[Instant, Event | None]]:
        ends = {end for end in self._ends(customer, product) if end >= since}
        changes = ends.union(changes_of(customer, product, since))
        points: list[tuple[Instant, Event | None]] = [(moment, None) for moment in changes]
        points += [(news.time, news) for news in heard if news.time >= since]
        return sorted(points, key=lambda point: (point[0], point[1] is not None))

    def _ends(self, customer: Customer, product: str) -> set[Instant]:
        slots = (timer_slot(self._trigger.name, about) for about in (product, ""))
        return {customer.settled[slot] for slot in slots if slot in customer.settled}

    def _before(self, customer: Customer, product: str, since: Instant) -> Need | None:
        """The need that there was before a moment."""
        episode = customer.episodes.get(timer_slot(self._trigger.name, product))
        if episode is None or episode.started >= since:
            return None
        told, back = self._told(customer, product), self._taken_back(customer, product)
        if back is not None and customer.settled[TAKEN_BACK + back.record["id"]] >= since:
            told = [*told, back]
        last = evidence_of(told[0])[-1] if told else None
        rests_on = (last.source, last.event) if last is not None else ("", "")
        return Need(episode.started, episode.until, rests_on, is_open=last is not None)

    def _told(self, customer: Customer, product: str) -> list[Live | Refused]:
        spoken: list[Live | Refused] = [*customer.live.values(), *customer.refused]
        return [one for one in spoken if one.trigger == self._trigger.name and one.key == product]

    def _taken_back(self, customer: Customer, product: str) -> Live | None:
        its_own = [
            live
            for live in customer.taken_back.values()
            if live.trigger == self._trigger.name and live.key == product
            if TAKEN_BACK + live.record["id"] in customer.settled
        ]
        return its_own[-1] if its_own else None

    def _at_change(
        self, scene: Scene, need: Need | None, moment: Instant, product: str, heard: Sequence[Event]
    ) -> Need | None:
        """The customer's own contract changed, or something ended the need."""
        if need is not None and need.is_open:
            rests_on = next((news for news in heard if name_of(news) == need.rests_on), None)
            if moment in self._ends(scene.customer, product) or (
                rests_on is not None and not self._concerns(scene, rests_on, moment)
            ):
                need.is_open, need.ended = False, moment
        if need is None or moment >= need.until:
            told = heard[: bisect_right(heard, moment, key=_time)]
            latest = {whose(news): news for news in told if moment - news.time <= self._current}
            for news in told:
                if latest.get(whose(news)) is news and self._is_wanted(scene, news, moment):
                    return self._beginning(scene, moment, news)
        return need

    def _at_news(
        self, scene: Scene, need: Need | None, news: Event, product: str, heard: Sequence[Event]
    ) -> tuple[bool, Need | None]:
        """News came: whether it concerns the customer, and the need after it."""
        policies = scene.customer.policies.values()
        if not any(policy.active and policy.product == product for policy in policies):
            return False, need
        if self._is_wanted(scene, news, news.time):
            if need is None or news.time >= need.until:
                need = self._beginning(scene, news.time, news)
            return True, need
        if need is not None and need.is_open and self._news(scene):
            older = heard[: bisect_right(heard, news.time, key=_time)]
            if any(name_of(one) == need.rests_on for one in older if whose(one) == whose(news) and one is not news):
                need.is_open, need.ended, need.ended_by = False, news.time, news.id
        return False, need

    def _concerns(self, scene: Scene, news: Event, moment: Instant) -> bool:
        scene.at_event(scene.customer, news, scene.late)
        scene.now = moment
        return bool(self._who(scene))

    def _is_wanted(self, scene: Scene, news: Event, moment: Instant) -> bool:
        return self._concerns(scene, news, moment) and bool(self._news(scene))

    def _beginning(self, scene: Scene, moment: Instant, news: Event) -> Need:
        return Need(moment, end_of(scene, self._trigger, moment), name_of(news), news)

    def _set_right(self, scene: Scene, product: str, need: Need | None) -> None:
        """Let what was told of the product be as the need is."""
        customer, trigger, now = scene.customer, self._trigger, scene.now
        name = trigger.name
        scene.withdrawals = [one for one in scene.withdrawals if not _is_of(one, name, product)]
        slot = timer_slot(name, product)
        episode, told = customer.episodes.get(slot), self._told(customer, product)
        back = self._taken_back(customer, product)
        if need is None or not need.is_open:
            ended = now if need is None else need.ended
            if told:
                scene.withdrawals.append(Withdrawal(name, product, over=ended))
            if back is not None:
                customer.settled[TAKEN_BACK + back.record["id"]] = ended
            elif not told and need is not None and (episode is None or episode.until <= need.began):
                self._fire(scene, product, need)
                return
        elif not told:
            if back is not None:
                scene.withdrawals.append(Return(back.record["id"]))
            elif episode is None or episode.until <= need.began:
                self._fire(scene, product, need)
                return
        self._begin_when_it_began(scene, slot, episode, need, product)
        if need is not None and need.is_open and need.news is not None:
            self._rest_on(scene, product, need, need.news)

    def _begin_when_it_began(
        self, scene: Scene, slot: str, episode: Episode | None, need: Need | None, product: str
    ) -> None:
        """Let the episode be the need's own. What it has released under another name it releases no more."""
        customer = scene.customer
        if episode is not None and need is not None and episode.started == need.began:
            return
        if episode is not None:
            mark = release_mark(self._trigger.name, episode.name)
            customer.settle(mark, episode.started, scene.environment.lateness)
            del customer.episodes[slot]
        if need is not None:
            customer.episodes[slot] = Episode(need.began, need.until, about=product)

    def _fire(self, scene: Scene, product: str, need: Need) -> None:
        event = scene.event
        assert need.news is not None
        assert event is not None
        self._concerns(scene, need.news, need.began)
        candidate = fire(scene, self._trigger, product, [observed(scene)])
        if not need.is_open:
            candidate.denied = Evidence(need.ended, need.ended_by or event.id, event.source, 0, CERTAIN)

    def _rest_on(self, scene: Scene, product: str, need: Need, news: Event) -> None:
        """What speaks of the need may rest on news that was not what it came up by."""
        scene.at_event(scene.customer, news, scene.late)
        scene.now = need.began
        evidence = [observed(scene)]
        words = words_for(scene, product, 1, need.began)
        told = what_is_told(self._trigger, evidence, words, scene.environment)
        scene.withdrawals.append(Correction(self._trigger, evidence, product, told))


def whose(news: Event) -> tuple[str, Any, Any]:
    """Whose news it is, of what and where."""
    return news.subject, news.data["what"], news.data.get("competitor")


def name_of(news: Event) -> tuple[str, str]:
    """Which news it is: its source and id."""
    return news.source, news.id


def _is_of(one: Withdrawal | Correction | Return, trigger: str, product: str) -> bool:
    return isinstance(one, Withdrawal) and one.trigger == trigger and one.key in (None, product)


def _is_own(event: Event | None) -> bool:
    return event is not None and event.type == "policy.changed"


def _time(news: Event) -> Instant:
    return news.time
