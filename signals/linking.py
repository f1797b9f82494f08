"""Linking rows: one person under several subjects, and people of one household who stay themselves.

Each step happens where the row lives; between shards steps travel as internal events. ``identity.linked`` merges the
weaker row into the stronger and ``identity.unlinked`` parts them again; with ``source_of_truth: household`` both rows
stay as they are and only know of each other.
"""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from signals.customer.codec import decode_customer, encode_customer
from signals.customer.identity import (
    absorb,
    hand_over,
    is_household,
    linked_subjects,
    ordered_subjects,
    remember_alias,
)
from signals.customer.parting import came_from, count_again, disown_episode, part, regain
from signals.customer.state import Customer
from signals.events.event import Event
from signals.events.subject import kind_of
from signals.household import TOLD, Household
from signals.links import Shard
from signals.recommendation.conversation import is_about, reasons_of, told_twice
from signals.recommendation.withdrawing import drop
from signals.scene import Withdrawal

CONTRIBUTED = "identity.contributed"
"""Internal event: a merged row hands its state to the row it became."""
PARTED = "identity.parted"
"""Internal event: a row that is no alias any more tells the row it had become what it contributed."""
RETURNED = "identity.returned"
"""Internal event: that row gives back what its triggers had made of it."""
MEANT = "identity.meant"
"""Internal event: a row is parted from one that it isn't linked to itself; is that what it has become by now?"""
BY = "by"
"""In a link or parting that follows from another: the subject that the other one was of."""
ERASED = "identity.erased"
"""Internal event: the person behind an alias, or of one's household, was erased."""

KNOWN_AS = "known_as"
"""In that, to the household: the other subjects of the erased."""

_UNDOING = {"identity.linked": "identity.unlinked", "identity.unlinked": "identity.linked"}


