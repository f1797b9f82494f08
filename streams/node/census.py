"""Sums over all customers: promises, guards, reach, word of mouth, how far the season is, and what contact does."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from signals.calendar.instant import DAY, Instant
from signals.customer.state import Customer
from signals.decision.holdout import draw
from signals.evaluation.uplift import Arm, uplift
from signals.pack.compile import Pack
from signals.pack.environment import Environment

Part = dict[str, Any]
_MONTH, _QUARTER, _YEAR = 30 * DAY, 90 * DAY, 365 * DAY
_MOST_CONTACTS = 4
_AT_RISK = DAY


class Season(msgspec.Struct, frozen=True):
    """The season to count for: its calendar's name, product, and when it began."""

    calendar: str
    product: str
    begin: Instant


class Census:
    """Takes customers one by one; ``share`` of them are held out."""

    def __init__(self, environment: Environment, share: float, season: Season | None, now: Instant) -> None:
        self._environment = environment
        self._share = share
        self._season = season
        self._now = now
        self._promises, self._guards, self._season_counts = Counter[str](), Counter[str](), Counter[str]()
        self._owners: dict[str, Counter[str]] = {}
        self._contacts, self._arms = Counter[int](), Counter[tuple[bool, str]]()
        self._people = self._tellers = self._referred = 0

    def take(self, customer: Customer) -> None:
        """Count one; aliases and the erased don't count."""
        if customer.became is not None or customer.erased is not None:
            return
        now = self._now
        self._people += 1
        self._take_promises(customer)
        for name, causes in customer.guards.items():
            stands = any(guard.since <= now < guard.until for guard in causes.values())
            self._guards[name.removeprefix("guard.")] += stands
        made = sum(1 for contact in customer.contacts if now - _MONTH < contact.time <= now)
        self._contacts[min(made, _MOST_CONTACTS)] += 1
        self._tellers += customer.referrals > 0
        self._referred += customer.referrals
        if self._season is not None:
            self._take_season(customer, self._season)
        if self._share and customer.policies:
            self._take_arm(customer)

    def parts(self) -> Part:
        """What was counted."""
        parts: Part = {
            "people": self._people,
            "promises": {name: self._promises[name] for name in ("open", "due_today", "at_risk", "broken")},
            "guards": {name: count for name, count in sorted(self._guards.items()) if count},
            "reach": [self._contacts[number] for number in range(_MOST_CONTACTS + 1)],
            "word_of_mouth": {"tellers": self._tellers, "referred": self._referred},
            "season": {
                name: self._season_counts[name]
                for name in ("comparing", "undecided", "cancelled", "cancelled_last_year")
            },
        }
        parts["promises"]["owners"] = [
            {"owner": owner, **{name: counts[name] for name in ("open", "at_risk", "broken")}}
            for owner, counts in sorted(self._owners.items(), key=lambda item: (-item[1]["broken"], item[0]))
        ]
        if self._share:
            parts["uplift"] = {name: self._uplift(name) for name in ("bought", "left")}
        return parts

    def _take_promises(self, customer: Customer) -> None:
        now = self._now
        for promise in customer.promises.values():
            if promise.status != "made":
                continue
            counted = ["open"]
            if promise.due < now:
                counted.append("broken")
            elif promise.due < now + _AT_RISK:
                counted += ["due_today", "at_risk"]
            self._promises.update(counted)
            if promise.owner:
                self._owners.setdefault(promise.owner, Counter()).update(counted)

    def _take_season(self, customer: Customer, season: Season) -> None:
        now, begin, counts = self._now, season.begin, self._season_counts
        ended, settled = [], []
        for policy in customer.policies.values():
            if policy.product == season.product:
                ended.append(policy.ended or 0)
                settled.append(max(policy.ended or 0, policy.settled or 0))
        counts["cancelled"] += sum(begin <= moment <= now for moment in ended)
        counts["cancelled_last_year"] += sum(begin - _YEAR <= moment <= now - _YEAR for moment in ended)
        name = f"season.{season.calendar}.comparing"
        episodes = [episode for slot, episode in customer.episodes.items() if slot.split("|")[0] == name]
        since = max((episode.started for episode in episodes if episode.started >= begin), default=None)
        if since is not None:
            counts["comparing"] += 1
            counts["undecided"] += all(moment < since for moment in settled)

    def _take_arm(self, customer: Customer) -> None:
        holdout = self._environment.config.holdout
        held = draw(f"{holdout.salt}|{holdout.epoch}|{customer.key}") < self._share
        since = self._now - _QUARTER
        self._arms[held, "people"] += 1
        policies = customer.policies.values()
        self._arms[held, "bought"] += any(since < (policy.started or 0) <= self._now for policy in policies)
        self._arms[held, "left"] += any(since < (policy.ended or 0) <= self._now for policy in policies)

    def _uplift(self, outcome: str) -> Part:
        treated, holdout = (Arm(self._arms[held, "people"], self._arms[held, outcome]) for held in (False, True))
        told: Part = msgspec.to_builtins(uplift(treated, holdout))
        return told


def count(customers: Iterable[Customer], pack: Pack, share: float, season: Season | None, now: Instant) -> Part:
    """The census of these customers."""
    census = Census(pack.environment, share, season, now)
    for customer in customers:
        census.take(customer)
    return census.parts()
