"""The local copy is a prefix of the changelog, or it is thrown away."""

import struct
from pathlib import Path
from random import Random

import pytest
from rocksdict import Options, Rdict
from structlog.testing import capture_logs

from signals.calendar.instant import DAY, HOUR
from signals.customer.codec import VERSION, encode_customer, next_due_of, products_of
from signals.customer.facts import Policy
from signals.customer.state import Customer
from signals.customer.underway import NEVER, Timer
from signals.events.event import Event
from streams.cluster.store import NewerState, Store, forgotten_news, news_row, position_row
from tests.servers.waiting import until

NOW = 1_800_000_000_000
FIRST, SECOND, ALIAS = (
    encode_customer(Customer(key, **fields))
    for key, fields in [
        ("customer:1", {"policies": {"p": Policy("car_insurance", True)}}),
        ("customer:2", {"timers": {"t": Timer(NOW)}, "events": 2}),
        ("device:3", {"became": "customer:1"}),
    ]
)


def opened(folder: Path, origin: str = "topic-1", now: int = NOW) -> Store:
    return Store(folder, origin, now, 1 << 20)


def filled(folder: Path) -> None:
    store = opened(folder)
    rows = (b"customer:1", FIRST), (b"customer:2", SECOND), (b"device:3", ALIAS)
    store.write([*rows, position_row("events", 7, "first")], 3, NOW)
    store.write([(b"customer:2", None), (b"\x00learning/", b"learnt"), position_row("events", 9, "first")], 5, NOW)
    store.close()


@pytest.mark.parametrize("part", ["MANIFEST-*", "CURRENT", "*.sst"])
@pytest.mark.parametrize("gone", [True, False])
def test_a_damaged_copy_is_thrown_away(tmp_path: Path, part: str, gone: bool) -> None:
    filled(tmp_path / "s")
    for file in (tmp_path / "s").glob(part):
        if gone:
            file.unlink()
        else:
            file.write_bytes(Random(1).randbytes(file.stat().st_size))
    with capture_logs() as logs:
        store = opened(tmp_path / "s")
    assert (store.offset, list(store.rows())) == (0, [])
    assert [one["event"] for one in logs] in (["a local copy is damaged, and thrown away"], [])
    store.write([(b"customer:1", FIRST)], 3, NOW)
    store.close()
    assert list(opened(tmp_path / "s").customers()) == [("customer:1", FIRST)]


def test_a_copy_that_turns_out_damaged_when_it_is_read_is_thrown_away_by_the_next_start(tmp_path: Path) -> None:
    random, keys = Random(1), [f"\x00learning/{number:05}".encode() for number in range(2_000)]
    store = opened(tmp_path / "s")
    store.write([(key, random.randbytes(500)) for key in keys], 3, NOW)
    store.close()
    (file,) = (tmp_path / "s").glob("*.sst")
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(whole[: middle - 50_000] + bytes(100_000) + whole[middle + 50_000 :])
    store = opened(tmp_path / "s")
    assert store.offset == 3
    with pytest.raises(Exception, match="Corruption"):
        [store.get(key) for key in keys]
    store.close()
    again = opened(tmp_path / "s")
    assert (again.offset, list(again.rows())) == (0, [])


