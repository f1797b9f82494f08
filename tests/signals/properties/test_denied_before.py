"""A denial that comes in before what it denies leads to the same, byte for byte, as in order: state and decisions."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.calendar.instant import HOUR, MINUTE
from signals.engine import Engine
from signals.events.event import Event
from tests.signals.properties.histories import BEGIN, END, pack

CUSTOMER = "customer:1"
NEEDS = {
    "move": ("Wij gaan verhuizen.", "De verhuizing gaat niet door."),
    "car_purchase": ("Ik heb een auto gekocht.", "De koop van de auto gaat niet door."),
    "marriage": ("Wij gaan trouwen.", "Wij gaan toch niet trouwen."),
    "birth": ("Mijn vrouw is zwanger.", "Mijn vrouw is helaas toch niet zwanger."),
}
POLICIES = {
    "home_purchase": ("mortgage", "cancelled"),
    "e_bike": ("bike", "lapsed"),
    "pet": ("pet", "cancelled"),
}
NOISE: list[tuple[str, dict[str, Any]]] = [  # nothing that fires itself: that goes by what is known at that moment
    ("contact.received", {"channel": "phone"}),
    ("contact.made", {"channel": "email", "purpose": "service"}),
    ("payment.changed", {"status": "paid"}),
]


def event(number: int, minute: int, type_: str, data: dict[str, Any]) -> Event:
    at = BEGIN + 10 * HOUR + minute * MINUTE
    return Event(f"e{number}", "/made", type_, at, at, CUSTOMER, data)


@st.composite
def told(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """What was said or done of one need and then denied, among other things: in order, and as it arrives."""
    minutes = draw(st.lists(st.integers(1, 9 * 60), min_size=2, max_size=5, unique=True).map(sorted))
    need = draw(st.sampled_from([*NEEDS, *POLICIES]))
    if need in NEEDS:
        ends = [("contact.received", {"channel": "email", "text": text}) for text in NEEDS[need]]
    else:
        product, change = POLICIES[need]
        start = {"policy": "P1", "product": product, "change": "started"}
        ends = [("policy.changed", start), ("policy.changed", {**start, "change": change})]
    places = sorted(draw(st.permutations(range(len(minutes))))[:2])
    happened = [draw(st.sampled_from(NOISE)) for _ in minutes]
    happened[places[0]], happened[places[1]] = ends
    consents: list[tuple[str, dict[str, Any]]] = [
        ("consent.changed", {"purpose": "marketing", "given": draw(st.booleans()), "channels": ["email", "phone"]}),
        ("consent.changed", {"purpose": "profiling", "given": True}),
    ]
    first = [event(number, number - 60, *consent) for number, consent in enumerate(consents)]
    later = [event(number, *what) for number, what in enumerate(_rows(minutes, happened), len(first))]
    return [*first, *later], [*first, *draw(st.permutations(later))]


def _rows(minutes: list[int], happened: list[tuple[str, dict[str, Any]]]) -> list[tuple[int, str, dict[str, Any]]]:
    return [(minute, *what) for minute, what in zip(minutes, happened, strict=True)]


def outcome(events: list[Event]) -> tuple[bytes, dict[str, Any]]:
    """The last word on everything, and the row by its fields."""
    engine = Engine(pack(quiet_hours={}))
    arrived, batches = 0, []
    for one in events:
        arrived = max(arrived, one.time)
        batches.append(engine.process([msgspec.structs.replace(one, arrival=arrived)]))
    customer = engine.customer(CUSTOMER)
    row = {field: msgspec.to_builtins(getattr(customer, field)) for field in type(customer).__struct_fields__}
    batches.append(engine.advance(END))
    decisions = {decision["id"]: decision for batch in batches for decision in batch.decisions}
    records = {record["id"]: record for batch in batches for record in batch.recommendations}
    return msgspec.json.encode([sorted(decisions.items()), sorted(records.items())]), row


@settings(max_examples=300, print_blob=True)
@given(told())
def test_what_was_denied_before_it_was_told_ends_as_in_order(both: tuple[list[Event], list[Event]]) -> None:
    in_order, as_it_came = both
    expected, found = outcome(in_order), outcome(as_it_came)
    assert found[0] == expected[0]
    for field, value in expected[1].items():
        assert found[1][field] == value, field
