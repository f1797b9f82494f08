"""Customer rows written by earlier releases keep loading, and versions go up step by step."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from signals.customer import codec
from signals.customer.codec import RowError, decode_customer, encode_customer, next_due_of, products_of
from signals.customer.state import Customer, Policy

STORED = Path(__file__).parent / "customer_row_v1.bin"


def test_a_row_of_version_1_loads_with_all_it_held() -> None:
    row = STORED.read_bytes()
    customer = decode_customer(row)
    assert customer.key == "customer:1001"
    assert customer.policies["A1"].product == "car"
    assert customer.consents["marketing"]["email"].given
    assert customer.touch_count == 3
    assert next_due_of(row) == customer.next_due()
    assert products_of(row) == ["car", "health"]
    assert decode_customer(encode_customer(customer)) == customer


def test_the_index_of_products_never_cuts_a_name() -> None:
    names = [f"é{number:02}" * 8 for number in range(12)]
    policies = {name: Policy(name, active=True) for name in names}
    row = encode_customer(Customer(key="customer:1", policies=policies))
    assert products_of(row) == names[:7]
    assert decode_customer(row).policies == policies


def test_a_field_that_is_added_later_is_filled_with_its_default() -> None:
    fields: list[Any] = msgspec.msgpack.decode(msgspec.msgpack.encode(Customer(key="customer:1")))
    header = encode_customer(Customer(key="customer:1"))[:10]
    shorter = header + msgspec.msgpack.encode(fields[:10])
    assert decode_customer(shorter) == Customer(key="customer:1")


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

    steps = {1: lambda fields: renamed(fields, "-a"), 2: lambda fields: renamed(fields, "-b")}
    monkeypatch.setattr(codec, "VERSION", 3)
    monkeypatch.setattr(codec, "_UPGRADES", steps)
    customer = decode_customer(old)
    assert (customer.key, customer.touch_count) == ("customer:1-a-b", 3)
