"""Customer rows written by earlier releases keep loading, and versions go up step by step."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from signals.customer import codec
from signals.customer.codec import RowError, decode_customer, encode_customer, head_of, next_due_of, products_of
from signals.customer.facts import Policy
from signals.customer.state import Customer
from signals.customer.underway import Given, owner_and_key
from signals.decision.gates import GATES

STORED = Path(__file__).parent / "customer_row_v1.bin"
LIVE = Path(__file__).parent / "customer_row_v1_live.bin"


def test_a_row_of_version_1_loads_with_all_it_held() -> None:
    row = STORED.read_bytes()
    customer = decode_customer(row)
    assert customer.key == "customer:1001"
    assert customer.policies["A1"].product == "car"
    assert customer.consents["marketing"]["email"].given
    assert customer.touch_count == 3
    assert {owner_and_key(slot) for slot in customer.timers} >= {("@calendar", ""), ("renewal", "A1")}
    assert customer.episodes["guard.complaint"].name == "K1@2026-03-05T10:00:00Z"
    assert next_due_of(row) == customer.next_due()
    assert products_of(row) == ["car", "health"]
    assert decode_customer(encode_customer(customer)) == customer


def test_live_recommendations_of_a_row_of_version_1_are_as_they_were_published() -> None:
    customer = decode_customer(LIVE.read_bytes())
    assert [(live.trigger, live.record["id"], live.decision["recommendation"]) for live in customer.live.values()] == [
        ("renewal", "rec_53fec3fed7a247f8b051", "rec_53fec3fed7a247f8b051"),
        ("relationship.complaint_open", "rec_ba60a21a1f95f2c0048d", "rec_ba60a21a1f95f2c0048d"),
    ]
    published = [live.record for live in customer.live.values()]
    assert all(record["why"]["nl"] and len(record["gates"]) > len(GATES) for record in published)
    row = encode_customer(customer)
    assert len(row) < len(LIVE.read_bytes()) / 2
    assert [live.record for live in decode_customer(row).live.values()] == published
    assert decode_customer(row).events == customer.events > 0


@pytest.mark.parametrize("many", [7, 8, 60])
def test_the_index_of_products_lacks_none_however_many_a_customer_holds(many: int) -> None:
    names = [f"{number:02}" + "x" * 30 for number in range(many)]
    held = Customer(key="customer:1", policies={name: Policy(product=name, active=True) for name in names})
    row = encode_customer(held)
    assert products_of(row) == products_of(head_of(row) or b"") == names
    assert decode_customer(row).policies == held.policies


def test_a_field_that_is_added_later_is_filled_with_its_default() -> None:
    fields: list[Any] = msgspec.msgpack.decode(msgspec.msgpack.encode(Customer(key="customer:1")))
    header = encode_customer(Customer(key="customer:1"))[:10]
    shorter = header + msgspec.msgpack.encode(fields[:10])
    assert decode_customer(shorter) == Customer(key="customer:1")


def test_the_last_fields_take_no_room_while_they_hold_nothing() -> None:
    bare = Customer(key="customer:1")
    assert len(encode_customer(bare)) < len(encode_customer(Customer(key="customer:1", heard="n"))) - 5
    for field, value in {"unjudged": {"r": Given("t", "c", "s", 0.5)}, "lives": "customer:2", "heard": "n"}.items():
        customer = replace(bare, **{field: value})
        assert decode_customer(encode_customer(customer)) == customer


def test_a_newer_row_is_refused_with_what_to_do() -> None:
    newer = bytes([codec.VERSION + 1]) + encode_customer(Customer(key="customer:1"))[1:]
    with pytest.raises(RowError, match=f"version {codec.VERSION + 1}.*start the release that wrote it"):
        decode_customer(newer)


@pytest.mark.parametrize("row", [b"", b"\x01", b"\x01" + bytes(8), encode_customer(Customer(key="c"))[:-1]])
def test_a_broken_row_is_refused(row: bytes) -> None:
    with pytest.raises(RowError):
        decode_customer(row)


def test_rows_are_upgraded_one_version_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if two versions had gone by, each of which renamed the customer."""
    old = encode_customer(Customer(key="customer:1", touch_count=3))

    def renamed(fields: list[Any], by: str) -> list[Any]:
        return [fields[0] + by, *fields[1:]]

    now = codec.VERSION
    steps = {now: lambda fields: renamed(fields, "-a"), now + 1: lambda fields: renamed(fields, "-b")}
    monkeypatch.setattr(codec, "VERSION", now + 2)
    monkeypatch.setattr(codec, "_UPGRADES", steps)
    customer = decode_customer(old)
    assert (customer.key, customer.touch_count) == ("customer:1-a-b", 3)
