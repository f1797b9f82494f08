"""Whatever is heaped on one subject, its row stays small enough for any topic, and goes on working."""

from typing import Any

import pytest
from msgspec.structs import replace

from signals.calendar.instant import DAY, MINUTE, Instant
from signals.customer.bounds import (
    ALIASES_KEPT,
    EVIDENCE_TOGETHER,
    HOUSEHOLD_KEPT,
    LIVE_KEPT,
    MOST_KEPT,
    REFUSED_TOGETHER,
)
from signals.customer.codec import decode_customer
from signals.engine import Engine
from signals.events.decode import decode_object
from signals.events.event import Event
from signals.events.shapes import LONGEST_NAME
from tests.signals.properties.histories import pack
from tests.signals.scenarios.driver import moment

LARGEST = 3 << 20
"""The topics take more than twice as much."""
HEAPED = 1_200
BEGIN = moment("2026-03-02T09:00")


def about(number: int, type_: str, data: dict[str, Any], time: Instant) -> Event:
    event = decode_object(
        {
            "specversion": "1.0",
            "id": f"{number}".rjust(LONGEST_NAME, "i"),
            "source": "s" * LONGEST_NAME,
            "type": type_,
            "time": "2026-01-01T00:00:00Z",
            "subject": "customer:0",
            "data": data,
        },
        arrival=moment("2026-01-01T01:00"),
    )
    assert isinstance(event, Event), event
    return Event(event.id, event.source, type_, time, time, event.subject, event.data)


def heaped(type_: str, number: int) -> dict[str, Any]:
    """Data that is about something else each time, with names as long as they may be."""
    name = f"{number}".rjust(LONGEST_NAME, "x")
    contents: dict[str, dict[str, Any]] = {
        "contact.received": {"channel": "phone", "case": name, "topic": name, "text": "Ik ben het helemaal zat."},
        "web.viewed": {"url": f"/{number}", "channel": name},
        "form.changed": {"form": name, "step": "started", "product": name},
        "policy.changed": {"policy": name, "product": name, "change": "started", "renewal_date": "2027-01-01"},
        "claim.changed": {"claim": name, "status": "rejected"},
        "complaint.changed": {"complaint": name, "status": "opened", "about": name},
        "promise.changed": {"promise": name, "status": "made", "due": "2026-08-03"},
        "consent.changed": {"purpose": "marketing", "given": True, "channels": [name]},
        "community.joined": {"community": name, "job": name},
        "order.placed": {"items": [{"sku": name, "quantity": 1}], "amount": 10},
        "payment.changed": {"status": "late", "policy": name},
    }
    return contents[type_]


TYPES = [
    *("contact.received", "web.viewed", "form.changed", "policy.changed", "claim.changed", "complaint.changed"),
    *("promise.changed", "consent.changed", "community.joined", "order.placed", "payment.changed"),
]


@pytest.mark.parametrize("type_", TYPES)
def test_a_row_on_which_everything_is_heaped_stays_small(type_: str) -> None:
    engine = Engine(pack(), write_through=False)
    engine.process(about(number, type_, heaped(type_, number), BEGIN + number * MINUTE) for number in range(HEAPED))
    row = engine.take_rows()["customer:0"]
    assert row is not None
    assert len(row) < LARGEST
    customer = decode_customer(row)
    assert customer.events == HEAPED
    assert len(customer.live) <= LIVE_KEPT
    engine.advance(BEGIN + 400 * DAY)


def test_what_made_room_is_withdrawn_in_public() -> None:
    engine = Engine(pack())
    told: dict[str, dict[str, Any]] = {}
    for number in range(LIVE_KEPT + 20):
        events = [about(number, "complaint.changed", heaped("complaint.changed", number), BEGIN + number)]
        told |= {record["id"]: record for record in engine.process(events).recommendations}
    withdrawn = [record for record in told.values() if record["status"] == "withdrawn"]
    assert len(told) - len(withdrawn) <= LIVE_KEPT
    assert any("made room" in record["gates"][-1]["detail"] for record in withdrawn)


