"""The last word, by event time, on a case, a promise or a guard: it counts, whoever said it and whenever it came in.

The words before it are remembered for a while, so that two rows can become one and part again, each with its own.
"""

from bisect import insort
from collections.abc import Iterable, Sequence, Set
from itertools import chain, dropwhile, takewhile
from operator import attrgetter, itemgetter

from signals.calendar.instant import Instant
from signals.customer.facts import Case, Consent, Policy, Promise
from signals.customer.state import Customer
from signals.customer.underway import NEVER, Guard, GuardWord

KEPT = 8
"""Words on one case or guard; of older ones nobody knows whose they were."""
_time, _guard_time = itemgetter(0), attrgetter("time")


def note_status(case: Case, time: Instant, status: str) -> None:
    """Take in what was said of a case."""
    words = _said(case)
    insort(words, (time, status), key=_time)
    case.words = words[-KEPT:]
    case.opened = min(case.opened, time)
    case.changed, case.status = words[-1]


def joined_case(own: Case, other: Case) -> Case:
    """A case that two rows know; of words said at one moment the row's own counts."""
    words = sorted([*_said(other), *_said(own)], key=_time)
    last = own if own.changed >= other.changed else other
    about = last.about or own.about or other.about
    return Case(words[-1][1], min(own.opened, other.opened), words[-1][0], about, words[-KEPT:])


def parted_case(case: Case, other: Case) -> Case | None:
    """What is left of a case without the words of another row; None: nothing."""
    words = _said(case)
    for word in _said(other):
        if word in words:
            words.remove(word)
    if not words:
        return None
    opened = words[0][0] if case.opened == other.opened else case.opened
    return Case(words[-1][1], opened, words[-1][0], case.about, words if len(words) > 1 else [])


def unchanged_since(case: Case) -> Instant:
    """When it was first told what still stands, as far as that is remembered."""
    *_, first = takewhile(lambda word: word[1] == case.status, reversed(_said(case)))
    return first[0]


def joined_policy(own: Policy, other: Policy) -> Policy:
    """A contract that two rows know: whether it runs by who heard last of its end or renewal, the rest alike.

    It is one contract whoever's it is, so nothing of this is undone when the rows part.
    """
    stands = own if _heard(own) >= _heard(other) else other
    told, before = (own, other) if own.told >= other.told else (other, own)
    joined = Policy(
        own.product,
        stands.active,
        before.premium if told.premium is None else told.premium,
        before.renewal if told.renewal is None else told.renewal,
        own.started,
        stands.ended,
        stands.settled,
        told.told,
        own.dated,
        stands.runs_until,
    )
    if other.started is not None:
        note_start(joined, other.started, other.dated)
    return joined


def note_start(policy: Policy, start: Instant, dated: bool) -> None:
    """Take in since when a contract runs: the earliest day that was told, or else the first we heard of it."""
    if policy.started is None or (dated, -start) > (policy.dated, -policy.started):
        policy.started, policy.dated = start, dated


def _heard(policy: Policy) -> Instant:
    return max(policy.ended or 0, policy.settled or 0)


def _said(case: Case) -> list[tuple[Instant, str]]:
    return list(case.words) or [(case.changed, case.status)]


def later_consent(own: Consent, other: Consent) -> Consent:
    """Of two words on one purpose and channel the later stands, of two said at one moment the refusal."""
    return max(own, other, key=lambda word: (word.time, not word.given))


def note_consent(customer: Customer, purpose: str, channel: str, said: Consent, lateness: int) -> None:
    """Take in a word on one purpose and channel. An earlier one counts again when who said the later one parts, and for
    what comes in late from before the later one."""
    words = customer.consents.setdefault(purpose, {})
    known = words.setdefault(channel, said)
    words[channel] = stands = later_consent(said, known)
    if known is not said:
        slot = f"{purpose}|{channel}"
        _remember_earlier(customer, slot, [known if stands is said else said])
        if not customer.aliases:
            customer.earlier[slot] = _still_counting(customer.earlier[slot], stands.time - lateness)


def consents_since(customer: Customer, moment: Instant) -> list[tuple[Instant, dict[str, dict[str, Consent]]]]:
    """What they had consented to at a moment, and after each word since then: of late events, more than what stands."""
    if customer.clock <= moment:
        return [(moment, customer.consents)]
    said = [
        *(word for words in customer.consents.values() for word in words.values()),
        *chain(*customer.earlier.values()),
    ]
    later = {word.time for word in said if word.time > moment}
    return [(when, _consents_at(customer, when)) for when in (moment, *sorted(later))]


