"""Identity: a weaker subject's row is merged into a stronger one's, without losing or doubling anything."""

from collections.abc import Callable
from typing import TypeVar

from signals.customer.bounds import EVIDENCE_TOGETHER, ORDERS_TOGETHER, REFUSED_TOGETHER, keep_small, keep_some
from signals.customer.contracts import joined_words
from signals.customer.experience import joined_feelings
from signals.customer.facts import Buying
from signals.customer.last_word import (
    end_promise,
    join_consents,
    joined_case,
    joined_guard,
    joined_policy,
    promise_status,
    words_of,
)
from signals.customer.rhythm import join_gaps, keep_last
from signals.customer.state import Customer
from signals.customer.underway import Evidence, Refused, Timer
from signals.customer.word_of_mouth import joined_tellings, told_by_both
from signals.events.event import Event
from signals.events.subject import STRENGTH, kind_of

Known = TypeVar("Known")

_NAMED = (
    "communities",
    "household",
    "live",
    "unjudged",
)
SHARED = ("policies", "promises", "communities", "household")
"""What two rows may both know under one name, each by its own events."""


HOUSEHOLD = "household"
"""The source of truth of a link between people who live together: they know of each other and stay themselves."""

_MOVED = ("beliefs", "counts", "guards", "timers", "live", "refused", "taken_back")
"""What a row hands over for good when it becomes an alias: what triggers made of its events."""


def is_household(event: Event) -> bool:
    """Whether a link is between two people of one household instead of two subjects of one person."""
    return str(event.data.get("source_of_truth") or "").lower() == HOUSEHOLD


def ordered_subjects(first: str, second: str) -> tuple[str, str]:
    """The weaker and the stronger of two subjects; the second is the stronger of equals."""
    weaker = STRENGTH.index(kind_of(first)) >= STRENGTH.index(kind_of(second))
    return (first, second) if weaker else (second, first)


def linked_subjects(event: Event) -> tuple[str, str]:
    """The weaker and the stronger of the two subjects; equal when they must stay apart.

    Two known customers are never merged because they share something; only a source of truth may say they are one.
    """
    first, second = event.data["from"], event.data["to"]
    if kind_of(first) == kind_of(second) == "customer" and not event.data.get("source_of_truth"):
        return first, first
    return ordered_subjects(first, second)


def remember_alias(customer: Customer, became: str, handing_over: str) -> None:
    """Let a row that is handed over by an event live on as an alias: it keeps its own facts, and nothing falls due."""
    customer.handed_over = handing_over
    customer.became = became
    hand_over(customer)


def hand_over(customer: Customer) -> None:
    """Let an alias keep of what triggers made only by which events it can be told apart from the stronger row's own."""
    customer.passed = {**customer.passed, **dict.fromkeys(sorted(_events_of(customer)), customer.clock)}
    keep_some(customer.passed)
    customer.contacts = [contact for contact in customer.contacts if contact.recommendation not in customer.live]
    empty = Customer(key=customer.key)
    for field in _MOVED:
        setattr(customer, field, getattr(empty, field))


def _events_of(customer: Customer) -> set[str]:
    """The events behind what triggers made in this row."""
    evidence = (*customer.beliefs.values(), *customer.counts.values())
    events = {piece.event for pieces in evidence for piece in pieces}
    events |= {piece.event for refused in customer.refused for piece in refused.evidence}
    events |= {word.event for causes in customer.guards.values() for one in causes.values() for word in words_of(one)}
    events |= {piece["event"] for live in customer.live.values() for piece in live.record["evidence"]}
    events |= {consent.event for words in customer.consents.values() for consent in words.values()}
    events |= {consent.event for words in customer.earlier.values() for consent in words}
    return events | {timer.evidence.event for timer in customer.timers.values() if timer.evidence is not None}


def note_passage(customer: Customer, event: Event) -> None:
    """Remember what came in through an alias, so that it can be told apart from the stronger row's own."""
    customer.passed[event.id] = event.time
    if len(customer.passed) > PASSED_KEPT:
        del customer.passed[next(iter(customer.passed))]


PASSED_KEPT = 256


