"""People of one household: they stay themselves and know of each other, and a guard that concerns all holds for all."""

import msgspec
from msgspec.structs import replace

from signals.customer.bounds import HOUSEHOLD_KEPT
from signals.customer.state import Customer
from signals.customer.underway import Guard
from signals.events.event import Event
from signals.links import Shard

TOLD = "household.told"
"""Internal event: somebody joined or left a household, or a guard of theirs concerns all of it."""

_OF_HOUSEHOLD = "household"
"""What a guard stands for that somebody of the household told of, before their subject."""


class Household:
    """What people of a household tell each other."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard

    def join(self, one: str, other: str, event: Event) -> None:
        """Two people are of one household from now on."""
        self._tell_both(one, other, event, "joined")

    def leave(self, one: str, other: str, event: Event) -> None:
        """They are not any more."""
        self._tell_both(one, other, event, "left")

    def share(self, customer: Customer, event: Event) -> None:
        """Tell the household of a guard that this event set, if it concerns them."""
        for name in sorted(self._shard.shared_guards & customer.guards.keys()):
            for guard in customer.guards[name].values():
                if guard.event == event.id:
                    for member in sorted(customer.household):
                        self._tell_guard(customer.key, member, event, name, guard)

    def tell_standing(self, customer: Customer, event: Event) -> None:
        """Tell everybody in it of the guards of this person's own that concern them and still stand."""
        for member in sorted(customer.household):
            self._tell_standing(customer, member, event)

    def hear(self, event: Event) -> None:
        """A person is told that somebody joined or left, or what guards them."""
        customer, member = self._shard.open(event.subject), event.data["member"]
        if customer.became is not None:
            self._shard.forward(customer.became, event)
        elif customer.erased is None and member != customer.key:
            what = event.data["what"]
            if what == "joined":
                self._joined(customer, member, event)
            elif what == "left":
                self._left(customer, member)
            else:
                guard = msgspec.convert(event.data["guard"], Guard)
                customer.guards.setdefault(what, {})[_cause(member)] = guard
            self._shard.consider(customer, event)

    def forget(self, customer: Customer, erased: set[str], event: Event) -> None:
        """Whom they mourn with stays guarded: who told of it, under any name, is nobody's to know any more."""
        for name in sorted(erased):
            customer.household.pop(name, None)
            for causes in customer.guards.values():
                guard = causes.pop(_cause(name), None)
                if guard is not None and guard.until > event.time:
                    known = causes.get(_OF_HOUSEHOLD, guard)
                    since, until = min(known.since, guard.since), max(known.until, guard.until)
                    causes[_OF_HOUSEHOLD] = Guard(since, until, event.id)
        for what in list(customer.settled):
            event_type, _, other = what.partition(" ")
            if other in erased and event_type.startswith("identity."):
                del customer.settled[what]

    def _joined(self, customer: Customer, member: str, event: Event) -> None:
        """Everybody in a household knows everybody; what stands for one now holds for the newcomer too."""
        if member in customer.household or len(customer.household) >= HOUSEHOLD_KEPT:
            return
        others = sorted(customer.household)
        customer.household[member] = event.time
        for known in others:
            self._shard.send(TOLD, known, event, {"member": member, "what": "joined"})
            self._shard.send(TOLD, member, event, {"member": known, "what": "joined"})
        self._tell_standing(customer, member, event)

    def _left(self, customer: Customer, member: str) -> None:
        customer.household.pop(member, None)
        for causes in customer.guards.values():
            causes.pop(_cause(member), None)

    def _tell_standing(self, customer: Customer, member: str, event: Event) -> None:
        for name in sorted(self._shard.shared_guards & customer.guards.keys()):
            for cause, guard in customer.guards[name].items():
                if cause.partition(" ")[0] != _OF_HOUSEHOLD and guard.until > event.time:
                    self._tell_guard(customer.key, member, event, name, guard)

    def _tell_guard(self, key: str, member: str, event: Event, name: str, guard: Guard) -> None:
        told = {"member": key, "what": name, "guard": msgspec.to_builtins(replace(guard, words=[]))}
        self._shard.send(TOLD, member, event, told)

    def _tell_both(self, one: str, other: str, event: Event, what: str) -> None:
        self._shard.send(TOLD, one, event, {"member": other, "what": what})
        self._shard.send(TOLD, other, event, {"member": one, "what": what})


def _cause(member: str) -> str:
    """What a guard stands for that this person of the household told of."""
    return f"{_OF_HOUSEHOLD} {member}"