def _consents_at(customer: Customer, moment: Instant) -> dict[str, dict[str, Consent]]:
    """What they had consented to at a moment, as far as that is remembered."""
    found: dict[str, dict[str, Consent]] = {}
    for purpose, words in customer.consents.items():
        for channel, last in words.items():
            said = [word for word in (*customer.earlier.get(f"{purpose}|{channel}", ()), last) if word.time <= moment]
            if said:
                found.setdefault(purpose, {})[channel] = said[-1]
    return found


def _still_counting(words: list[Consent], oldest: Instant) -> list[Consent]:
    """The words since then, and the last one before."""
    return [*[word for word in words if word.time <= oldest][-1:], *(word for word in words if word.time > oldest)]


def join_consents(customer: Customer, other: Customer) -> None:
    """Add another row's words on each purpose and channel; all of them may part again."""
    for slot, words in other.earlier.items():
        _remember_earlier(customer, slot, words)
    for purpose, theirs in other.consents.items():
        for channel, said in theirs.items():
            note_consent(customer, purpose, channel, said, NEVER)


def parted_consents(customer: Customer, events: Set[str]) -> dict[str, dict[str, Consent]]:
    """Take out and return the words that came from ``events``; what others said before them stands again."""
    taken: dict[str, dict[str, Consent]] = {}
    for purpose, standing in customer.consents.items():
        for channel, word in list(standing.items()):
            words = [*customer.earlier.pop(f"{purpose}|{channel}", ()), word]
            theirs = [said for said in words if said.event in events]
            own = [said for said in words if said.event not in events]
            if theirs:
                taken.setdefault(purpose, {})[channel] = theirs[-1]
                del standing[channel]
            if own:
                standing[channel] = own[-1]
                _remember_earlier(customer, f"{purpose}|{channel}", own[:-1])
    customer.consents = {purpose: words for purpose, words in customer.consents.items() if words}
    return taken


def _remember_earlier(customer: Customer, slot: str, words: Sequence[Consent]) -> None:
    if not words:
        return
    known = {word.event: word for word in (*customer.earlier.get(slot, ()), *words)}
    customer.earlier[slot] = sorted(known.values(), key=lambda word: (word.time, not word.given))[-KEPT:]


def promise_status(customer: Customer, key: str, made: Instant) -> str:
    """How a promise of that moment stands: its end may have been told before it, or to another row."""
    return next((end for end in ("kept", "cancelled") if customer.is_settled(f"{end} {key}", made)), "made")


def end_promise(promise: Promise, when: Instant, status: str) -> None:
    """Take in that a promise was kept or cancelled."""
    promise.status = status
    promise.ended = [*promise.ended, (when, status)][-KEPT:]


def words_of(guard: Guard) -> Sequence[GuardWord]:
    """What set and lifted a guard, by event time."""
    return guard.words or [GuardWord(guard.since, guard.event, guard.until, True)]


def told_guard(guard: Guard | None, word: GuardWord) -> Guard:
    """A guard after one more word on it."""
    return _guard_by([word] if guard is None else [*words_of(guard), word])


def joined_guard(own: Guard, other: Guard) -> Guard:
    """A guard that two rows have for one cause; of words said at one moment the row's own counts."""
    return _guard_by([*words_of(other), *words_of(own)])


def parted_guard(guard: Guard, events: Set[str], link: str) -> tuple[Guard | None, Guard | None]:
    """A guard by the words of all other events, and by those of ``events``; None where none of them set it.

    What only the ``link`` told, that one row had ended what the other began, is true of neither.
    """
    words = [word for word in words_of(guard) if word.event != link]
    theirs = [word for word in words if word.event in events]
    own = [word for word in words if word.event not in events]
    return _guard_set_by(own), _guard_set_by(theirs)


def _guard_set_by(words: Sequence[GuardWord]) -> Guard | None:
    return _guard_by(words) if any(word.sets for word in words) else None


def _lifts(word: GuardWord) -> bool:
    return not word.sets


def _guard_by(words: Iterable[GuardWord]) -> Guard:
    """The guard that these words make, from the first that set it on; which set it last is always remembered."""
    kept = list(dropwhile(_lifts, sorted(words, key=_guard_time)))
    last = next(word for word in reversed(kept) if word.sets)
    if len(kept) > KEPT:
        kept.remove(next(word for word in kept if word is not last))
    return Guard(last.time, kept[-1].until, last.event, kept if len(kept) > 1 else [])
