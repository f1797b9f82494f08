"""The state of one customer: everything the engine knows of a person, as plain slotted records.

Records are encoded as arrays (``codec.py``), so fields may only be appended, each with a default. They form a tree, so
Python's collector of cycles need not look at them.
"""

from collections.abc import Container
from typing import Any

import msgspec

from signals.calendar.instant import Instant, format_instant
from signals.customer.packing import Record, pack, unpack

NEVER: Instant = 2**62
"""A due moment that never comes."""


class Touch(msgspec.Struct, array_like=True, gc=False):
    """One contact or behaviour in the journey. ``about`` is the case, claim or topic it was about."""

    time: Instant
    type: str
    channel: str
    about: str | None
    event: str
    inbound: bool


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


class GuardWord(msgspec.Struct, array_like=True, gc=False):
    """What set a guard or lifted it, and until when it stands by that."""

    time: Instant
    event: str
    until: Instant
    sets: bool


class Guard(msgspec.Struct, array_like=True, gc=False):
    """One cause for which the sales class is vetoed until ``until`` (``NEVER``: until it is lifted)."""

    since: Instant
    until: Instant
    event: str
    """What set it last."""
    words: list[GuardWord] = []
    """Where there was more than one, by event time."""


class Evidence(msgspec.Struct, array_like=True, gc=False):
    """One piece of evidence: what event, when, what was seen (the place in the trigger's evidence list), its weight."""

    time: Instant
    event: str
    source: str
    kind: int
    weight: float
    date: Instant | None = None
    """The day of the thing itself (the move, the birth), where the evidence tells it."""
    social: bool = False
    """Whether it was inferred from a social post."""


class Timer(msgspec.Struct, array_like=True, gc=False):
    """Something that becomes due, and the event behind it; its slot in the row says who set it, and what about."""

    due: Instant
    evidence: Evidence | None = None
    detail: dict[str, Any] | None = None


class Episode(msgspec.Struct, array_like=True, gc=False):
    """The last episode of one trigger: since when, until when it counts as the same, and how often it fired in it."""

    started: Instant
    until: Instant
    fired: int = 1
    about: str = ""

    @property
    def name(self) -> str:
        """What records call it: what about, and when it began."""
        return episode_name(self.about, self.started)


def episode_name(about: str, started: Instant) -> str:
    """What records call an episode."""
    moment = format_instant(started)
    return f"{about}@{moment}" if about else moment


def timer_slot(owner: str, key: str) -> str:
    """The slot of a timer in its row: who set it, and what about."""
    return f"{owner}|{key}"


def owner_and_key(slot: str) -> tuple[str, str]:
    """Who set the timer in a slot, and what about."""
    owner, _, key = slot.partition("|")
    return owner, key


class Contact(msgspec.Struct, array_like=True, gc=False):
    """A contact that uses up frequency: made by anyone, or reserved by one of our recommendations."""

    time: Instant
    purpose: str
    channel: str
    recommendation: str = ""


class Reason(msgspec.Struct, gc=False):
    """One need that a conversation speaks of, as the recommendation tells it, and what tells when it is gone."""

    why: dict[str, str]
    say: dict[str, str]
    evidence: list[dict[str, Any]]
    trigger: str = ""
    key: str = ""
    anchor: Instant = 0


class Live(msgspec.Struct, array_like=True, gc=False):
    """A recommendation that is held or released: its records as last published, and what is needed to move it on."""

    told: list[Record] | bytes
    """Recommendation and decision; packed since the row was last encoded, unless they were asked for again."""
    trigger: str
    family: str
    key: str
    fired: Instant
    anchor: Instant
    expires: Instant
    probability: float
    evidence: list[Evidence]
    words: dict[str, str]
    not_before: Instant | None = None
    overruled: str | None = None
    """The reasons that a person overruled, with spaces between."""
    conversation: str | None = None
    hidden: bool = False
    """Held in shadow: nobody was told of it."""
    segment: str = ""
    """Of the customer when it was decided."""
    reasons: list[Reason] = []
    """All that its conversation speaks of, its own need first; empty while that is the only one."""

    @property
    def record(self) -> Record:
        """The recommendation as last published."""
        return self._unpacked()[0]

    @property
    def decision(self) -> Record:
        """The decision as last published."""
        return self._unpacked()[1]

    def pack(self) -> None:
        """Keep the records small until they are asked for."""
        if not isinstance(self.told, bytes):
            self.told = pack(self.told)

    def _unpacked(self) -> list[Record]:
        if isinstance(self.told, bytes):
            self.told = unpack(self.told)
        return self.told


class Given(msgspec.Struct, array_like=True, gc=False):
    """What a recommendation was when it was released, until somebody tells whether it was right."""

    trigger: str
    channel: str
    segment: str
    stated: float
    """Its probability."""


class Refused(msgspec.Struct, array_like=True, gc=False):
    """A candidate that was refused, kept for a while because a person may want it all the same."""

    decision: str
    recommendation: str
    reason: str
    trigger: str
    name: str
    key: str
    episode: str
    fired: Instant
    anchor: Instant
    probability: float
    evidence: list[Evidence]
    words: dict[str, str]
    not_before: Instant | None = None
    overruled: str | None = None
    """The reasons that a person had overruled before it was refused for another, with spaces between."""


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


