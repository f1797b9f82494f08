"""To which shard an event goes is ours to say: by its subject, or by where a load put what it links together."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import pytest

from streams.cluster.homes import HOME
from streams.cluster.records import STRUCTURED
from streams.cluster.routing import Router, Sorted, shard_of

COUNT = 8
OWN, OTHER = "customer:1", "customer:2"


class Record(NamedTuple):
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    offset: int = 0
    timestamp: int = 0
    key: bytes | None = None


def sorted_at(shard: int, headers: Sequence[tuple[str, bytes]], **extensions: str) -> Sorted:
    event = {
        "specversion": "1.0",
        "id": "e1",
        "source": "/test",
        "type": "web.searched",
        "time": "2026-03-02T10:00:00Z",
        "subject": OWN,
        "data": {"query": "x"},
        **extensions,
    }
    return Router(COUNT, shard, stamped=False).sort([Record(msgspec.json.encode(event), headers)])


@pytest.mark.parametrize("headers", [(), STRUCTURED, [*STRUCTURED, ("ce_resolvedsubject", OTHER.encode())]])
def test_what_an_event_carries_places_it_nowhere(headers: Sequence[tuple[str, bytes]]) -> None:
    own = shard_of(OWN, COUNT)
    found = sorted_at(own, headers, resolvedsubject=OTHER)
    assert (len(found.mine), found.forwards) == (1, [])
    (forward,) = sorted_at(shard_of(OTHER, COUNT), headers, resolvedsubject=OTHER).forwards
    assert forward.shard == own


def test_the_last_header_of_its_name_says_how_a_value_is_read() -> None:
    attributes = {"specversion": "1.0", "id": "e1", "source": "/test", "type": "web.searched", "subject": OWN}
    attributes["time"] = "2026-03-02T10:00:00Z"
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    record = Record(b'{"query":"x"}', [*STRUCTURED, *headers, ("content-type", b"application/json")])
    (event,) = Router(COUNT, shard_of(OWN, COUNT), stamped=False).sort([record]).mine
    assert event.data == {"query": "x"}


@pytest.mark.parametrize(("home", "shard"), [(OTHER, shard_of(OTHER, COUNT)), ("", shard_of("", COUNT))])
def test_a_load_places_what_belongs_together(home: str, shard: int) -> None:
    assert len(sorted_at(shard, [*STRUCTURED, (HOME, home.encode())]).mine) == 1


def test_bytes_in_our_header_that_are_no_text_stop_nobody() -> None:
    assert sorted_at(0, [*STRUCTURED, (HOME, b"\xff\xfe")]).refused == []