def test_who_has_less_than_that_keeps_all() -> None:
    engine = Engine(pack())
    count = MOST_KEPT - 1
    engine.process(about(number, "policy.changed", heaped("policy.changed", number), BEGIN) for number in range(count))
    customer = engine.customer("customer:0")
    assert customer is not None
    assert len(customer.policies) == count


def test_an_address_where_hundreds_live_is_no_household() -> None:
    engine = Engine(pack(), write_through=False)
    for number in range(1, 60):
        data = {"from": "customer:0", "to": f"customer:{number}", "source_of_truth": "household"}
        engine.process([about(number, "identity.linked", data, BEGIN + number)])
    for number in (0, 1, 59):
        customer = engine.customer(f"customer:{number}")
        assert customer is not None
        assert len(customer.household) <= HOUSEHOLD_KEPT


def test_a_program_that_logs_in_from_another_device_each_time_stays_one_small_row() -> None:
    engine = Engine(pack(), write_through=False)
    for number in range(ALIASES_KEPT + 100):
        data = {"from": f"device:{number}", "to": "customer:0", "source_of_truth": "login"}
        event = Event(f"l{number}", "/login", "identity.linked", BEGIN + number, BEGIN + number, "customer:0", data)
        engine.process([event])
    customer = engine.customer("customer:0")
    assert customer is not None
    assert len(customer.aliases) == ALIASES_KEPT
    viewed = Event("v", "/web", "web.viewed", BEGIN + DAY, BEGIN + DAY, "device:0", {"url": "/"})
    engine.process([viewed])
    assert customer.touches[-1].event == "v", "a device that was forgotten is still theirs"


def test_what_many_devices_showed_of_one_person_adds_up_to_one_small_row() -> None:
    engine = Engine(pack(), write_through=False)
    happened: list[tuple[str, dict[str, Any]]] = [
        ("web.viewed", {"url": "/verhuizen"}),
        ("profile.changed", {"field": "marital_status", "new": "married"}),
        ("contact.received", {"channel": "chat", "topic": "claim"}),
    ]
    for number in range(HEAPED // 4):
        who, time = f"device:{number}", BEGIN + number * MINUTE
        linked = {"from": who, "to": "customer:0"}
        for type_, data in (*happened, ("identity.linked", linked)):
            engine.process([Event(f"{type_}{number}".rjust(LONGEST_NAME, "i"), "/web", type_, time, time, who, data)])
    customer = engine.customer("customer:0")
    assert customer is not None
    assert max(map(len, customer.beliefs.values())) <= EVIDENCE_TOGETHER
    assert len(customer.refused) <= REFUSED_TOGETHER
    row = engine.take_rows()["customer:0"]
    assert row is not None
    assert len(row) < LARGEST // 10


HEAPED_ON_DEVICES = [
    *("policy.changed", "claim.changed", "complaint.changed", "promise.changed", "consent.changed"),
    *("community.joined", "order.placed", "payment.changed"),
]


@pytest.mark.parametrize("by_way_of", ["customer:0", "email:jan@example.nl"])
@pytest.mark.parametrize("type_", HEAPED_ON_DEVICES)
def test_whatever_was_heaped_on_many_devices_of_one_person_is_one_small_row(type_: str, by_way_of: str) -> None:
    engine = Engine(pack(), write_through=False)
    told: dict[str, dict[str, Any]] = {}
    if by_way_of != "customer:0":
        data = {"from": by_way_of, "to": "customer:0"}
        engine.process([Event("link", "/crm", "identity.linked", BEGIN - 1, BEGIN - 1, by_way_of, data)])
    for number in range(HEAPED // 2):
        who, time = f"device:{number}", BEGIN + number * MINUTE
        happened = about(number, type_, heaped(type_, number), time)
        linked = Event(f"l{number}", "/crm", "identity.linked", time, time, who, {"from": who, "to": by_way_of})
        told |= {
            record["id"]: record for record in engine.process([replace(happened, subject=who), linked]).recommendations
        }
    rows = engine.take_rows()
    assert max(len(row) for row in rows.values() if row is not None) < LARGEST
    customer = engine.customer("customer:0")
    assert customer is not None
    assert len(customer.live) <= LIVE_KEPT
    assert {record["id"] for record in told.values() if record["status"] == "released"} == set(customer.live)
