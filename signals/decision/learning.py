"""Learning: what became of recommendations calibrates how probable the next of the same kind is held to be.

Per trigger, channel and segment what was right and what was wrong is counted. A trigger's own probability p weighs as
much as ``prior`` outcomes: with r right and w wrong ones the posterior Beta(prior·p + r, prior·(1 − p) + w) has the
mean (prior·p + r) / (prior + r + w), and that takes p's place in the decision. Without outcomes p stays what it is.

A lesson counts from the next local midnight on, and every shard is told of it: so all decide alike on the same day,
whichever of them learnt it, and in whatever order the lessons of a day come in.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import msgspec

from signals.calendar.instant import Instant
from signals.calendar.local_clock import LocalClock
from signals.customer.state import Customer
from signals.customer.underway import Given
from signals.evaluation.interval import wilson
from signals.events.event import Event

LEARNT = "outcome.learnt"
"""Internal event: a lesson, told to every other shard."""

RIGHT = frozenset({"accepted", "converted"})
WRONG = frozenset({"declined", "complained", "wrong", "overruled"})
_LATELY = 50
_ENOUGH = 20


class Lesson(msgspec.Struct, array_like=True, frozen=True, order=True):
    """One recommendation that turned out right or wrong."""

    time: Instant
    recommendation: str
    right: bool
    stated: float
    """How probable it was held to be when it was released."""


class Track(msgspec.Struct, array_like=True):
    """The record of one trigger, channel and segment: what has settled, and the lessons of the last days."""

    right: int = 0
    wrong: int = 0
    stated: float = 0.0
    lately: str = ""
    """The last of them, oldest first: ``+`` right, ``-`` wrong."""
    fresh: list[Lesson] = []


class Overrule(msgspec.Struct, frozen=True):
    """How often people overruled one reason of one trigger, ``release`` or ``stop``; of released ones the reason is
    ``RELEASED``."""

    trigger: str
    reason: str
    direction: str
    count: int


def added(overrules: Iterable[Overrule]) -> list[Overrule]:
    """Those of several shards as one count for each trigger, reason and direction."""
    counts: dict[tuple[str, str, str], int] = {}
    for one in overrules:
        slot = (one.trigger, one.reason, one.direction)
        counts[slot] = counts.get(slot, 0) + one.count
    return [Overrule(*slot, count) for slot, count in sorted(counts.items())]


class _Kept(msgspec.Struct, array_like=True):
    """The state as bytes; at first it was the tracks alone."""

    tracks: dict[str, Track]
    overrules: dict[str, int] = {}


class Precision(msgspec.Struct, frozen=True):
    """How often recommendations of one kind were right, with its 95 % interval, beside how probable we held them."""

    trigger: str
    channel: str
    segment: str
    outcomes: int
    right: int
    low: float
    high: float
    stated: float
    lately: float
    """The share that was right among the last fifty."""
    drifts: bool
    """Whether what we state, or what came lately, lies outside the interval."""


def segment_of(customer: Customer) -> str:
    """The part of all people that a customer belongs to: prospect, buyer, or with active contracts."""
    active = len([policy for policy in customer.policies.values() if policy.active])
    if active:
        return "one contract" if active == 1 else "more contracts"
    return "buyer" if customer.orders else "prospect"


class Learning:
    """The lessons of a shard. ``prior``: as how many outcomes a trigger's own probability counts; None: no learning."""

    def __init__(self, clock: LocalClock, lateness: int, prior: int | None) -> None:
        self._clock = clock
        self._lateness = lateness
        self._prior = prior
        self._tracks: dict[str, Track] = {}
        self._days: dict[str, dict[int, Counter[bool]]] = {}
        """Of each track the lessons that have not settled, by local day: how many right ones, and how many wrong. A
        desk teaches thousands a day, and each decision asks for their number."""
        self._overrules: dict[str, int] = {}
        """By trigger, reason and direction."""
        self.is_empty = True
        """Whether nothing was learnt yet."""
        self.changed_since_encoded = False

    def calibrated(self, stated: float, trigger: str, channel: str, segment: str, now: Instant) -> float:
        """The probability after what was learnt until the day of ``now``."""
        slot = _slot(trigger, channel, segment)
        track = self._tracks.get(slot)
        if track is None or self._prior is None:
            return stated
        today, right, wrong = self._clock.ordinal(now), track.right, track.wrong
        for day, counted in self._days[slot].items():
            if day < today:
                right, wrong = right + counted[True], wrong + counted[False]
        count = right + wrong
        return (self._prior * stated + right) / (self._prior + count) if count else stated

    def lesson(self, given: Given, recommendation: str, event: Event) -> Event | None:
        """What an outcome teaches, as an event for all shards; None when it says nothing of right or wrong."""
        outcome = event.data["outcome"]
        if self._prior is None or outcome not in RIGHT | WRONG:
            return None
        data = msgspec.structs.asdict(given) | {"recommendation": recommendation, "right": outcome in RIGHT}
        return Event(f"{event.id}#learnt", event.source, LEARNT, event.time, event.arrival, "", data)

    def note(self, event: Event) -> None:
        """Take note of a lesson."""
        data = event.data
        slot = _slot(data["trigger"], data["channel"], data["segment"])
        track = self._tracks.setdefault(slot, Track())
        self.is_empty = False
        lesson = Lesson(event.time, data["recommendation"], data["right"], data["stated"])
        insort(track.fresh, lesson)
        self._count(slot, lesson, 1)
        oldest = self._clock.midnight(self._clock.ordinal(event.time - self._lateness) - 1)
        # Older ones settle: no decision is made any more on a day that they would be too early for.
        settling = bisect_left(track.fresh, oldest, key=_time)
        for lesson in track.fresh[:settling]:
            _settle(track, lesson)
            self._count(slot, lesson, -1)
        del track.fresh[:settling]
        self.changed_since_encoded = True

    def _count(self, slot: str, lesson: Lesson, number: int) -> None:
        days, day = self._days.setdefault(slot, {}), self._clock.ordinal(lesson.time)
        counted = days.setdefault(day, Counter())
        counted[lesson.right] += number
        if not counted.total():
            del days[day]

    def overruled(self, trigger: str, reason: str, direction: str) -> None:
        """Count that a person overruled a decision; each shard counts those of its own customers."""
        slot = _slot(trigger, reason, direction)
        self._overrules[slot] = self._overrules.get(slot, 0) + 1
        self.changed_since_encoded = True

    def overrules(self) -> list[Overrule]:
        """How often what was overruled, by trigger, reason and direction."""
        counted = []
        for slot, count in sorted(self._overrules.items()):
            trigger, reason, direction = slot.rsplit("|", 2)
            counted.append(Overrule(trigger, reason, direction, count))
        return counted

    def precisions(self) -> list[Precision]:
        """What all lessons so far came to, by trigger, channel and segment."""
        return [_precision(slot, track) for slot, track in sorted(self._tracks.items())]

    def encode(self) -> bytes:
        """The state as bytes."""
        self.changed_since_encoded = False
        return msgspec.msgpack.encode(_Kept(self._tracks, self._overrules))

    def restore(self, row: bytes) -> None:
        """Take up an encoded state."""
        kept = msgspec.msgpack.decode(row, type=dict[str, Track] | _Kept)
        self._tracks, self._overrules = (kept.tracks, kept.overrules) if isinstance(kept, _Kept) else (kept, {})
        self.is_empty = not self._tracks
        self._days = {slot: {} for slot in self._tracks}
        for slot, track in self._tracks.items():
            for lesson in track.fresh:
                self._count(slot, lesson, 1)


_time = attrgetter("time")


def _settle(track: Track, lesson: Lesson) -> None:
    track.right += lesson.right
    track.wrong += not lesson.right
    track.stated = round(track.stated + lesson.stated, 4)
    track.lately = (track.lately + ("+" if lesson.right else "-"))[-_LATELY:]


def _precision(slot: str, track: Track) -> Precision:
    whole: Any = msgspec.structs.replace(track)
    for lesson in track.fresh:
        _settle(whole, lesson)
    trigger, channel, segment = slot.rsplit("|", 2)
    count = whole.right + whole.wrong
    share = wilson(whole.right, count)
    assert share.low is not None
    assert share.high is not None
    stated, lately = round(whole.stated / count, 4), round(whole.lately.count("+") / len(whole.lately), 4)
    outside = any(not share.low <= figure <= share.high for figure in (stated, lately))
    return Precision(
        trigger, channel, segment, count, whole.right, round(share.low, 4), round(share.high, 4), stated, lately,
        drifts=count >= _ENOUGH and outside,
    )  # fmt: skip


def _slot(trigger: str, *kind: str) -> str:
    """The trigger first: its name may hold the text of a product, and so any sign."""
    return "|".join((trigger, *kind))
