"""The rows of one shard: decoded while they are at hand, remembered when they changed, known by when they are due."""

import heapq
from collections.abc import Callable, Iterator
from hashlib import blake2b

from signals.calendar.instant import Instant
from signals.customer.codec import decode_customer, encode_customer, next_due_of, products_of
from signals.customer.state import NEVER, Customer

ERASED = "\x00erased/"
"""Begins the keys under which erased people are remembered; no subject begins so."""

Load = Callable[[str], bytes | None]


class Rows:
    """All rows of a shard through one cache. ``load`` reads a row that isn't cached, ``born`` prepares a new one."""

    def __init__(self, load: Load, born: Callable[[Customer], None], dedup_window: int) -> None:
        self.load = load
        self.created = 0
        self._born = born
        self._dedup_window = dedup_window
        self._cached: dict[str, Customer] = {}
        self._changed: dict[str, None] = {}
        self._due: list[tuple[Instant, str]] = []
        self._scheduled: dict[str, Instant] = {}
        self._holders: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        """How many decoded rows are at hand."""
        return len(self._cached)

    def open(self, key: str) -> Customer:
        """The row of a subject, a new one where there is none; that one is kept, whatever becomes of it."""
        customer = self._cached.get(key)
        if customer is None:
            row = self.load(key) or self.load(tombstone_of(key))
            if row is not None:
                customer = decode_customer(row)
                customer.key = key
            else:
                customer = Customer(key=key)
                self.created += 1
                self._born(customer)
            self._cached[key] = customer
            if row is None:
                self.mark(customer)
        return customer

    def find(self, key: str) -> Customer | None:
        """The row of a subject for reading, where there is one."""
        found = self._cached.get(key)
        if found is None:
            row = self.load(key)
            found = decode_customer(row) if row is not None else None
        return found

    def at_hand(self) -> list[Customer]:
        """The decoded rows of people (not of aliases)."""
        return [customer for customer in self._cached.values() if customer.became is None]

    def mark(self, customer: Customer) -> None:
        """A row has changed."""
        key = customer.key
        self._changed[key] = None
        due = self._cached[key].next_due()
        if due != self._scheduled.get(key, NEVER):
            self.schedule(key, due)

    def erase(self, customer: Customer, now: Instant) -> None:
        """Forget all of a row but that somebody was erased."""
        for held in self._holders.values():
            held.pop(customer.key, None)
        self._cached[customer.key] = Customer(key=customer.key, erased=now, clock=customer.clock)

    def restore(self, key: str, row: bytes) -> None:
        """Take note of a kept row after a start: when it is due, and what it holds."""
        self.schedule(key, next_due_of(row))
        for product in products_of(row):
            self._holders.setdefault(product, {})[key] = None

    def index_products(self, customer: Customer) -> None:
        """Keep the index of who holds what up to date."""
        for policy in customer.policies.values():
            if policy.active and customer.became is None:
                self._holders.setdefault(policy.product, {})[customer.key] = None
            else:
                self._holders.get(policy.product, {}).pop(customer.key, None)

    def holders(self, product: str) -> list[str]:
        """Who holds a product, in order."""
        return sorted(self._holders.get(product, ()))

    def schedule(self, key: str, due: Instant) -> None:
        """Something under this key is due then; ``NEVER`` takes it off the list."""
        if due == NEVER:
            self._scheduled.pop(key, None)
        elif self._scheduled.get(key) != due:
            self._scheduled[key] = due
            heapq.heappush(self._due, (due, key))

    def due_of(self, key: str) -> Instant:
        """When something under this key is due next."""
        return self._scheduled.get(key, NEVER)

    def first_due(self) -> Instant:
        """The earliest moment that something is due; ``NEVER`` when nothing is."""
        due = self._due
        while due and self._scheduled.get(due[0][1]) != due[0][0]:
            heapq.heappop(due)
        return due[0][0] if due else NEVER

    def take_due(self, until: Instant) -> Iterator[tuple[Instant, str]]:
        """Take what is due by ``until`` off the list, in the order of time; what becomes due meanwhile comes too."""
        due = self._due
        while due and due[0][0] <= until:
            moment, key = heapq.heappop(due)
            if self._scheduled.get(key) == moment:
                del self._scheduled[key]
                yield moment, key

    def overdue(self, now: Instant) -> int:
        """How many keys wait for a moment that has passed by ``now``."""
        return sum(1 for due in self._scheduled.values() if due <= now)

    def take_changed(self) -> dict[str, bytes | None]:
        """The rows that changed since the last time, encoded; of an erased person only that there was one."""
        rows: dict[str, bytes | None] = {}
        for key in self._changed:
            customer = self._cached[key]
            forget_seen(customer, self._dedup_window)
            if customer.erased is None:
                rows[key] = encode_customer(customer)
            else:
                rows |= {key: None, tombstone_of(key): encode_customer(Customer(key="", erased=customer.erased))}
        self._changed = {}
        return rows

    def let_go(self) -> None:
        """Empty the cache; take what changed before."""
        self._cached = {}


def tombstone_of(key: str) -> str:
    """The key under which a shard remembers that somebody was erased, without keeping who."""
    return ERASED + blake2b(key.encode(), digest_size=16, person=b"signals-erased").hexdigest()


def forget_seen(customer: Customer, window: int) -> None:
    """Forget the events whose duplicates no longer count as such."""
    oldest, seen = customer.clock - window, customer.seen
    if seen and min(seen.values()) < oldest:
        customer.seen = {known: time for known, time in seen.items() if time >= oldest}
