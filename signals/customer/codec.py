"""Customer rows as bytes: a version, the next due moment, then MessagePack.

The first nine bytes are the version and the next due moment (big-endian), then come the active products (a length
byte and their names; an alias holds none), so that the index of due rows and that of who holds what can be rebuilt
without decoding. The few who hold more than fits have a comma there that no name follows: their rows are decoded.

Fields are only ever appended to the records, with defaults, so an older row of the same version loads as it is, and the
last fields of a customer are left out while they hold nothing. Where that isn't enough, ``_UPGRADES`` turns the plain
arrays of one version into the next.
"""

import struct
from collections.abc import Callable
from typing import Any

import msgspec

from signals.calendar.instant import Instant
from signals.customer.state import Customer
from signals.customer.underway import NEVER

VERSION = 2
_HEADER = struct.Struct(">Bq")
_NOTHING = struct.pack(">qB", NEVER, 0)
"""After the version: nothing is due, no products are held."""
_LONGEST = 255
_MORE = b","
"""In place of names that are too long together."""
_COMMA = "\x1f"
"""In place of a comma in the name of a product: one stands between names."""
_ARRAY = struct.Struct(">BH")
_ARRAY_16 = 0xDC
"""How an array of more than fifteen fields begins."""
_FIELDS = len(Customer.__struct_fields__)
_SELDOM = Customer.__struct_fields__[:-15:-1]
"""The last fields, the last one first; each is one byte while it is empty."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Customer).decode


class RowError(ValueError):
    """A row that can't be read; says which version it claims to be."""


def encode_customer(customer: Customer) -> bytes:
    """Encode one row."""
    products = _active_products(customer) if customer.policies and customer.became is None else b""
    for live in (*customer.live.values(), *customer.taken_back.values()):
        live.pack()
    header = _HEADER.pack(VERSION, customer.next_due()) + bytes([len(products)]) + products
    return b"".join((header, *_fields_of(customer)))


def _fields_of(customer: Customer) -> tuple[bytes, memoryview]:
    """The array of its fields: how many these are, and the fields, without the last of which each is one empty byte."""
    fields, empty = _encode(customer), 0
    while empty < len(_SELDOM) and not getattr(customer, _SELDOM[empty]):
        empty += 1
    return _ARRAY.pack(_ARRAY_16, _FIELDS - empty), memoryview(fields)[_ARRAY.size : len(fields) - empty]


def _active_products(customer: Customer) -> bytes:
    active = customer.products_held
    names = ",".join(sorted(active))
    if names.count(",") >= len(active) > 0:
        names = ",".join(sorted(name.replace(",", _COMMA) for name in active))
    products = names.encode()
    return products if len(products) <= _LONGEST else _MORE


def decode_customer(row: bytes) -> Customer:
    """Decode one row, upgrading older versions; raises ``RowError`` for newer or broken ones."""
    version = row[0] if row else 0
    try:
        if version == VERSION:
            return _decode(_body(row))
        return _upgrade(version, row)
    except (msgspec.MsgspecError, IndexError) as error:
        raise RowError(f"a customer row of version {version} can't be decoded: {error}") from error


def head_of(row: bytes) -> bytes | None:
    """The beginning of an encoded row, enough for ``next_due_of`` and ``products_of``; ``None`` when neither finds
    anything in it. All of it where the products don't fit there."""
    if row[1 : _HEADER.size + 1] == _NOTHING:
        return None
    return row if _names_in(row) == _MORE else row[: _HEADER.size + 1 + row[_HEADER.size]]


def next_due_of(row: bytes) -> Instant:
    """The next due moment of an encoded row, or of its head, without decoding it."""
    due: Instant = _HEADER.unpack_from(row)[1]
    return due


def products_of(row: bytes) -> list[str]:
    """The products an encoded row holds an active policy of, as a rule without decoding it; its head is enough."""
    names = _names_in(row)
    if names == _MORE:
        return sorted(decode_customer(row).products_held)
    return [name.replace(_COMMA, ",") for name in names.decode().split(",")] if names else []


def _names_in(row: bytes) -> bytes:
    start = _HEADER.size + 1
    return row[start : start + row[_HEADER.size]]


def _body(row: bytes) -> memoryview:
    return memoryview(row)[_HEADER.size + 1 + row[_HEADER.size] :]


def _from_version_1(fields: list[Any]) -> list[Any]:
    """Version 1 told the names of timers and episodes twice, live recommendations by the names of their fields, and
    how the last ones had ended."""
    episodes, timers, lives = (fields[place] if place < len(fields) else {} for place in (_EPISODES, _TIMERS, _LIVE))
    for episode in episodes.values():
        episode[_NAME:] = [name.rpartition("@")[0] for name in episode[_NAME:]]
    for timer in timers.values():
        del timer[_OWNER_AND_KEY]
    for key, live in lives.items():
        record, decision, *rest = live.values()
        lives[key] = [[record, decision], *rest]
    del fields[_ENDED : _ENDED + 1]
    return fields


_NAME, _OWNER_AND_KEY = 3, slice(1, 3)
_EPISODES, _TIMERS, _LIVE, _ENDED = 19, 20, 21, 22
_UPGRADES: dict[int, Callable[[list[Any]], list[Any]]] = {1: _from_version_1}


def _upgrade(version: int, row: bytes) -> Customer:
    if version > VERSION or version not in _UPGRADES:
        raise RowError(
            f"a customer row has version {version}, this program reads up to {VERSION}: start the release that wrote it"
        )
    fields = msgspec.msgpack.decode(_body(row))
    for step in range(version, VERSION):
        fields = _UPGRADES[step](fields)
    return msgspec.convert(fields, Customer)
