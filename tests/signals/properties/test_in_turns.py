"""What is due for many, and news for many, comes in turns while events go on, also across restarts: of each customer
the same is decided."""

from itertools import chain
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.batch import Batch
from signals.calendar.instant import HOUR, MINUTE
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
    """Everybody consents, takes out car insurance and leaves a quote unfinished; then some days with news and all else
    that happens, out of order within a day."""
    events: list[Event] = []

    def happens(at: int, subject: str, happening: tuple[str, dict[str, Any]]) -> None:
        events.append(event_of(len(events), at, subject, happening))

    for subject in HOLDERS:
        marketing = {"purpose": "marketing", "given": True, "channels": ["email", "phone"]}
        happens(BEGIN, subject, ("consent.changed", marketing))
        happens(BEGIN, subject, ("consent.changed", {"purpose": "profiling", "given": True}))
        policy = {"policy": "P1", "product": "car", "change": "started", "premium": 60, "renewal_date": "2026-11-21"}
        happens(BEGIN + HOUR, subject, ("policy.changed", policy))
        happens(BEGIN + HOUR, subject, ("form.changed", {"form": "quote", "step": "saved", "product": "home"}))
    number, step = draw(st.integers(2, 25)), draw(st.sampled_from([20 * MINUTE, 4 * HOUR]))
    drawn = draw(st.binary(min_size=5 * number, max_size=5 * number))
    arrivals: dict[str, int] = {}
    for place in range(number):
        after, who, kind, which, delay = drawn[place * 5 : place * 5 + 5]
        kinds = _OWN_WORDS[kind % len(_OWN_WORDS)]
        happening = _NEWS if kind % 4 == 0 else kinds[which % len(kinds)]
        happens(BEGIN + 2 * HOUR + after * step, SUBJECTS[who % len(SUBJECTS)], happening)
        arrivals[events[-1].id] = events[-1].time + delay % 24 * HOUR
    return sorted(events, key=lambda event: (arrivals.get(event.id, event.time), event.id))


class Work:
    """Works on events, and keeps what comes of it; what is due for more than ``at_once``, and news for more, comes in
    turns. With ``restarts`` each piece of work is an engine's that begins with what the one before left."""

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
                batch = self._engine.process(left, self._at_once, self._at_once != ALL)
                self._keep(batch)
                if batch.left is None:
                    break
                left = chain((batch.left,), left)
            for _ in range(turns):
                self._turn()
        while self._engine.is_behind:
            self._turn()
        while self._engine.clock < END or self._engine.next_due() <= END:
            self._keep(self._engine.advance(END, self._at_once))
        return self

    def outcome(self) -> bytes:
        """Decisions and recommendations of each customer in their order, and the rows, whatever they heard before."""
        rows = {key: row for key, row in self._kept.rows_without_turns().items() if not key.startswith(OWN)}
        return msgspec.json.encode([sorted(kept.items()) for kept in (self.decisions, self.recommendations, rows)])

    def _turn(self) -> None:
        self.in_turns += self._engine.is_behind
        self._keep(self._engine.go_on(1))

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
def test_what_concerns_many_comes_in_turns_and_changes_nothing(
    events: list[Event], outcomes: set[int], data: st.DataObject
) -> None:
    events = with_outcomes(events, sorted(outcomes))
    at_once, cached_rows = data.draw(st.sampled_from([1, 2, 5])), data.draw(st.sampled_from([1, 4, 100]))
    between = [max(0, one % 8 - 4) for one in data.draw(st.binary(min_size=len(events), max_size=len(events)))]
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


def test_events_go_on_while_what_is_due_for_many_has_yet_to_fire() -> None:
    """Who has an event fires first, others in turns, or once they have waited for a day; it shows that they wait."""
    quote = ("form.changed", {"form": "quote", "step": "saved", "product": "home"})
    engine = Engine(pack())
    engine.process([event_of(number, BEGIN, subject, quote) for number, subject in enumerate(HOLDERS)])
    due = engine.next_due()
    visits = [
        event_of(100 + hours, due + hours * HOUR, who, ("web.viewed", {"url": "/"}))
        for hours, who in ((1, "customer:9"), (2, HOLDERS[5]), (25, "customer:9"))
    ]

    batch = engine.process(visits, at_once=2, in_turns=True)
    assert [one["customer"] for one in batch.decisions] == [HOLDERS[0], HOLDERS[1], HOLDERS[5], HOLDERS[2], HOLDERS[3]]
    assert (batch.left, engine.is_behind) == (visits[2], True)
    assert (engine.next_due(), engine.overdue(engine.clock)) == (due, 1)
    assert (engine.timers_due, engine.timers_fired) == (5, 5)

    batch = engine.go_on(2)
    assert [one["customer"] for one in batch.decisions] == [HOLDERS[4]]
    assert not engine.is_behind
    assert engine.process([visits[2]], at_once=2, in_turns=True).left is None


def test_a_tick_waits_for_all_that_is_due() -> None:
    quote = ("form.changed", {"form": "quote", "step": "saved", "product": "home"})
    engine = Engine(pack())
    engine.process([event_of(number, BEGIN, subject, quote) for number, subject in enumerate(HOLDERS)])
    tick = event_of(100, engine.next_due(), "", ("clock.ticked", {}))
    left, pieces = [tick], 0
    while left:
        batch = engine.process(left, at_once=2, in_turns=True)
        left, pieces = [batch.left] if batch.left is not None else [], pieces + 1
    assert (pieces, engine.timers_fired, engine.clock) == (3, 6, tick.time)


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
        assert engine.is_behind
        batches.append(engine.process([left], at_once=2))
        left = batches[-1].left
    heard = [one["customer"] for batch in batches for one in batch.decisions]
    assert not engine.is_behind
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
    assert engine.is_behind
    batch = engine.go_on(10)
    assert not engine.is_behind
    assert [one["customer"] for one in batch.decisions] == HOLDERS[1:4]
