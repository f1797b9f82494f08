"""Word of mouth: what a customer told others about us, as edges from teller to listener that fade.

An edge comes from a referral or from words that pass a story on; it weighs 1 (warm) or −1 (cold) when fresh and half
as much after every 180 days. A listener never agreed to be known: of them only a one-way mark is kept, by which
telling the same person twice counts once. Thanks to the teller, and help after a bad story, are triggers of the pack;
nothing is sold on a story.
"""

from hashlib import blake2b

from signals.calendar.instant import DAY, Instant
from signals.customer.facts import Telling
from signals.customer.state import Customer
from signals.events.event import Event
from signals.text import Mention

HALF_LIFE = 180 * DAY
TELLINGS_KEPT = 16
_NOBODY_IN_PARTICULAR = ""
_WARMTH = {"referral_given": 1.0, "claim_praise": 1.0, "claim_blame": -1.0}
_ALOUD = frozenset({"claim_praise", "claim_blame"})
"""Stories told to us alone reach nobody else; in public they do."""


def note_telling(customer: Customer, event: Event, warmth: float, listener: str = _NOBODY_IN_PARTICULAR) -> None:
    """Keep one edge from this customer; the same listener's, or the same event's, takes the place of the older.

    Of those who became one each keeps its own, as they may part again.
    """
    told = Telling(event.time, _mark(listener) if listener else "", warmth, event.id)
    others = [telling for telling in customer.tellings if telling.event != event.id]
    tellings = sorted([*others, told], key=_place)
    is_one_of_two = customer.aliases or customer.became is not None
    customer.tellings = (tellings if is_one_of_two else last_to_each(tellings))[-TELLINGS_KEPT:]


def last_to_each(tellings: list[Telling]) -> list[Telling]:
    """The last edge to each listener, and all that lead to nobody in particular."""
    last = {telling.listener or telling.event: telling for telling in tellings}
    return sorted(last.values(), key=_place)


def told_by_both(first: list[Telling], second: list[Telling]) -> int:
    """How many listeners both told of us, who count once for those who are one."""
    return len(({telling.listener for telling in first} & {telling.listener for telling in second}) - {""})


def _place(telling: Telling) -> tuple[Instant, str]:
    return telling.time, telling.event


def has_told(customer: Customer, listener: str) -> bool:
    """Whether this customer told that listener of us before, as far as that is remembered."""
    mark = _mark(listener)
    return any(telling.listener == mark for telling in customer.tellings)


def _mark(listener: str) -> str:
    return blake2b(listener.encode(), digest_size=8, person=b"signals-heard").hexdigest()


def joined_tellings(first: list[Telling], second: list[Telling]) -> list[Telling]:
    """The edges of two rows that are one person's."""
    return sorted([*first, *second], key=_place)[-TELLINGS_KEPT:]


def hear_told(customer: Customer, event: Event, mention: Mention) -> None:
    """Keep an edge for words that pass a story on to others."""
    warmth = _WARMTH.get(mention.event)
    if warmth is None or not mention.actionable:
        return
    if mention.event in _ALOUD and (event.type != "social.posted" or event.data.get("public") is False):
        return
    note_telling(customer, event, warmth)


def word_of_mouth(customer: Customer, now: Instant) -> float:
    """All edges of a teller at ``now``, the last to each listener: above 0 they speak well of us."""
    last = {telling.listener or telling.event: telling for telling in customer.tellings if telling.time <= now}
    total: float = sum(telling.warmth * 2.0 ** ((telling.time - now) / HALF_LIFE) for telling in last.values())
    return total