class Customer(msgspec.Struct, array_like=True, gc=False):
    """One row of the customer table, keyed by the resolved subject."""

    key: str
    clock: Instant = 0
    """Event time up to which this row has been advanced."""
    created: Instant = 0
    seen: dict[bytes, Instant] = {}
    """Digest of (source, id) → event time, within the dedup window."""
    touches: list[Touch] = []
    touch_count: int = 0
    profile: dict[str, str] = {}
    histories: dict[str, list[str]] = {}
    """Profile field → its last values, oldest first."""
    policies: dict[str, Policy] = {}
    consents: dict[str, dict[str, Consent]] = {}
    """Purpose → channel ("" is all of them) → the latest word."""
    objected: Instant | None = None
    erased: Instant | None = None
    guards: dict[str, dict[str, Guard]] = {}
    promises: dict[str, Promise] = {}
    complaints: dict[str, Case] = {}
    claims: dict[str, Case] = {}
    contacts: list[Contact] = []
    beliefs: dict[str, list[Evidence]] = {}
    """Trigger → the evidence for it and the denials, by event time."""
    counts: dict[str, list[Evidence]] = {}
    """``trigger|key`` → what was counted, or which steps were taken."""
    episodes: dict[str, Episode] = {}
    timers: dict[str, Timer] = {}
    """By ``timer_slot``."""
    live: dict[str, Live] = {}
    became: str | None = None
    """The subject this row was merged into; events go there."""
    aliases: dict[str, Instant] = {}
    """Subjects that were merged into this row → when."""
    referrals: int = 0
    reach: int = 0
    communities: dict[str, str] = {}
    feedback: int = 0
    orders: int = 0
    purchases: dict[str, list[Instant]] = {}
    """Article → when it was last ordered, a few times back."""
    refused: list[Refused] = []
    """The last candidates that were refused."""
    gap_total: int = 0
    """Sum of the gaps between touches, for the customer's own rhythm."""
    gap_count: int = 0
    gap_squares: float = 0.0
    """Sum of the squared gaps, in days²."""

    buying: Buying | None = None
    feelings: list[Feeling] = []
    """The last ones told, by event time."""
    household: dict[str, Instant] = {}
    """People who live together with this one and stay themselves → since when we know."""
    passed: dict[str, Instant] = {}
    """In an alias: the events that came in through it since it was merged → when."""
    tellings: list[Telling] = []
    """What this person told others about us."""
    events: int = 0
    """How many events this row has taken in; a sentence may name it as ``{events}``."""
    settled: dict[str, Instant] = {}
    """What ended or was denied lately → when: its beginning may still arrive, out of order."""
    warmed: Instant = 0
    """The time of the last event that was read in as history: moments up to then have passed."""

    unjudged: dict[str, Given] = {}
    """Recommendations that ended without a word on whether they were right."""
    lives: str | None = None
    """In place of a row that lives in another shard: the subject whose shard that is."""
    handed_over: str = ""
    """In an alias: the event by which the row it became learnt of its facts."""
    overtaken: dict[str, Episode] = {}
    """Its own episodes whose place those of a row that it became one with have taken."""

    @property
    def is_person(self) -> bool:
        """Whether somebody is behind this row: no alias, no signpost, nobody who was erased."""
        return self.became is None and self.erased is None and self.lives is None

    def spoken_of(self) -> Container[str]:
        """The triggers of all that is live or refused."""
        if not self.live and not self.refused:
            return ()
        spoken = [refused.trigger for refused in self.refused] if self.refused else []
        for live in self.live.values():
            spoken.append(live.trigger)
            if live.reasons:
                spoken += [reason.trigger for reason in live.reasons]
        return spoken

    def settle(self, what: str, when: Instant, lateness: int) -> None:
        """Remember that something ended or was denied, for as long as an earlier event may come in."""
        self.settled = {known: time for known, time in self.settled.items() if time > self.clock - lateness}
        self.settled[what] = max(when, self.settled.get(what, when))

    def is_settled(self, what: str, when: Instant) -> bool:
        """Whether it ended or was denied at a moment later than ``when``."""
        return self.settled.get(what, when) > when

    def ended_after(self, slot: str, whole: str, when: Instant) -> Instant | None:
        """When what a ``timer_slot`` is about, or the ``whole`` of its trigger, ended later than ``when``."""
        settled = self.settled
        if settled:
            for what in (slot, whole):
                ended = settled.get(what, when)
                if ended > when:
                    return ended
        return None

    def first_due(self) -> tuple[Instant, list[str]]:
        """The earliest moment at which this row wants attention without an event, and the slots of what is due then."""
        due, slots = NEVER, []
        for slot, timer in self.timers.items():
            if timer.due < due:
                due, slots = timer.due, [slot]
            elif timer.due == due:
                slots.append(slot)
        return due, slots

    def next_due(self) -> Instant:
        """The earliest moment at which this row wants attention without an event."""
        due = NEVER
        for timer in self.timers.values():
            if timer.due < due:
                due = timer.due
        return due
