"""Facts of a customer, as records: what events told, before anybody made anything of it.

Records are encoded as arrays (``codec.py``), so fields may only be appended, each with a default. They form a tree, so
Python's collector of cycles need not look at them.
"""

import msgspec

from signals.calendar.instant import Instant


class Touch(msgspec.Struct, array_like=True, gc=False):
    """One contact or behaviour in the journey. ``about`` is the case, claim or topic it was about, and ``resolved``
    whether that was settled then."""

    time: Instant
    type: str
    channel: str
    about: str | None
    event: str
    inbound: bool
    resolved: bool = False


class Policy(msgspec.Struct, array_like=True, gc=False):
    """One contract. Dates are instants at local midnight; ``premium`` is as the events give it, per month."""

    product: str
    active: bool
    premium: float | None = None
    renewal: Instant | None = None
    started: Instant | None = None
    ended: Instant | None = None
    settled: Instant | None = None
    """When it was last renewed or changed by choice."""
    told: Instant = 0
    """When its premium or renewal was last told."""
    dated: bool = False
    """Whether somebody told since when it runs; else it is the first we heard of it."""
    runs_until: Instant | None = None
    """The day to which it still runs, where its end was told with one: it is given up already, and cover goes on."""


class ContractWord(msgspec.Struct, array_like=True, gc=False):
    """What an event told of a contract; None where it told nothing of that."""

    time: Instant
    premium: float | None
    renewal: Instant | None
    runs: bool | None
    """Whether it began (or goes on), or ended."""


class Consent(msgspec.Struct, array_like=True, gc=False):
    """The latest word on one purpose, for one channel or for all of them."""

    given: bool
    time: Instant
    basis: str | None = None
    expires: Instant | None = None
    event: str = ""


class Promise(msgspec.Struct, array_like=True, gc=False):
    """Something we said we'd do. ``status`` is made, kept or cancelled."""

    due: Instant
    status: str
    made: Instant
    what: str | None = None
    owner: str | None = None
    ended: list[tuple[Instant, str]] = []
    """When this row was told that it was kept or cancelled, the last times."""


class Case(msgspec.Struct, array_like=True, gc=False):
    """A complaint or claim and how it stands."""

    status: str
    opened: Instant
    changed: Instant
    about: str | None = None
    words: list[tuple[Instant, str]] = []
    """Where there was more than one: when what status was told, by event time."""


class Contact(msgspec.Struct, array_like=True, gc=False):
    """A contact that uses up frequency: made by anyone, or reserved by one of our recommendations."""

    time: Instant
    purpose: str
    channel: str
    recommendation: str = ""


class Buying(msgspec.Struct, array_like=True, gc=False):
    """When someone first and last ordered, and what all orders came to."""

    first: Instant
    last: Instant
    spent: float = 0.0


class Feeling(msgspec.Struct, array_like=True, gc=False):
    """How a contact, post or survey felt: from −1 (bad) to 1 (good)."""

    time: Instant
    event: str
    warmth: float


class Telling(msgspec.Struct, array_like=True, gc=False):
    """One edge of word of mouth: this person told a listener about us, warmly (1) or coldly (−1).

    The listener is only a mark of them ("" when nobody in particular): they may never have agreed to be known.
    """

    time: Instant
    listener: str
    warmth: float
    event: str
