"""Packed records come back as they were, small, and what isn't packed is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.customer.packing import pack, unpack

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(max_size=8), _VALUES, max_size=4), max_size=3))
def test_records_come_back_as_they_were(records: list[dict[str, Any]]) -> None:
    assert unpack(pack(records)) == records


def test_what_records_always_say_takes_no_room() -> None:
    gates = [{"gate": "consent", "verdict": "pass", "detail": "not needed for this class"}] * 5
    assert len(pack([{"status": "released", "reason": "RELEASED", "gates": gates}])) < 32


@pytest.mark.parametrize("packed", [b"", b"\x00", b"\xff" + pack([])[1:], pack([{"a": "b"}])[:-3]])
def test_what_is_not_packed_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="packed"):
        unpack(packed)
