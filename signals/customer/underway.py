"""What is under way with a customer, as records: evidence, guards, timers, episodes and recommendations.

Encoded like facts (``facts.py``).
"""

from typing import Any

import msgspec

from signals.calendar.instant import Instant, format_instant, parse_instant
from signals.customer.packing import Record, pack, unpack

NEVER: Instant = 2**62
"""A due moment that never comes."""


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


def release_mark(trigger: str, episode: str) -> str:
    """By what a row remembers that an episode has released which isn't its trigger's last one."""
    return f"fired {trigger} {episode}"


def timer_slot(owner: str, key: str) -> str:
    """The slot of a timer in its row: who set it, and what about."""
    return f"{owner}|{key}"


NOTHING = "''"
"""In place of a key, where what ended is about nothing in particular, and not all that its trigger is about."""


def owner_and_key(slot: str) -> tuple[str, str]:
    """Who set the timer in a slot, and what about."""
    owner, _, key = slot.partition("|")
    return owner, key


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


def evidence_of(told: "Live | Refused") -> list[Evidence]:
    """The evidence that it rests on, as far as its record tells."""
    return told.evidence if told.evidence or not isinstance(told, Live) else as_evidence(told.record["evidence"])


def as_evidence(pieces: list[dict[str, Any]]) -> list[Evidence]:
    """Evidence as a record tells it, which leaves out of what kind each piece was."""
    return [
        Evidence(parse_instant(piece["time"]), piece["event"], piece["source"], 0, piece["weight"]) for piece in pieces
    ]


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
