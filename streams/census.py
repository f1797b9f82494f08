"""Sums over all customers: promises, guards, reach, word of mouth, how far the season is, and what contact does."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from signals.calendar.instant import DAY, Instant, format_instant
from signals.customer.state import Customer
from signals.decision.controls import ALL, Control
from signals.decision.holdout import draw
from signals.evaluation.uplift import Arm, uplift
from signals.events.event import Event
from signals.pack.compile import Pack
from signals.pack.environment import Environment

Part = dict[str, Any]
_MONTH, _QUARTER, _YEAR = 30 * DAY, 90 * DAY, 365 * DAY
_MOST_CONTACTS = 4
COUNTED_AT_ONCE = 20_000
"""Above so many customers in one process, sums over all of them would hold up the work."""

_AT_RISK = DAY
_NEWS = 4


class Season(msgspec.Struct, frozen=True):
    """The season to count for: its calendar's name, product, and when it began."""

    calendar: str
    product: str
    begin: Instant


class Sums(msgspec.Struct):
    """What was counted of some customers; those of several workers are added up."""

    people: int = 0
    tellers: int = 0
    referred: int = 0
    promises: Counter[str] = msgspec.field(default_factory=Counter)
    owners: dict[str, Counter[str]] = {}
    guards: Counter[str] = msgspec.field(default_factory=Counter)
    season: Counter[str] = msgspec.field(default_factory=Counter)
    contacts: Counter[str] = msgspec.field(default_factory=Counter)
    """By how many contacts they had."""
    treated: Counter[str] = msgspec.field(default_factory=Counter)
    holdout: Counter[str] = msgspec.field(default_factory=Counter)
    """Customers with a policy, and what they did, outside and inside the holdout; empty without one."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Sums":
        """Read again what was told as JSON."""
        owners = {owner: Counter(counts) for owner, counts in record["owners"].items()}
        counted = {name: Counter(value) if isinstance(value, dict) else value for name, value in record.items()}
        return cls(**counted | {"owners": owners})

    def add(self, other: "Sums") -> None:
        """Count the others too."""
        self.people += other.people
        self.tellers += other.tellers
        self.referred += other.referred
        for owner, counts in other.owners.items():
            self.owners.setdefault(owner, Counter()).update(counts)
        for name in ("promises", "guards", "season", "contacts", "treated", "holdout"):
            getattr(self, name).update(getattr(other, name))

    def parts(self) -> Part:
        """The same, as the operations page shows it."""
        parts: Part = {
            "people": self.people,
            "promises": {name: self.promises[name] for name in ("open", "due_today", "at_risk", "broken")},
            "guards": {name: count for name, count in sorted(self.guards.items()) if count},
            "reach": [self.contacts[str(number)] for number in range(_MOST_CONTACTS + 1)],
            "word_of_mouth": {"tellers": self.tellers, "referred": self.referred},
            "season": {
                name: self.season[name] for name in ("comparing", "undecided", "cancelled", "cancelled_last_year")
            },
        }
        parts["promises"]["owners"] = [
            {"owner": owner, **{name: counts[name] for name in ("open", "at_risk", "broken")}}
            for owner, counts in sorted(self.owners.items(), key=lambda item: (-item[1]["broken"], item[0]))
        ]
        if self.holdout or self.treated:
            parts["uplift"] = {name: self._uplift(name) for name in ("bought", "left")}
        return parts

    def _uplift(self, outcome: str) -> Part:
        treated, holdout = (Arm(arm["people"], arm[outcome]) for arm in (self.treated, self.holdout))
        told: Part = msgspec.to_builtins(uplift(treated, holdout))
        return told


class Census:
    """Takes customers one by one; ``share`` of them are held out."""

    def __init__(self, environment: Environment, share: float, season: Season | None, now: Instant) -> None:
        self.sums = Sums()
        self._environment = environment
        self._share = share
        self._season = season
        self._now = now

    def take(self, customer: Customer) -> None:
        """Count one; aliases, the erased and signposts don't count."""
        if not customer.is_person:
            return
        now, sums = self._now, self.sums
        sums.people += 1
        self._take_promises(customer)
        for name, causes in customer.guards.items():
            stands = any(guard.since <= now < guard.until for guard in causes.values())
            sums.guards[name.removeprefix("guard.")] += stands
        made = sum(1 for contact in customer.contacts if now - _MONTH < contact.time <= now)
        sums.contacts[str(min(made, _MOST_CONTACTS))] += 1
        sums.tellers += customer.referrals > 0
        sums.referred += customer.referrals
        if self._season is not None:
            self._take_season(customer, self._season)
        if self._share and customer.policies:
            self._take_arm(customer)

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
            self.sums.promises.update(counted)
            if promise.owner:
                self.sums.owners.setdefault(promise.owner, Counter()).update(counted)

    def _take_season(self, customer: Customer, season: Season) -> None:
        now, begin, counts = self._now, season.begin, self.sums.season
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
        arm = self.sums.holdout if held else self.sums.treated
        policies = customer.policies.values()
        arm["people"] += 1
        arm["bought"] += any(since < (policy.started or 0) <= self._now for policy in policies)
        arm["left"] += any(since < (policy.ended or 0) <= self._now for policy in policies)


def share_held(controls: Sequence[Control], pack: Pack) -> float:
    """The share of customers that is held out now: steered, or as the configuration says."""
    steered = [one.value for one in controls if (one.kind, one.name) == ("holdout", ALL)]
    return (steered or [pack.environment.config.holdout.share])[0] or 0.0


def count(customers: Iterable[Customer], pack: Pack, share: float, season: Season | None, now: Instant) -> Sums:
    """The census of these customers."""
    census = Census(pack.environment, share, season, now)
    for customer in customers:
        census.take(customer)
    return census.sums


def latest_news(events: Sequence[Event]) -> list[dict[str, str]]:
    """The last of the market news, newest first: ``time`` and ``headline``."""
    return [{"time": format_instant(event.time), "headline": _headline(event)} for event in events[: -_NEWS - 1 : -1]]


def _headline(event: Event) -> str:
    told = (event.data.get(name) for name in ("competitor", "product", "what", "premium"))
    return str(event.data.get("headline") or " · ".join(str(one) for one in told if one is not None))
