"""News for many is told in turns while events go on, also across restarts: of each customer the same is decided."""

from itertools import chain
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signals.batch import Batch
from signals.calendar.instant import HOUR, MINUTE
from signals.customer.codec import decode_customer, encode_customer
from signals.engine import OWN, Engine
from signals.events.event import Event
from signals.moments import ALL
from signals.moving import BROUGHT
from tests.signals.properties.histories import BEGIN, END, HAPPENINGS, event_of, pack
from tests.signals.properties.kept import Kept

MANY = settings(max_examples=400)
HOLDERS = [f"customer:{number}" for number in range(6)]
SUBJECTS = [*HOLDERS, "device:d", "email:a@example.nl"]
_NEWS = ("market.changed", {"product": "car", "what": "premium", "competitor": "Rival", "premium": 15})
_OWN_WORDS = [kind for kind in HAPPENINGS if kind[0][0] != "clock.ticked"]


@st.composite
def days(draw: st.DrawFn) -> list[Event]:
    """Everybody consents and takes out car insurance; then some days with news and all else that happens, out of order
    within a day."""
    events: list[Event] = []

    def happens(at: int, subject: str, happening: tuple[str, dict[str, Any]]) -> None:
        events.append(event_of(len(events), at, subject, happening))

    for subject in HOLDERS:
        marketing = {"purpose": "marketing", "given": True, "channels": ["email", "phone"]}
        happens(BEGIN, subject, ("consent.changed", marketing))
        happens(BEGIN, subject, ("consent.changed", {"purpose": "profiling", "given": True}))
        policy = {"policy": "P1", "product": "car", "change": "started", "premium": 60, "renewal_date": "2026-11-21"}
        happens(BEGIN + HOUR, subject, ("policy.changed", policy))
    number = draw(st.integers(2, 25))
    drawn = draw(st.binary(min_size=5 * number, max_size=5 * number))
    arrivals: dict[str, int] = {}
    for place in range(number):
        after, who, kind, which, delay = drawn[place * 5 : place * 5 + 5]
        kinds = _OWN_WORDS[kind % len(_OWN_WORDS)]
        happening = _NEWS if kind % 4 == 0 else kinds[which % len(kinds)]
        happens(BEGIN + 2 * HOUR + after * 20 * MINUTE, SUBJECTS[who % len(SUBJECTS)], happening)
        arrivals[events[-1].id] = events[-1].time + delay % 24 * HOUR
    return sorted(events, key=lambda event: (arrivals.get(event.id, event.time), event.id))


class Work:
    """Works on events, and keeps what comes of it; news for more than ``at_once`` is told in turns. With ``restarts``
    each piece of work is an engine's that begins with what the one before left."""

    def __init__(self, at_once: int, cached_rows: int, restarts: bool) -> None:
        self.decisions: dict[str, list[dict[str, Any]]] = {}
        self.recommendations: dict[str, list[dict[str, Any]]] = {}
        self.in_turns = 0
        self._kept = Kept(cached_rows)
        self._at_once = at_once
        self._restarts = restarts
        self._engine = self._kept.begun()

    def work(self, events: list[Event], between: list[int]) -> "Work":
        """``between`` says after each event how many turns are given, each to one customer."""
        for event, turns in zip(events, between, strict=True):
            left = iter((event,))
            while True:
                batch = self._engine.process(left, self._at_once)
                self._keep(batch)
                if batch.left is None:
                    break
                left = chain((batch.left,), left)
            for _ in range(turns):
                self._turn()
        while self._engine.is_telling:
            self._turn()
        while self._engine.clock < END or self._engine.next_due() <= END:
            self._keep(self._engine.advance(END, self._at_once))
        return self

    def outcome(self) -> bytes:
        """Decisions and recommendations of each customer in their order, and the rows, whatever they heard before."""
        rows = {
            key: encode_customer(replace(decode_customer(row), heard=""))
            for key, row in self._kept.rows.items()
            if not key.startswith(OWN)
        }
        return msgspec.json.encode([sorted(kept.items()) for kept in (self.decisions, self.recommendations, rows)])

    def _turn(self) -> None:
        self.in_turns += self._engine.is_telling
        self._keep(self._engine.tell_on(1))

    def _keep(self, batch: Batch) -> None:
        for kept, records in ((self.decisions, batch.decisions), (self.recommendations, batch.recommendations)):
            for record in records:
                kept.setdefault(record["customer"], []).append(record)
        self._kept.keep(batch)
        if self._restarts:
            self._engine = self._kept.going_on_from(self._engine)


