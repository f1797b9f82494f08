"""A row stays small whatever comes: of each kind of thing it keeps the latest.

A sender may heap everything on one subject: the CRM's number for nobody, a robot that looks at every page. Its row
would grow until no topic takes it, and the worker that has it would end again and again.
"""

from itertools import islice
from typing import Any

from signals.calendar.instant import Instant
from signals.customer.facts import Case, Promise
from signals.customer.state import Customer

TOUCHES_KEPT = 16
REFUSED_KEPT = 4
EVIDENCE_TOGETHER, REFUSED_TOGETHER = 64, 16
"""What rows that become one keep of the evidence for one trigger, and of what was refused: more than each alone, as
they may part again."""
CASES_KEPT, CASES_TOGETHER = 16, 64
"""Complaints, claims or promises of one row, and of rows that became one."""
ORDERS_KEPT, ORDERS_TOGETHER = 8, 64
"""Orders of one article, likewise."""
ARTICLES_KEPT = 512
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
        customer.unjudged,
        customer.contracts,
        customer.taken_back,
        customer.household,
        *customer.guards.values(),
        *customer.consents.values(),
    ]
    for things in many:
        keep_some(things)
    _keep_latest(customer.aliases, ALIASES_KEPT)
    _keep_latest(customer.seen, SEEN_KEPT)
    for cases in (customer.complaints, customer.claims):
        while len(cases) > CASES_TOGETHER:
            forget_case(cases)
    while len(customer.promises) > CASES_TOGETHER:
        forget_promise(customer.promises)
    customer.purchases = usual_articles(customer.purchases)
    del customer.contacts[:-MOST_KEPT]
    del customer.shared[:-MOST_KEPT]
    if len(customer.timers) > MOST_KEPT:
        begun = [slot for slot in customer.timers if not slot.startswith("@")]  # the others belong to what is live
        for slot in begun[:-MOST_KEPT]:
            del customer.timers[slot]


def forget_case(cases: dict[str, Case]) -> None:
    """Forget the complaint or claim of which nothing was heard for longest."""
    del cases[min(cases, key=lambda known: (cases[known].changed, known))]


def forget_promise(promises: dict[str, Promise]) -> None:
    """Forget the promise that was due first, of those that were kept or cancelled if there are any."""
    done = [key for key in promises if promises[key].status != "made"] or list(promises)
    del promises[min(done, key=lambda known: (promises[known].due, known))]


def usual_articles(purchases: dict[str, list[Instant]]) -> dict[str, list[Instant]]:
    """Of too many articles those that were ordered most often, and of these the last."""
    if len(purchases) <= ARTICLES_KEPT:
        return purchases
    kept = sorted(purchases, key=lambda sku: (-len(purchases[sku]), -purchases[sku][-1], sku))[:ARTICLES_KEPT]
    return {sku: purchases[sku] for sku in sorted(kept)}


def keep_some(things: dict[str, Any]) -> None:
    """Forget the oldest of things of one kind where there are too many."""
    _keep_latest(things, MOST_KEPT)


def _keep_latest(things: dict[Any, Any], most: int) -> None:
    if len(things) > most:
        for name in list(islice(things, len(things) - most)):
            del things[name]