def absorb(strong: Customer, weak: Customer) -> None:
    """Add all that the weaker row knew to the stronger one; where both have a word, the stronger's later one stands."""
    strong.aliases[weak.key] = weak.clock
    strong.aliases |= weak.aliases
    strong.clock = max(strong.clock, weak.clock)
    for what, when in weak.settled.items():
        strong.settled[what] = max(when, strong.settled.get(what, when))
    strong.warmed = max(strong.warmed, weak.warmed)
    strong.created = min((moment for moment in (strong.created, weak.created) if moment), default=0)
    strong.seen = {**weak.seen, **strong.seen}
    strong.touches = sorted([*strong.touches, *weak.touches], key=lambda touch: (touch.time, touch.event))
    keep_last(strong.touches)
    strong.events += weak.events
    strong.touch_count += weak.touch_count
    join_gaps(strong, weak)
    strong.referrals += weak.referrals - told_by_both(strong.tellings, weak.tellings)
    if weak.reach >= strong.reach:
        strong.reach_alone = max(strong.reach_alone, strong.reach)
        strong.reach = weak.reach
    strong.feedback += weak.feedback
    strong.orders += weak.orders
    strong.buying = _joined_buying(strong.buying, weak.buying)
    strong.tellings = joined_tellings(strong.tellings, weak.tellings)
    strong.feelings = joined_feelings(strong.feelings, weak.feelings)
    strong.contacts = sorted([*strong.contacts, *weak.contacts], key=lambda contact: (contact.time, contact.channel))
    of_both = {f"{field} {name}" for field in SHARED for name in getattr(strong, field).keys() & getattr(weak, field)}
    strong.shared += sorted(of_both.difference(strong.shared))
    for field in _NAMED:
        setattr(strong, field, {**getattr(weak, field), **getattr(strong, field)})
    _join_profile(strong, weak)
    _join(strong.policies, weak.policies, joined_policy)
    _join(strong.contracts, weak.contracts, joined_words)
    _join(strong.complaints, weak.complaints, joined_case)
    _join(strong.claims, weak.claims, joined_case)
    _join(strong.promises, weak.promises, lambda own, other: max(own, other, key=lambda promise: promise.made))
    for key, promise in strong.promises.items():
        if promise.status == "made" and (status := promise_status(strong, key, promise.made)) != "made":
            end_promise(promise, weak.clock, status)
    _join(strong.timers, weak.timers, _later_timer)
    for article, times in weak.purchases.items():
        strong.purchases[article] = sorted({*times, *strong.purchases.get(article, [])})[-ORDERS_TOGETHER:]
    strong.refused = joined_refused(strong.refused, weak.refused)
    join_evidence(strong.beliefs, weak.beliefs)
    join_evidence(strong.counts, weak.counts)
    join_consents(strong, weak)
    for name, causes in weak.guards.items():
        _join(strong.guards.setdefault(name, {}), causes, joined_guard)
    for name, episode in weak.episodes.items():
        known = strong.episodes.get(name)
        if known is None or known.until < episode.until:
            strong.episodes[name] = episode
            if known is not None:
                strong.overtaken.setdefault(name, known)
    strong.objections |= weak.objections
    strong.objected = min((moment for moment in (strong.objected, weak.objected) if moment is not None), default=None)
    keep_small(strong)


def _later_timer(own: Timer, other: Timer) -> Timer:
    """Of two timers for one thing the one that was set later, by event time; else what is due later."""
    return max(own, other, key=lambda timer: (timer.evidence.time if timer.evidence is not None else 0, timer.due))


def _join_profile(strong: Customer, weak: Customer) -> None:
    """Of each field what was told last stands; of what was told at one moment the row's own."""
    for field, value in weak.profile.items():
        own, theirs = strong.histories.get(field, []), weak.histories.get(field, [])
        when = weak.told.get(field, 0)
        is_later = field not in strong.profile or when > strong.told.get(field, 0)
        strong.histories[field] = [*own, *theirs] if is_later else [*theirs, *own]
        if is_later:
            strong.profile[field], strong.told[field] = value, when


def _joined_buying(strong: Buying | None, weak: Buying | None) -> Buying | None:
    if strong is None or weak is None:
        return strong or weak
    spent = round(strong.spent + weak.spent, 2)
    return Buying(min(strong.first, weak.first), max(strong.last, weak.last), spent)


def joined_refused(own: list[Refused], other: list[Refused]) -> list[Refused]:
    """What was refused of both, in the order in which it came up."""
    return sorted([*other, *own], key=lambda refused: (refused.fired, refused.decision))[-REFUSED_TOGETHER:]


def join_evidence(strong: dict[str, list[Evidence]], weak: dict[str, list[Evidence]]) -> None:
    """All pieces of both by event time, the last of them; what an event showed counts once."""
    for name, pieces in weak.items():
        joined = {(piece.source, piece.event, piece.kind): piece for piece in [*pieces, *strong.get(name, [])]}
        strong[name] = sorted(joined.values(), key=lambda piece: (piece.time, piece.event))[-EVIDENCE_TOGETHER:]


def _join(strong: dict[str, Known], weak: dict[str, Known], joined: Callable[[Known, Known], Known]) -> None:
    """Add what the weaker row knows; what both know is ``joined``."""
    for key, theirs in weak.items():
        strong[key] = joined(strong[key], theirs) if key in strong else theirs