def test_rows_and_positions_are_found_again(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    store = opened(tmp_path / "s", now=NOW + HOUR)
    assert list(store.customers()) == [("customer:1", FIRST), ("device:3", ALIAS)]
    assert list(store.rows()) == [("\x00learning/", b"learnt"), *store.customers()]
    assert store.positions({"events": "first"}) == {"events": 9}
    assert store.offset == 5


def test_a_position_counts_in_the_topic_that_it_was_of(tmp_path: Path) -> None:
    store = opened(tmp_path / "s")
    of_an_earlier_release = b"\x00position/customers", struct.pack(">q", 5)
    store.write([position_row("events", 9, "first"), of_an_earlier_release], 2, NOW)
    assert store.positions({"events": "first", "customers": "any"}) == {"events": 9, "customers": 5}
    assert store.positions({"events": "second", "customers": "any"}) == {"customers": 5}


def test_a_start_reads_the_heads_of_rows_in_which_something_is_due_or_held(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    store = opened(tmp_path / "s", now=NOW + HOUR)
    (beside, learnt), (key, head) = store.heads()
    assert (beside, learnt, key) == ("\x00learning/", b"learnt", "customer:1")
    assert len(head) < len(FIRST)
    assert (next_due_of(head), products_of(head)) == (NEVER, ["car_insurance"])
    store.write([(b"customer:1", ALIAS), (b"customer:2", SECOND)], 6, NOW)  # one is due now, the other led elsewhere
    _, (key, head) = store.heads()
    assert (key, next_due_of(head), products_of(head)) == ("customer:2", NOW, [])


def test_a_copy_that_another_release_laid_out_otherwise_is_thrown_away(tmp_path: Path) -> None:
    before = Rdict(str(tmp_path / "s"), Options(raw_mode=True))
    before[b"customer:1"], before[b"\x00mark"] = FIRST, struct.pack(">qq", 7, NOW) + b"topic-1"
    before.close()
    store = opened(tmp_path / "s")
    assert (list(store.rows()), store.offset) == ([], 0)


def test_what_is_filled_in_is_merged_afterwards(tmp_path: Path) -> None:
    store, chance = opened(tmp_path / "s"), Random(1)
    with store.filling():
        for told in range(40):
            rows = [(f"device:{number}".encode(), ALIAS + chance.randbytes(2_000)) for number in range(200)]
            store.write(rows, told, NOW)
        filled = size(tmp_path / "s")
    assert [store.get(key) for key, _ in rows] == [row for _, row in rows]
    until(lambda: size(tmp_path / "s") < filled / 4, "what was written over is gone from the disk")
    store.close()
    assert [row for _, row in sorted(opened(tmp_path / "s").customers())] == [row for _, row in sorted(rows)]


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.sst"))


def test_rows_of_a_newer_release_are_not_taken(tmp_path: Path) -> None:
    store = opened(tmp_path / "s")
    with pytest.raises(NewerState, match=f"version {VERSION + 1}"):
        store.write([(b"customer:1", FIRST), (b"customer:2", bytes([VERSION + 1]) + SECOND[1:])], 3, NOW)
    assert list(store.rows()) == []


def test_news_is_kept_until_it_is_let_go(tmp_path: Path) -> None:
    store = opened(tmp_path / "s")
    first, second = (
        Event(f"n{at}", "/market", "market.changed", at, at, "market:NL", {"product": "car"}) for at in (NOW, NOW + DAY)
    )
    store.write([news_row(second), news_row(first)], 2, NOW)
    assert store.news() == [first, second]
    store.write([forgotten_news(first)], 3, NOW)
    assert store.news() == [second]


@pytest.mark.parametrize(("origin", "now"), [("topic-2", NOW), ("topic-1", NOW + DAY), ("topic-1", NOW - DAY)])
def test_a_copy_of_another_topic_or_too_old_a_copy_is_thrown_away(tmp_path: Path, origin: str, now: int) -> None:
    filled(tmp_path / "s")
    store = opened(tmp_path / "s", origin, now)
    assert (list(store.rows()), store.positions({}), store.offset) == ([], {}, 0)


def test_memory_is_what_is_configured_however_many_rows_there_are(tmp_path: Path) -> None:
    random, memory = Random(1), 4 << 20
    store = Store(tmp_path / "s", "topic-1", NOW, memory)
    held = []
    for number in range(0, 200_000, 1_000):
        keys = (f"customer:{number + one}".encode() for one in range(1_000))
        store.write([(key, FIRST + random.randbytes(400)) for key in keys], 1, NOW)
        for _ in range(50):
            store.get(f"customer:{random.randrange(number + 1)}".encode())
        held.append(store.memory())
    assert memory / 2 < max(held) < memory * 1.15
