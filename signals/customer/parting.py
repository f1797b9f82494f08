"""Parting: two rows that turned out not to be one person's, each with what it contributed.

An alias keeps its own facts after a merge and goes on observing what comes in through it, so they are exactly what it
contributed. What triggers made of it (evidence, guards, timers) moved to the merged row; it is known by its events, and
goes back. Where both had a word on one thing, the later one had taken the other's place. Of cases, guards and consents
the earlier words are remembered, and count again; else it leaves with whom it came from.
"""

from collections.abc import Callable, Container, Iterable
from typing import Any

from signals.calendar.instant import Instant
from signals.customer.facts import Buying, Case, Promise
from signals.customer.identity import join_evidence, joined_refused
from signals.customer.last_word import join_consents, parted_case, parted_consents, parted_guard
from signals.customer.rhythm import join_gaps
from signals.customer.state import Customer
from signals.customer.underway import (
    Evidence,
    Guard,
    Live,
    Reason,
    Refused,
    Timer,
    as_evidence,
    owner_and_key,
    timer_slot,
)
from signals.customer.word_of_mouth import joined_tellings, last_to_each, told_by_both
from signals.recommendation.naming import recommendation_id

_SUMS = ("events", "touch_count", "feedback", "orders")
_LISTS = ("contacts", "feelings", "tellings")
_NAMED = ("policies", "communities", "episodes", "household", "settled")


def part(strong: Customer, weak: Customer) -> Customer:
    """Take out of ``strong`` what came from ``weak``; returns what triggers made of it, to go back to ``weak``."""
    events = set(weak.passed) | {touch.event for touch in weak.touches}
    returned = Customer(key=weak.key)
    returned.beliefs = _take_evidence(strong.beliefs, events)
    returned.counts = _take_evidence(strong.counts, events)
    returned.guards = _take_guards(strong.guards, events, weak.handed_over)
    returned.live = _take(strong.live, lambda live: live.record["customer"] == weak.key)
    returned.refused = _take_refused(strong, weak, events)
    returned.tellings = [one for one in strong.tellings if one.event in events and one not in weak.tellings]
    moments = {*weak.passed.values(), strong.aliases[weak.key]}
    returned.contacts = [contact for contact in strong.contacts if contact.recommendation in returned.live]
    _take(strong.episodes, lambda episode: episode.started in moments)
    returned.settled = _take(strong.settled, lambda when: when in moments)
    moved = [slot for slot in strong.timers if owner_and_key(slot)[1] in returned.live]
    returned.timers = _take(strong.timers, lambda timer: _evidence_in(timer, events), moved)
    returned.consents = parted_consents(strong, events)
    for field in _NAMED:
        own = {name for known in strong.shared if (name := known.removeprefix(f"{field} ")) != known}
        _take_equal(getattr(strong, field), getattr(weak, field), own)
    strong.contracts = {key: words for key, words in strong.contracts.items() if key in strong.policies}
    _part_promises(strong, weak.promises, moments)
    for slot in sorted(strong.overtaken.keys() - strong.episodes.keys()):
        strong.episodes[slot] = strong.overtaken.pop(slot)
    _part_cases(strong.complaints, weak.complaints)
    _part_cases(strong.claims, weak.claims)
    for field in _LISTS:
        theirs = [*getattr(weak, field), *getattr(returned, field)]
        setattr(strong, field, [item for item in getattr(strong, field) if item not in theirs])
    strong.tellings = last_to_each(strong.tellings)
    told_by_each = told_by_both(strong.tellings, weak.tellings)
    strong.referrals = max(0, strong.referrals - weak.referrals + told_by_each)
    _part_profile(strong, weak)
    _part_journey(strong, weak)
    _part_orders(strong, weak)
    _take(strong.seen, lambda time: False, weak.seen)
    _take(strong.passed, lambda when: False, events)
    _take(strong.aliases, lambda since: False, [weak.key, *weak.aliases])
    _take(strong.objections, lambda when: False, weak.objections)
    if strong.objected == weak.objected:
        strong.objected = min(strong.objections.values(), default=None)
    strong.reach = strong.reach_alone if strong.reach == weak.reach else strong.reach
    return returned


def regain(weak: Customer, returned: Customer) -> None:
    """Give back to a parted row what triggers had made of its events while it was merged."""
    join_evidence(weak.beliefs, returned.beliefs)
    join_evidence(weak.counts, returned.counts)
    for name, causes in returned.guards.items():
        weak.guards[name] = {**weak.guards.get(name, {}), **causes}
    join_consents(weak, returned)
    weak.settled |= returned.settled
    weak.timers |= returned.timers
    weak.live |= returned.live
    weak.refused = joined_refused(weak.refused, returned.refused)
    weak.tellings = last_to_each(joined_tellings(weak.tellings, returned.tellings))
    weak.contacts = sorted([*weak.contacts, *returned.contacts], key=lambda contact: contact.time)


def came_from(weak: Customer, reason: Reason) -> bool:
    """Whether what a recommendation to the merged row speaks of rests on what came in through ``weak``."""
    return any(piece["event"] in weak.passed for piece in reason.evidence)


