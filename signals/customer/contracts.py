"""What was told of each contract lately, by event time: so that news is measured by what somebody paid when it came.

The words are remembered for as long as an earlier one may come in. The first stands for all that was told before.
"""

from bisect import insort
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from signals.calendar.instant import Instant
from signals.customer.facts import ContractWord, Policy
from signals.customer.state import CONTRACT, Customer

KEPT = 32
"""Words on one contract within the lateness."""
_time = attrgetter("time")
_Told = TypeVar("_Told")


def note_word(customer: Customer, key: str, policy: Policy, word: ContractWord, lateness: int) -> bool:
    """Take in a word on a contract, which is ``policy`` without it; false where it came in too late for that."""
    oldest = customer.clock - lateness
    if word.time <= oldest:
        return False
    customer.settle(f"{CONTRACT}{key}", word.time, lateness)
    words = customer.contracts.get(key) or [ContractWord(0, policy.premium, policy.renewal, policy.active)]
    insort(words, word, key=_time)
    while words[1].time <= oldest or len(words) > KEPT:
        words[:2] = [_with(words[0], words[1])]
    customer.contracts[key] = words
    return True


def go_by_last_words(customer: Customer, key: str, policy: Policy) -> None:
    """Let a contract be as it was told last, of each thing: a word on it came in after a later one."""
    words = customer.contracts[key][1:]
    premium, renewal, runs = last_premium(words), last_renewal(words), _last(word.runs for word in words)
    policy.premium = policy.premium if premium is None else premium
    policy.renewal = policy.renewal if renewal is None else renewal
    policy.active = policy.active if runs is None else runs


def joined_words(own: list[ContractWord], other: list[ContractWord]) -> list[ContractWord]:
    """The words of two rows on one contract."""
    return [own[0], *sorted([*other[1:], *own[1:]], key=_time)][-KEPT:]


def last_premium(words: Iterable[ContractWord]) -> float | None:
    """The premium that was told last."""
    return _last(word.premium for word in words)


def last_renewal(words: Iterable[ContractWord]) -> Instant | None:
    """The renewal that was told last."""
    return _last(word.renewal for word in words)


def policies_at(customer: Customer, policies: dict[str, Policy], moment: Instant) -> dict[str, Policy]:
    """The contracts as they were at a moment, as far as words are remembered."""
    return {key: _at(policy, customer.contracts.get(key), moment) for key, policy in policies.items()}


def changes_of(customer: Customer, product: str, since: Instant) -> list[Instant]:
    """When contracts for a product changed, from a moment on."""
    return [word.time for word in _words_on(customer, product) if word.time >= since]


def ended_lately(customer: Customer, product: str) -> bool:
    """Whether a contract for a product ended lately, and may go on since."""
    return any(word.runs is False for word in _words_on(customer, product))


def _words_on(customer: Customer, product: str) -> Iterator[ContractWord]:
    """What was told lately of contracts for a product."""
    for key, words in customer.contracts.items():
        policy = customer.policies.get(key)
        if policy is not None and policy.product == product:
            yield from words[1:]


def _at(policy: Policy, words: list[ContractWord] | None, moment: Instant) -> Policy:
    if words is None:
        return policy
    told = [word for word in words if word.time <= moment]
    return replace(policy, premium=last_premium(told), active=bool(_last(word.runs for word in told)))


def _with(earlier: ContractWord, later: ContractWord) -> ContractWord:
    both = (earlier, later)
    return ContractWord(0, last_premium(both), last_renewal(both), _last(word.runs for word in both))


def _last(told: Iterable[_Told | None]) -> _Told | None:
    found = None
    for one in told:
        found = found if one is None else one
    return found
