"""A row stays small whatever comes: of each kind of thing it keeps the latest.

A sender may heap everything on one subject: the CRM's number for nobody, a robot that looks at every page. Its row
would grow until no topic takes it, and the worker that has it would end again and again.
"""

from itertools import islice
from typing import Any

from signals.customer.state import Customer

TOUCHES_KEPT = 16
REFUSED_KEPT = 4
EVIDENCE_TOGETHER, REFUSED_TOGETHER = 64, 16
"""What rows that become one keep of the evidence for one trigger, and of what was refused: more than each alone, as
they may part again."""
MOST_KEPT = 500
"""Things of one kind in a row: policies, timers, counts, what guards stand for."""
SEEN_KEPT = 10_000
"""Events of one row whose repetition is known, of those within the dedup window."""
LIVE_KEPT = 100
"""Recommendations of one customer at once."""
HOUSEHOLD_KEPT = 24
"""People that somebody lives with. Everybody is told of everybody, so an address where hundreds live would cost
millions of messages; nor do they mourn together."""
ALIASES_KEPT = 5_000
"""Devices and addresses of one customer that an erasure finds: a program that logs in has another one each time."""

LOOKED_AT_EVERY = 256
"""Events of a row between two looks: so that they cost next to nothing, and come alike however events are batched."""


def keep_small(customer: Customer) -> None:
    """Forget the oldest of what there is too much of.

    What is live has to be ended in public, so whoever decides sees to that.
    """
    many: list[dict[str, Any]] = [customer.policies, customer.communities, customer.episodes, customer.counts]
    many += [
        customer.overtaken,
        customer.earlier,
        customer.brought,
        customer.settled,
        customer.objections,
        *customer.guards.values(),
        *customer.consents.values(),
    ]
    for things in many:
        _keep_latest(things, MOST_KEPT)
    _keep_latest(customer.aliases, ALIASES_KEPT)
    _keep_latest(customer.seen, SEEN_KEPT)
    del customer.contacts[:-MOST_KEPT]
    if len(customer.timers) > MOST_KEPT:
        begun = [slot for slot in customer.timers if not slot.startswith("@")]  # the others belong to what is live
        for slot in begun[:-MOST_KEPT]:
            del customer.timers[slot]


def _keep_latest(things: dict[Any, Any], most: int) -> None:
    if len(things) > most:
        for name in list(islice(things, len(things) - most)):
            del things[name]