def count_again(strong: Customer, reason: Reason) -> None:
    """What a need was counted from, partly the other's, is to be counted again: by whom it came from."""
    join_evidence(strong.counts, {timer_slot(reason.trigger, reason.key): as_evidence(reason.evidence)})


def disown_episode(strong: Customer, live: Live) -> None:
    """What a recommendation rested on was another's: its need did not come up here."""
    trigger, episode = live.record["trigger"], live.record["episode"]
    for slot, known in list(strong.episodes.items()):
        if slot.partition("|")[0] == trigger and known.name == episode:
            del strong.episodes[slot]


def _take(mapping: dict[Any, Any], unwanted: Callable[[Any], bool], keys: Iterable[Any] = ()) -> dict[Any, Any]:
    """Remove entries by value or key; returns them."""
    chosen = set(keys)
    taken = {key: value for key, value in mapping.items() if key in chosen or unwanted(value)}
    for key in taken:
        del mapping[key]
    return taken


def _take_equal(mapping: dict[Any, Any], theirs: dict[Any, Any], own: Container[Any]) -> None:
    for key, value in theirs.items():
        if key not in own and key in mapping and mapping[key] == value:
            del mapping[key]


def _take_evidence(kept: dict[str, list[Evidence]], events: set[str]) -> dict[str, list[Evidence]]:
    taken: dict[str, list[Evidence]] = {}
    for name, pieces in list(kept.items()):
        theirs = [piece for piece in pieces if piece.event in events]
        if not theirs:
            continue
        taken[name] = theirs
        kept[name] = [piece for piece in pieces if piece.event not in events]
        if not kept[name]:
            del kept[name]
    return taken


def _take_refused(strong: Customer, weak: Customer, events: set[str]) -> list[Refused]:
    """Leave to the stronger row what rests on none of the other's events; returns what was refused to that before."""
    theirs = [one for one in strong.refused if any(piece.event in events for piece in one.evidence)]
    strong.refused = [one for one in strong.refused if one not in theirs]
    return [one for one in theirs if one.recommendation == recommendation_id(weak.key, one.name, one.episode)]


def _take_guards(guards: dict[str, dict[str, Guard]], events: set[str], link: str) -> dict[str, dict[str, Guard]]:
    taken: dict[str, dict[str, Guard]] = {}
    for name, causes in list(guards.items()):
        parted = {key: parted_guard(guard, events, link) for key, guard in causes.items()}
        guards[name] = {key: own for key, (own, _) in parted.items() if own is not None}
        taken[name] = {key: theirs for key, (_, theirs) in parted.items() if theirs is not None}
    _take(guards, lambda causes: not causes)
    _take(taken, lambda causes: not causes)
    return taken


def _part_promises(strong: Customer, theirs: dict[str, Promise], moments: Container[Instant]) -> None:
    """What was promised to the other row alone goes with it; what only that knew to be kept is to be kept again."""
    promises = strong.promises
    for key, promise in list(promises.items()):
        if key in theirs and theirs[key].made == promise.made and f"promises {key}" not in strong.shared:
            del promises[key]
        elif any(when in moments for when, _ in promise.ended):
            promise.ended = [(when, status) for when, status in promise.ended if when not in moments]
            promise.status = promise.ended[-1][1] if promise.ended else "made"


def _part_cases(cases: dict[str, Case], theirs: dict[str, Case]) -> None:
    for key in cases.keys() & theirs.keys():
        own = parted_case(cases[key], theirs[key])
        if own is None:
            del cases[key]
        else:
            cases[key] = own


def _evidence_in(timer: Timer, events: set[str]) -> bool:
    return timer.evidence is not None and timer.evidence.event in events


def _part_profile(strong: Customer, weak: Customer) -> None:
    """A field both had goes back to what the stronger row itself had heard last."""
    for field, theirs in weak.histories.items():
        own = list(strong.histories.get(field, []))
        for word in theirs:
            if word in own:
                own.remove(word)
        if own:
            strong.profile[field], strong.histories[field] = own[-1], own
        else:
            strong.profile.pop(field, None)
            strong.histories.pop(field, None)
        if strong.told.get(field) == weak.told.get(field):
            strong.told.pop(field, None)


def _part_journey(strong: Customer, weak: Customer) -> None:
    for field in _SUMS:
        setattr(strong, field, max(0, getattr(strong, field) - getattr(weak, field)))
    strong.touches = [touch for touch in strong.touches if touch not in weak.touches]
    join_gaps(strong, weak, -1)


def _part_orders(strong: Customer, weak: Customer) -> None:
    for article, times in weak.purchases.items():
        own = [time for time in strong.purchases.get(article, []) if time not in times]
        if own:
            strong.purchases[article] = own
        else:
            strong.purchases.pop(article, None)
    if not strong.orders:
        strong.buying = None
    elif strong.buying is not None and weak.buying is not None:
        _part_buying(strong.buying, weak.buying, [time for times in strong.purchases.values() for time in times])


def _part_buying(mine: Buying, theirs: Buying, own: list[int]) -> None:
    """The sum exactly; first and last, where they were the other's, by the purchases still remembered."""
    mine.spent = round(mine.spent - theirs.spent, 2)
    mine.first = min(own, default=mine.first) if mine.first == theirs.first else mine.first
    mine.last = max(own, default=mine.last) if mine.last == theirs.last else mine.last
