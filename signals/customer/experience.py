"""How we make customers feel: emotion over time, and experience as one multiplicative index.

Good experiences multiply the index by 1.02, bad ones by 0.82 = 1.02⁻¹⁰: it takes ten good contacts to make up for one
bad. Weaker ones count by their warmth, as an exponent, and all fade with a half-life of 180 days:

    index = Π fᵢ^(|warmthᵢ| · 2^(−ageᵢ / 180 days)),  fᵢ = 1.02 when warm, 0.82 when cold

An index of 1 means nothing remarkable happened; below 0.75 something went badly wrong.
"""

from bisect import insort
from collections.abc import Iterable
from math import exp, inf, log, log2

import msgspec

from signals.calendar.instant import DAY, Instant
from signals.customer.facts import Feeling
from signals.customer.state import Customer
from signals.events.event import Event

FEELINGS_KEPT = 16
"""The latest half of them, and of what was before those the strongest."""
HALF_LIFE = 180 * DAY
_GOOD = log(1.02)
_BAD = -10 * _GOOD
_NEUTRAL_SCORE = {"nps": (7.5, 2.5), "csat": (3.0, 2.0), "voc": (3.0, 2.0), "ces": (4.0, 3.0)}
"""Kind of survey → the score in the middle, and how far the warmest is from it (NPS 0–10, CSAT 1–5, CES 1–7)."""
_COMPLAINED = "relationship.complaint_open"
_TOLD_BY = {
    "advocacy.claim_praise": 1.0,
    "advocacy.thanks_praise": 1.0,
    "advocacy.referral": 1.0,
    _COMPLAINED: -1.0,
    "relationship.repeat_contact": -1.0,
    "relationship.claim_blame": -1.0,
    "relationship.price_complaint": -0.5,
}
"""Triggers that tell of an experience (their names are contract) → how it felt; each counts once per episode."""


class Experience(msgspec.Struct, frozen=True):
    """One thing that was good or bad."""

    time: Instant
    what: str
    warmth: float


def note_feeling(customer: Customer, event: Event) -> None:
    """Keep how a contact, post or survey felt, where it says so."""
    warmth = _warmth(event)
    if warmth is None:
        return
    insort(customer.feelings, Feeling(event.time, event.id, warmth), key=_place)
    _keep_some(customer.feelings)


def joined_feelings(first: list[Feeling], second: list[Feeling]) -> list[Feeling]:
    """The feelings of two rows that are one person's."""
    joined = sorted([*first, *second], key=_place)
    _keep_some(joined)
    return joined


def _keep_some(feelings: list[Feeling]) -> None:
    """Forget the weakest of those that aren't the latest: small talk mustn't drive out what hurt."""
    while len(feelings) > FEELINGS_KEPT:
        before = feelings[: -FEELINGS_KEPT // 2]
        feelings.remove(min(before, key=lambda feeling: (_strength(feeling), _place(feeling))))


def _strength(feeling: Feeling) -> float:
    """How much a feeling counts against others: it is all the same when, as all fade alike."""
    weight = abs(feeling.warmth * _worth(feeling.warmth))
    return log2(weight) + feeling.time / HALF_LIFE if weight else -inf


def experiences(customer: Customer, now: Instant) -> list[Experience]:
    """What was good or bad until ``now``, oldest first: feelings, praise and complaints, promises and claims."""
    found = [Experience(feeling.time, "feeling", feeling.warmth) for feeling in customer.feelings]
    for name, episode in customer.episodes.items():
        trigger = name.partition("|")[0]
        warmth = _TOLD_BY.get(trigger)
        if warmth is not None and not (trigger == _COMPLAINED and customer.complaints):
            found.append(Experience(episode.started, trigger, warmth))
    found += _promises(customer, now)
    found += _cases(customer)
    return sorted((one for one in found if one.time <= now), key=lambda one: (one.time, one.what, one.warmth))


def experience_index(lived: Iterable[Experience], now: Instant) -> float:
    """The multiplicative index at ``now``; 1.0 is neutral."""
    total = 0.0
    for one in lived:
        share = abs(one.warmth) * 2.0 ** (-max(now - one.time, 0) / HALF_LIFE)
        total += share * _worth(one.warmth)
    return exp(total)


def _worth(warmth: float) -> float:
    """What the best of its kind adds to the logarithm of the index, or the worst takes from it."""
    return _GOOD if warmth > 0 else _BAD


def mood(lived: list[Experience]) -> float | None:
    """How it feels by now, from −1 to 1: the mean of all, each half as heavy as the one after it."""
    if not lived:
        return None
    weights = [0.5**place for place in range(len(lived))]
    summed = sum(weight * one.warmth for weight, one in zip(weights, reversed(lived), strict=True))
    return summed / sum(weights)


def _warmth(event: Event) -> float | None:
    data = event.data
    if event.type == "survey.answered":
        middle = _NEUTRAL_SCORE.get(data["kind"])
        score = data.get("score")
        if middle is None or not isinstance(score, int | float):
            return None
        return max(-1.0, min(1.0, (score - middle[0]) / middle[1]))
    sentiment = data.get("sentiment")
    return max(-1.0, min(1.0, float(sentiment))) if isinstance(sentiment, int | float) else None


def _promises(customer: Customer, now: Instant) -> list[Experience]:
    """What was promised and kept in time; what is kept or called off later was broken first."""
    found = []
    for promise in customer.promises.values():
        until = min((when for when, _ in promise.ended), default=now if promise.status == "made" else promise.due)
        if promise.due < until:
            found.append(Experience(promise.due, "promise broken", -1.0))
        elif promise.status == "kept":
            found.append(Experience(until, "promise kept", 1.0))
    return found


def _cases(customer: Customer) -> list[Experience]:
    complaints = [Experience(case.opened, "complaint", -1.0) for case in customer.complaints.values()]
    claims = [
        Experience(case.changed, f"claim {case.status}", 1.0 if case.status == "paid" else -1.0)
        for case in customer.claims.values()
        if case.status in ("paid", "rejected")
    ]
    return complaints + claims


def _place(feeling: Feeling) -> tuple[Instant, str]:
    return feeling.time, feeling.event
