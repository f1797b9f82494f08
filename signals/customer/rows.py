"""The rows of one shard: decoded while they are at hand, remembered when they changed, known by when they are due."""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from itertools import islice

from signals.calendar.instant import Instant
from signals.customer.agenda import Agenda
from signals.customer.codec import decode_customer, encode_customer, next_due_of, products_of
from signals.customer.state import Customer

ERASED = "\x00erased/"
"""Begins the keys under which erased people are remembered; no subject begins so."""

Load = Callable[[str], bytes | None]


class Rows:
    """All rows of a shard through one cache. ``load`` reads a row that isn't cached, ``born`` prepares a new one."""

    def __init__(
        self,
        load: Load,
        born: Callable[[Customer], None],
        hear: Callable[[Customer], None],
        fire: Callable[[Customer, Instant], None],
        dedup_window: int,
        most: int,
    ) -> None:
        """A row that hasn't heard the ``latest`` news has to ``hear`` before anything is done with it, and what was due
        in it when time ``passed`` has to ``fire``."""
        self.load = load
        self.latest = ""
        """The name of the last news that is still being told."""
        self.passed: Instant = 0
        """Up to when moments passed of which some are yet to fire; 0: all have fired."""
        self.most = most
        """So many decoded rows should be at hand."""
        self.created = self.hits = 0
        self._born = born
        self._hear = hear
        self._fire = fire
        self._dedup_window = dedup_window
        self._cached: dict[str, Customer] = {}
        self._changed: dict[str, None] = {}
        self._left: dict[str, bytes | None] = {}
        """Rows that changed and are not at hand any more, encoded, until they are taken."""
        self.agenda = Agenda()
        self._bits: dict[str, int] = {}
        """Each product's bit among those that are held."""
        self._held: dict[str, int] = {}
        """Who holds anything → the bits of what they hold."""

    def open(self, key: str) -> Customer:
        """The row of a subject, a new one where there is none; that one is kept, whatever becomes of it."""
        return self.known(key) or self.begin(key)

    def known(self, key: str) -> Customer | None:
        """The row of a subject, for changing; that of an erased one, too. ``None`` where there is none."""
        customer = self._cached.get(key)
        if customer is not None:
            self.hits += 1
        else:
            row = self._kept(key) or self._kept(tombstone_of(key))
            if row is None:
                return None
            self._cached[key] = customer = decode_customer(row)
            customer.key = key
        if self.latest and customer.heard != self.latest:
            self._hear(customer)
        if self.passed and self.agenda.due_of(key) <= self.passed:
            self._fire(customer, self.passed)
        return customer

    def begin(self, key: str) -> Customer:
        """A new row, for a subject that has none."""
        self._cached[key] = customer = Customer(key=key, heard=self.latest)
        self.created += 1
        self._born(customer)
        self.mark(customer)
        return customer

    def find(self, key: str) -> Customer | None:
        """The row of a subject for reading, where there is one."""
        found = self._cached.get(key)
        if found is None:
            row = self._kept(key)
            found = decode_customer(row) if row is not None else None
        return found

    def put(self, customer: Customer) -> None:
        """Let a row take the place of the one there was; news that came before it is not for it."""
        customer.heard = self.latest
        self._cached[customer.key] = customer
        self.index_products(customer)
        self.mark(customer)

    def at_hand(self) -> list[Customer]:
        """The decoded rows of people (not of aliases)."""
        return [one for one in self._cached.values() if one.became is None and one.lives is None]

    def mark(self, customer: Customer, due: Instant | None = None) -> None:
        """A row has changed, and with it perhaps when it is ``due``."""
        key = customer.key
        self._changed[key] = None
        self.agenda.schedule(key, self._cached[key].next_due() if due is None else due)

    def erase(self, customer: Customer, now: Instant) -> None:
        """Forget all of a row but that somebody was erased."""
        self.put(Customer(key=customer.key, erased=now, clock=customer.clock))

    def restore(self, key: str, row: bytes) -> None:
        """Take note of a kept row after a start: when it is due, and what it holds."""
        self.agenda.schedule(key, next_due_of(row))
        if products := products_of(row):
            self._hold(key, products)

    def index_products(self, customer: Customer) -> None:
        """Keep the index of who holds what up to date."""
        held = customer.products_held
        if held and customer.became is None:
            self._hold(customer.key, held)
        else:
            self._held.pop(customer.key, None)

    def holders(self, product: str) -> list[str]:
        """Who holds a product, in order."""
        bit = self._bits.get(product, 0)
        return sorted([key for key, held in self._held.items() if held & bit])

    def holds(self, key: str, product: str) -> bool:
        """Whether somebody holds a product."""
        return self._held.get(key, 0) & self._bits.get(product, 0) > 0

    def take_changed(self) -> dict[str, bytes | None]:
        """The rows that changed since the last time, encoded; of an erased person only that there was one.

        No row is left of one that went home, to the shard of its own subject.
        """
        changed, self._changed = self._changed, {}
        return self._encoded(changed)

    @property
    def have_changed(self) -> bool:
        """Whether there are rows to take."""
        return bool(self._changed)

    def trim(self) -> None:
        """Keep but the rows that came in last when there are too many; not while somebody works on one of the others.

        A few go at a time: letting go of ten thousand takes 50 ms.
        """
        if len(self._cached) <= self.most:
            return
        leaving = list(islice(self._cached, len(self._cached) - self.most * 9 // 10))
        self._left |= self._encoded([key for key in leaving if key in self._changed])
        for key in leaving:
            self._cached.pop(key, None)
            self._changed.pop(key, None)

    def take_left(self) -> dict[str, bytes | None]:
        """The rows that had changed and left since the last time, as they were then, encoded."""
        left, self._left = self._left, {}
        return left

    def _hold(self, key: str, products: Iterable[str]) -> None:
        bits, held = self._bits, 0
        for product in products:
            if product not in bits:
                bits[product] = 1 << len(bits)
            held |= bits[product]
        self._held[key] = held

    def _kept(self, key: str) -> bytes | None:
        return self._left[key] if key in self._left else self.load(key)

    def _encoded(self, keys: Iterable[str]) -> dict[str, bytes | None]:
        rows: dict[str, bytes | None] = {}
        for key in keys:
            customer = self._cached[key]
            forget_seen(customer, self._dedup_window)
            if customer.lives == key:
                rows[key] = None
                del self._cached[key]
            elif customer.erased is None:
                rows[key] = encode_customer(customer)
            else:
                rows |= {key: None, tombstone_of(key): encode_customer(Customer(key="", erased=customer.erased))}
        return rows


def tombstone_of(key: str) -> str:
    """The key under which a shard remembers that somebody was erased, without keeping who."""
    return ERASED + blake2b(key.encode(), digest_size=16, person=b"signals-erased").hexdigest()


def forget_seen(customer: Customer, window: int) -> None:
    """Forget the events whose duplicates no longer count as such."""
    oldest, seen = customer.clock - window, customer.seen
    if seen and min(seen.values()) < oldest:
        customer.seen = {known: time for known, time in seen.items() if time >= oldest}
