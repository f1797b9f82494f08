"""What must hold in every history, at every moment."""

from collections import Counter
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signals.calendar.instant import DAY, MINUTE, Instant, parse_instant
from signals.config import Config
from signals.customer.bounds import REFUSED_KEPT, TOUCHES_KEPT
from signals.customer.codec import decode_customer, encode_customer, next_due_of, products_of
from signals.customer.rows import ERASED
from signals.customer.state import Customer
from signals.customer.underway import Refused
from signals.customer.word_of_mouth import TELLINGS_KEPT
from signals.decision.holdout import draw
from signals.engine import Engine
from signals.events.event import Event
from signals.triggers.belief import DENIAL
from tests.signals.properties.histories import CUSTOMERS, END, histories, pack

MANY = settings(max_examples=1000)
Record = dict[str, Any]


class Watch:
    """Looks at everything the engine publishes, one step after another."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.decisions: dict[str, Record] = {}
        self.records: dict[str, Record] = {}
        self.candidates: Counter[str] = Counter()

    def step(self, batch: Any) -> None:
        for record in batch.recommendations:
            self._follows(self.records.get(record["id"]), record)
            self.records[record["id"]] = record
        for decision in batch.decisions:
            self.candidates[decision["trigger"]] += decision["id"] not in self.decisions
            self._stands(self.decisions.get(decision["id"]), decision)
            self.decisions[decision["id"]] = decision
        self._is_conserved()
        for customer in self.engine.cached:
            self._is_cared_for(customer)
            self._speaks_of_needs_only(customer)
        for decision in batch.decisions:
            if decision["status"] == "released" and decision["class"] == "sales":
                self._is_within_caps(decision)

    def _follows(self, before: Record | None, record: Record) -> None:
        assert record["revision"] == (1 if before is None else before["revision"] + 1)
        assert before is None or before["reason"] != "RELEASED" or record["reason"] == "RELEASED"
        assert before is None or before["status"] in ("held", "released")

    def _stands(self, before: Record | None, decision: Record) -> None:
        """A reason that is terminal never changes."""
        assert before is None or before["reason"] in (decision["reason"], "QUIET_HOURS", "CAPACITY")

    def _is_conserved(self) -> None:
        reasons = Counter(decision["trigger"] for decision in self.decisions.values() if decision["reason"])
        assert reasons == self.candidates
        released = [(d["trigger"], d["recommendation"]) for d in self.decisions.values() if d["reason"] == "RELEASED"]
        assert len(released) == len(set(released))

    def _is_cared_for(self, customer: Customer) -> None:
        open_complaint = any(case.status != "closed" for case in customer.complaints.values())
        guarded = any(
            guard.since <= customer.clock < guard.until
            for causes in customer.guards.values()
            for guard in causes.values()
        )
        if open_complaint or guarded or customer.objected is not None or customer.erased is not None:
            live = [live.record["trigger"] for live in customer.live.values() if live.record["class"] == "sales"]
            assert live == []

    def _speaks_of_needs_only(self, customer: Customer) -> None:
        """No live recommendation rests on what was denied since, not even beside something else."""
        for live in customer.live.values():
            spoken = [(reason.trigger, reason.evidence) for reason in live.reasons]
            for trigger, evidence in spoken or [(live.trigger, live.record["evidence"])]:
                assert evidence
                denials = [piece.time for piece in customer.beliefs.get(trigger, ()) if piece.kind == DENIAL]
                assert parse_instant(max(piece["time"] for piece in evidence)) >= max(denials, default=0)

    def _is_within_caps(self, decision: Record) -> None:
        owner = self.engine.customer(decision["customer"])
        while owner is not None and owner.became is not None:
            owner = self.engine.customer(owner.became)
        assert owner is not None
        at = parse_instant(decision["decided"])
        others = [c for c in owner.contacts if c.purpose == "sales" and c.recommendation != decision["recommendation"]]
        assert not [contact for contact in others if at - DAY < contact.time <= at]
        assert len([contact for contact in others if at - 14 * DAY < contact.time <= at]) < 2


@MANY
@given(histories())
def test_candidates_are_conserved_reasons_stand_and_nobody_is_sold_to_who_must_not_be(events: list[Event]) -> None:
    engine = Engine(pack())
    watch = Watch(engine)
    for event in events:
        watch.step(engine.process([event]))
    for days in (1, 2, 7, 30, 400):
        watch.step(engine.advance(min(events[-1].time + days * DAY, END)))


@MANY
@given(histories(), st.data())
def test_no_path_leads_round_a_guard(events: list[Event], data: st.DataObject) -> None:
    """Not by merging, not by what arrives late, and not by a person who overrules whatever else was in the way."""
    engine = Engine(pack())
    delays = data.draw(st.binary(min_size=len(events), max_size=len(events)))
    late = sorted(
        (replace(event, arrival=event.time + delay * 5 * MINUTE) for event, delay in zip(events, delays, strict=True)),
        key=lambda event: event.arrival,
    )
    watch, decisions, asked = Watch(engine), dict[str, Record](), set[str]()

    def step(event: Event) -> None:
        decisions.update((decision["id"], decision) for decision in engine.process([event]).decisions)
        for customer in engine.cached:
            watch._is_cared_for(customer)

    for event in late:
        step(event)
        refused = [one for one in decisions.values() if one["reason"] in _OVERRULED and one["id"] not in asked]
        for decision in refused:
            asked.add(decision["id"])
            said = {"recommendation": decision["id"], "outcome": "overruled", "direction": "release", "by": "eva"}
            at, name = event.arrival, f"overrule {decision['id']}"
            step(Event(name, "/crm", "recommendation.outcome", at, at, decision["customer"], said))


_OVERRULED = frozenset({"NO_CONSENT", "CONSENT_EXPIRED", "PROMISE_FIRST", "SUPERSEDED", "NO_ADDRESS"})


@MANY
@given(histories(), st.integers(0, 2), st.lists(st.integers(0, 30), max_size=3))
def test_who_is_held_out_stays_so_over_merges_and_restarts(events: list[Event], salt: int, cuts: list[int]) -> None:
    holding = pack(holdout={"share": 0.5, "salt": str(salt)})
    rows: dict[str, bytes] = {}
    engine, groups = Engine(holding, load=rows.get), dict[str, set[bool]]()
    for place, event in enumerate([*events, None]):
        batch = engine.process([event]) if event is not None else engine.advance(END)
        for key, row in batch.rows.items():
            rows.pop(key, None)
            if row is not None:
                rows[key] = row
        for decision in batch.decisions:
            if decision["class"] == "sales" and decision["reason"] in ("HOLDOUT", "RELEASED"):
                groups.setdefault(decision["customer"], set()).add(decision["reason"] == "HOLDOUT")
        if place in cuts:
            clock, engine = engine.clock, Engine(holding, load=rows.get)
            engine.restore(list(rows.items()), clock=clock)
    for customer, held_out in groups.items():
        assert held_out == {draw(f"{salt}|1|{customer}") < 0.5}


@MANY
@given(histories())
def test_every_row_reads_back_as_it_was_written(events: list[Event]) -> None:
    engine = Engine(pack())
    rows: dict[str, bytes | None] = {}
    for event in events:
        rows |= engine.process([event]).rows
    erased = {key for key, row in rows.items() if row is None}
    assert len(erased) == sum(key.startswith(ERASED) for key in rows)
    for key, row in rows.items():
        if row is None or key.startswith(ERASED):
            continue
        customer = engine.customer(key)
        assert customer is not None
        assert decode_customer(row) == customer
        assert encode_customer(decode_customer(row)) == row
        assert next_due_of(row) == customer.next_due()
        active = {policy.product for policy in customer.policies.values() if policy.active}
        assert products_of(row) == ([] if customer.became else sorted(active)), "an alias holds nothing itself"


_SUMMED = ("touch_count", "referrals", "feedback", "orders")
_RHYTHM = ("gap_count", "gap_total", "gap_squares")
_OWN = {"key", "clock", "created", "became", "aliases", "erased", "timers", *_SUMMED, *_RHYTHM}


@MANY
@given(histories(without=("identity.linked", "privacy.requested", "market.changed", "contact.made"), most=40))
def test_merging_loses_no_field(events: list[Event]) -> None:
    """Whatever a row knew that the other did not, the merged one knows."""
    engine = Engine(pack(kill=["all"]))
    engine.process(events)
    known = {key: engine.customer(key) for key in ("device:d", *CUSTOMERS)}
    before = {key: decode_customer(encode_customer(row)) for key, row in known.items() if row is not None}
    last = events[-1].time
    data = {"from": "device:d", "to": "customer:1"}
    engine.process([Event("link", "/made", "identity.linked", last, last, "device:d", data)])
    if "device:d" not in before:
        return
    merged = engine.customer("customer:1")
    assert merged is not None
    weak, strong = before["device:d"], before["customer:1"]
    brought_by_each = [{telling.listener for telling in row.tellings if telling.listener} for row in (weak, strong)]
    twice = {"referrals": len(set.intersection(*brought_by_each))}
    for name in _SUMMED:
        assert getattr(merged, name) == getattr(weak, name) + getattr(strong, name) - twice.get(name, 0)
    if merged.touch_count == len(merged.touches):
        gaps = [later.time - earlier.time for earlier, later in pairwise(merged.touches)]
        assert merged.gap_total == sum(gap for gap in gaps if gap >= DAY // 2)
    else:
        assert merged.gap_total == weak.gap_total + strong.gap_total
    for name in set(Customer.__struct_fields__) - _OWN:
        value, own, joined = getattr(weak, name), getattr(strong, name), getattr(merged, name)
        if isinstance(value, dict):
            spent = _spent(name, value, own, merged.clock - Config().dedup_window.milliseconds)
            assert set(value) | set(own) <= set(joined) | spent, name
        elif isinstance(value, list):
            known_ones = [one for one in [*value, *own] if not (name == "refused" and _is_over(merged, one))]
            assert len(joined) >= min(len(known_ones), _KEPT.get(name, 1000)), name
        elif value:
            assert joined, name
    assert engine.customer("device:d").became == "customer:1"  # type: ignore[union-attr]


_KEPT = {"touches": TOUCHES_KEPT, "refused": REFUSED_KEPT, "tellings": TELLINGS_KEPT}


def _is_over(customer: Customer, refused: Refused) -> bool:
    """Whether what was refused isn't wanted any more: either row had denied the need, or was in touch meanwhile."""
    if refused.trigger in ("relationship.growing_apart", "purchase.replenishment"):
        return any(touch.time > refused.evidence[-1].time for touch in customer.touches)
    return any(piece.kind == DENIAL for piece in customer.beliefs.get(refused.trigger, ()))


def _spent(name: str, value: dict[Any, Any], own: dict[Any, Any], oldest: int) -> set[Any]:
    """Counts that reached their number by the merge are spent by the firing; old events can't come twice any more."""
    if name == "seen":
        return {digest for digest, time in [*value.items(), *own.items()] if time < oldest}
    return set(value) if name == "counts" else set()


@MANY
@given(histories(without=("identity.linked",)), st.integers(0, 20))
def test_after_erasure_nothing_derived_remains_and_replay_cannot_bring_it_back(events: list[Event], place: int) -> None:
    engine = Engine(pack())
    cut = min(place, len(events))
    at: Instant = events[cut - 1].time if cut else events[0].time
    engine.process(events[:cut])
    erase = Event("erase", "/made", "privacy.requested", at, at, "customer:1", {"kind": "erase"})
    engine.process([erase])
    engine.process(events[cut:])
    rows = engine.process(events).rows
    left = engine.customer("customer:1")
    assert left is not None
    assert left == Customer(key="customer:1", erased=left.erased, clock=left.clock)
    assert rows.get("customer:1") in (None, encode_customer(left))
    assert msgspec.json.encode(engine.advance(END).recommendations).count(b'"customer:1"') == 0
