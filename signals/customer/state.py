"""The state of one customer: everything the engine knows of a person, as one slotted record.

It is encoded as an array (``codec.py``), so fields may only be appended, each with a default.
"""

from collections.abc import Collection

import msgspec

from signals.calendar.instant import Instant
from signals.customer.facts import (
    Buying,
    Case,
    Consent,
    Contact,
    ContractWord,
    Feeling,
    Policy,
    Promise,
    Telling,
    Touch,
)
from signals.customer.underway import NEVER, Episode, Evidence, Given, Guard, Live, Refused, Timer, release_mark

EARLY = "early "
"""Before the slot of a sequence in ``counts``: steps that came in before what they follow."""


CONTRACT, TAKEN_BACK, FORBIDDEN = "contract ", "taken back ", "forbidden "
"""In ``settled``, before what is in ``contracts`` and ``taken_back``, whether its need was gone or it was forbidden
only: it is remembered for as long as that."""


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
    """What ended, was denied or had the last word lately → when: what is from before it may still arrive."""
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
    heard: str = ""
    """The last news that it heard, of that which is told in turns."""
    objections: dict[str, Instant] = {}
    """The events by which they objected to marketing → when; ``objected`` is the first."""
    told: dict[str, Instant] = {}
    """Profile field → when its last value was told."""
    earlier: dict[str, list[Consent]] = {}
    """``purpose|channel`` → words on it before the latest, of those who became one: they may part again."""
    brought: dict[str, tuple[str, str]] = {}
    """In an alias: subjects that were linked to it → the row that it had become, to which they were linked instead
    (none where two customers share it), and the subject whose link led to this one."""
    brought_by: str = ""
    """In an alias: the subject whose link led to its own, where that isn't the row it became."""
    shared: list[str] = []
    """What this row knew itself when one that knew it too became one with it, by the field and the name in it:
    contracts, promises, communities, people of the household."""
    reach_alone: int = 0
    """Its own reach where a row of further reach became one with it."""
    contracts: dict[str, list[ContractWord]] = {}
    """Policy → what was told of it lately, by event time; the first word stands for all before."""
    taken_back: dict[str, Live] = {}
    """Recommendations withdrawn lately whose need may turn out to have been there all the same."""

    @property
    def products_held(self) -> set[str]:
        """The products of the contracts that run."""
        return {policy.product for policy in self.policies.values() if policy.active}

    @property
    def is_person(self) -> bool:
        """Whether somebody is behind this row: no alias, no signpost, nobody who was erased."""
        return self.became is None and self.erased is None and self.lives is None

    def spoken_of(self) -> Collection[str]:
        """The triggers of all that is live or refused, or was taken back lately."""
        if not self.live and not self.refused and not self.taken_back:
            return ()
        spoken = set()
        for refused in self.refused:
            spoken.add(refused.trigger)
        for live in (*self.live.values(), *self.taken_back.values()):
            spoken.add(live.trigger)
            for reason in live.reasons:
                spoken.add(reason.trigger)
        return spoken

    def settle(self, what: str, when: Instant, lateness: int) -> None:
        """Remember when something ended, was denied or told, for as long as an earlier event may come in."""
        self.forget_settled(lateness)
        self.settled[what] = max(when, self.settled.get(what, when))

    def forget_settled(self, lateness: int) -> None:
        """Forget what ended, was denied or told so long ago that every earlier event has come in."""
        oldest, known = self.clock - lateness, self.settled
        if not known or min(known.values()) > oldest:
            return
        self.settled = {what: time for what, time in known.items() if time > oldest}
        for what in known.keys() - self.settled.keys():
            if what.startswith(EARLY):
                self.counts.pop(what, None)
            elif what.startswith(CONTRACT):
                self.contracts.pop(what.removeprefix(CONTRACT), None)
            elif what.startswith((TAKEN_BACK, FORBIDDEN)):
                self.taken_back.pop(what.removeprefix(TAKEN_BACK).removeprefix(FORBIDDEN), None)

    def take_back(self, live: Live, ended: Instant, lateness: int, because: str = TAKEN_BACK) -> None:
        """Keep at hand what was withdrawn, for as long as it may turn out to be needed all the same."""
        rec_id = live.record["id"]
        self.forget_settled(lateness)
        self.settled[f"{because}{rec_id}"] = ended
        self.taken_back[rec_id] = live

    def forbid(self, live: Live, lateness: int) -> None:
        """Keep at hand what was forbidden, for as long as it may turn out that it wasn't; its need still stands."""
        if live.fired > self.clock - lateness:
            self.take_back(live, live.fired, lateness, FORBIDDEN)

    @property
    def forbidden(self) -> list[Live]:
        """What was forbidden lately after it had been released."""
        return [live for rec_id, live in self.taken_back.items() if f"{FORBIDDEN}{rec_id}" in self.settled]

    def is_settled(self, what: str, when: Instant) -> bool:
        """Whether it ended, was denied or told at a moment later than ``when``."""
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

    def forget_episode(self, trigger: str, key: str, when: Instant, lateness: int) -> None:
        """What a trigger fired for had ended before: in order no episode had begun, so none is told of.

        It is only remembered that this one has released.
        """
        for slot, episode in list(self.episodes.items()):
            if episode.about == key and when < episode.started and slot.partition("|")[0] == trigger:
                del self.episodes[slot]
                self.settle(release_mark(trigger, episode.name), episode.started, lateness)

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