def with_outcomes(events: list[Event], places: list[int]) -> list[Event]:
    """And people say of some recommendations what became of them, in order: what they say late teaches those who have
    yet to hear of news from the day before."""
    told = Work(ALL, 100, False).work(events, [0] * len(events)).recommendations
    made = [one for records in told.values() for one in records if one["status"] == "released"]
    found = list(events)
    for place in places if made else ():
        one, after = made[place % len(made)], max(len(events) - place % 8, 1)
        at = max(event.time for event in events[:after])
        data = {"recommendation": one["id"], "outcome": ("accepted", "declined", "complained")[place % 3]}
        found.insert(after, Event(f"o{place}", "/made", "recommendation.outcome", at, at, one["customer"], data))
    return found


@MANY
@given(days(), st.sets(st.integers(0, 200), max_size=3), st.data())
def test_news_in_turns_changes_nothing(events: list[Event], outcomes: set[int], data: st.DataObject) -> None:
    events = with_outcomes(events, sorted(outcomes))
    at_once, cached_rows = data.draw(st.sampled_from([1, 2, 5])), data.draw(st.sampled_from([1, 4, 100]))
    between = [one % 4 for one in data.draw(st.binary(min_size=len(events), max_size=len(events)))]
    in_turns = Work(at_once, cached_rows, data.draw(st.booleans())).work(events, between)
    whole = Work(ALL, cached_rows, False).work(events, between)
    assert in_turns.outcome() == whole.outcome()
    assert whole.in_turns == 0


def test_the_last_has_their_turn_after_as_many_as_there_are() -> None:
    events: list[Event] = []
    for subject in HOLDERS:
        policy = {"policy": "P1", "product": "car", "change": "started", "premium": 60}
        events.append(event_of(len(events), BEGIN, subject, ("policy.changed", policy)))
    events.append(event_of(len(events), BEGIN + HOUR, "", _NEWS))
    work = Work(at_once=5, cached_rows=100, restarts=True).work(events, [0] * len(events))
    assert work.in_turns == len(HOLDERS)
    assert [work.decisions[subject][0]["trigger"] for subject in HOLDERS] == ["market.premium"] * len(HOLDERS)


def test_event_time_waits_for_those_who_have_not_heard_of_news_for_a_day() -> None:
    """Lessons that are older have settled, and would count for decisions that they came after."""
    events: list[Event] = []
    for subject in HOLDERS:
        policy = {"policy": "P1", "product": "car", "change": "started", "premium": 60}
        events.append(event_of(len(events), BEGIN, subject, ("policy.changed", policy)))
    news = event_of(100, BEGIN + HOUR, "", _NEWS)
    soon, later = (
        event_of(number, BEGIN + hours * HOUR, HOLDERS[0], ("web.viewed", {"url": "/"}))
        for number, hours in ((101, 25), (102, 26))
    )
    engine = Engine(pack())
    batches = [engine.process([*events, news, soon, later], at_once=2)]
    left: Event | None = batches[0].left
    assert (left, engine.clock) == (later, soon.time)
    batches.append(engine.advance(later.time, at_once=1))
    assert engine.clock == soon.time
    while left is not None:
        assert engine.is_telling
        batches.append(engine.process([left], at_once=2))
        left = batches[-1].left
    heard = [one["customer"] for batch in batches for one in batch.decisions]
    assert not engine.is_telling
    assert sorted(heard) == HOLDERS
    assert engine.clock == later.time


def test_a_row_that_comes_from_another_shard_is_not_told_what_came_before_it() -> None:
    """It heard where it was, also when it comes to stand behind those who have yet to hear."""
    policy = {"policy": "P1", "product": "car", "change": "started", "premium": 60}
    rows: dict[str, bytes] = {}
    elsewhere = Engine(pack(), rows.get)
    bought = event_of(0, BEGIN, "customer:9", ("policy.changed", policy))
    news = event_of(100, BEGIN + HOUR, "", _NEWS)
    batch = elsewhere.process([bought, news])
    assert [one["customer"] for one in batch.decisions] == ["customer:9"]
    row = batch.rows["customer:9"]

    engine = Engine(pack())
    here = [event_of(number, BEGIN, HOLDERS[number], ("policy.changed", policy)) for number in (1, 2, 3)]
    brought = Event("row.moved/customer:9", "/signals/load", BROUGHT, 0, 0, "customer:9", {"row": row})
    batch = engine.process([*here, news, brought], at_once=2)
    assert engine.is_telling
    batch = engine.tell_on(10)
    assert not engine.is_telling
    assert [one["customer"] for one in batch.decisions] == HOLDERS[1:4]