class Linking:
    """The steps of linking, by event type."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self.household = Household(shard)
        self.steps: dict[str, Callable[[Event], None]] = {
            "identity.linked": self._linked,
            "identity.unlinked": self._unlinked,
            CONTRIBUTED: self._contributed,
            PARTED: self._parted,
            RETURNED: self._returned,
            MEANT: self._meant,
            TOLD: self.household.hear,
            ERASED: self._erased,
        }

    def forget(self, customer: Customer, event: Event) -> None:
        """An erased person: their aliases go too, and their household no longer knows of them by any name."""
        told = {"erased": customer.key}
        for subject in sorted({*customer.aliases, *customer.household}):
            names = {KNOWN_AS: sorted(customer.aliases)} if subject in customer.household else {}
            self._shard.send(ERASED, subject, event, {**told, **names})

    def merge(self, customer: Customer, strong: str, event: Event) -> None:
        """Let a row live on as an alias, and hand over what it held."""
        row = encode_customer(customer)
        remember_alias(customer, strong, f"{event.id}#{CONTRIBUTED}")
        self._shard.index(customer)
        self._shard.mark(customer)
        self._shard.send(CONTRIBUTED, strong, event, {"row": row})

    def _linked(self, event: Event) -> None:
        weak, strong = linked_subjects(event)
        if event.subject != weak:
            self._shard.forward(weak, event)
            return
        customer = self._shard.open(weak)
        if weak != strong and self._hears(customer, strong, event):
            self._link(customer, strong, event)
            customer.settle(f"{event.type} {strong}", event.time, self._shard.lateness)

    def _link(self, customer: Customer, strong: str, event: Event) -> None:
        if is_household(event):
            self.household.join(customer.key, strong, event)
        elif customer.became is not None:
            self._link_further(customer, customer.became, strong, event)
        elif strong not in customer.aliases:
            customer.brought_by = event.data.get(BY, "")
            self.merge(customer, strong, event)

    def _link_further(self, weak: Customer, became: str, strong: str, event: Event) -> None:
        """A row that was merged before: link what it became. Two customers who share it stay two; it is the second's
        once it is the first's no more."""
        if became == strong:
            return
        shared = kind_of(became) == kind_of(strong) == "customer" != kind_of(weak.key)
        weak.brought[strong] = "" if shared else became, event.data.get(BY, "")
        if not shared:
            data = {**event.data, "from": became, "to": strong, BY: weak.key}
            self._linked(replace(event, data=data))

    def _contributed(self, event: Event) -> None:
        customer = self._shard.open(event.subject)
        if customer.erased is not None:
            return
        if customer.became is not None:
            absorb(customer, decode_customer(event.data["row"]))
            hand_over(customer)
            self._shard.mark(customer)
            self._shard.forward(customer.became, event)
        else:
            absorb(customer, decode_customer(event.data["row"]))
            customer.clock = max(customer.clock, event.time)
            self._shard.consider(customer, event)
            self._speak_once(customer, event)
            self.household.tell_standing(customer, event)

    def _speak_once(self, customer: Customer, event: Event) -> None:
        """Of one need that both rows had a recommendation for, what came up first goes on."""
        for first, live in told_twice(customer):
            is_gone = partial(is_about, withdrawal=Withdrawal(live.trigger, live.key))
            cause = f"{first.record['id']} is about the same"
            drop(self._shard.published, customer, live, is_gone, cause, event.time, "superseded")
            self._shard.mark(customer)

    def _unlinked(self, event: Event) -> None:
        weak, strong = ordered_subjects(event.data["from"], event.data["to"])
        if event.subject != weak:
            self._shard.forward(weak, event)
            return
        customer = self._shard.open(weak)
        if self._hears(customer, strong, event):
            self._part(customer, strong, event)
            customer.settle(f"{event.type} {strong}", event.time, self._shard.lateness)

    def _part(self, customer: Customer, strong: str, event: Event) -> None:
        became = customer.became
        if is_household(event) or (became is None and strong in customer.household):
            self.household.leave(customer.key, strong, event)
            return
        if strong in customer.brought and self._part_further(customer, strong, event):
            return
        brought_by = {customer.brought_by, *(by for _, by in customer.brought.values())}
        named_first = strong in customer.aliases or strong in brought_by
        if named_first and kind_of(strong) == kind_of(customer.key):
            data = {**event.data, "from": strong, "to": customer.key}
            self._unlinked(replace(event, id=f"{event.id}#{strong}", data=data))
            return
        if became is None or event.data.get(BY, customer.brought_by) != customer.brought_by:
            return
        if became != strong:
            self._shard.send(MEANT, became, event, {"parted": customer.key, "linked": became, "from": strong})
            return
        customer.became, customer.brought_by = None, ""
        row = encode_customer(customer)
        customer.passed, customer.handed_over = {}, ""
        self._shard.arm(customer)
        self._shard.index(customer)
        self._shard.mark(customer)
        self._shard.send(PARTED, became, event, {"row": row})

    def _meant(self, event: Event) -> None:
        """Part from the row it was linked to who is said not to be what that became; not for any other's sake."""
        customer, data = self._shard.open(event.subject), event.data
        if customer.became == data["from"]:
            parting = {"from": data["parted"], "to": data["linked"]}
            self._shard.send("identity.unlinked", data["parted"], event, parting)
        elif customer.became is not None:
            self._shard.send(MEANT, customer.became, event, data)

    def _part_further(self, customer: Customer, other: str, event: Event) -> bool:
        """Take back the link that what this row had become got in its place; whether it got one."""
        became, _ = customer.brought.pop(other)
        if not became:
            return False
        data = {"from": became, "to": other, BY: customer.key}
        self._unlinked(replace(event, id=f"{event.id}#{other}", type="identity.unlinked", data=data))
        return True

    def _take_along(self, customer: Customer, event: Event) -> None:
        """Who is linked to a row that is no alias any more, and not to what it had become, goes with it."""
        for other, (_, by) in sorted(customer.brought.items()):
            self._part_further(customer, other, event)
            data = {"from": customer.key, "to": other, BY: by}
            self._linked(replace(event, id=f"{event.id}#{other}+", type="identity.linked", data=data))

    def _parted(self, event: Event) -> None:
        customer, weak = self._shard.open(event.subject), decode_customer(event.data["row"])
        if weak.key not in customer.aliases:
            return
        for live in customer.live.values():
            for reason in reasons_of(live):
                if reason.trigger in self._shard.counting and came_from(weak, reason):
                    count_again(customer, reason)
        returned = part(customer, weak)
        customer.forget_settled(self._shard.lateness)
        cause = f"event {event.id}: not the same person"
        for rec_id, live in list(customer.live.items()):
            drop(self._shard.published, customer, live, lambda reason: came_from(weak, reason), cause, event.time)
            if rec_id not in customer.live:
                disown_episode(customer, live)
        for live in list(returned.live.values()):
            drop(self._shard.published, returned, live, lambda reason: not came_from(weak, reason), cause, event.time)
        self._shard.consider(customer, event)
        if customer.became is not None:
            self._shard.forward(customer.became, event)
            return
        self._shard.send(RETURNED, weak.key, event, {"row": encode_customer(returned)})

    def _returned(self, event: Event) -> None:
        customer = self._shard.open(event.subject)
        if customer.became is None and customer.erased is None:
            regain(customer, decode_customer(event.data["row"]))
            self._shard.consider(customer, event)
            self._take_along(customer, event)

    def _erased(self, event: Event) -> None:
        customer, names = self._shard.open(event.subject), {event.data["erased"], *event.data.get(KNOWN_AS, ())}
        if not names.isdisjoint(customer.household):
            self.household.forget(customer, names, event)
            self._shard.mark(customer)
        elif customer.became is not None and customer.erased is None:
            self._shard.erase(customer, event.time)
            self._shard.mark(customer)

    def _hears(self, customer: Customer, other: str, event: Event) -> bool:
        """Whether a row takes in a link or parting: not when erased, nor what came before or is undone by now."""
        if customer.erased is not None or not self._shard.is_new(customer, event):
            return False
        self._shard.mark(customer)
        return not customer.is_settled(f"{_UNDOING[event.type]} {other}", event.time)
