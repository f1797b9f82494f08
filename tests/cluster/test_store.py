"""The local copy is a prefix of the changelog, or it is thrown away."""

from pathlib import Path
from random import Random

import pytest

from signals.calendar.instant import DAY, HOUR
from signals.events.event import Event
from streams.cluster.store import Store, forgotten_news, news_row, position_row

NOW = 1_800_000_000_000


def opened(folder: Path, origin: str = "topic-1", now: int = NOW) -> Store:
    return Store(folder, origin, now, 1 << 20)


def filled(folder: Path) -> None:
    store = opened(folder)
    store.write([(b"customer:1", b"\x01a"), (b"customer:2", b"\x01b"), position_row("events", 7)], 3, NOW)
    store.write([(b"customer:2", None), position_row("events", 9)], 5, NOW)
    store.close()


def test_rows_and_positions_are_found_again(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    store = opened(tmp_path / "s", now=NOW + HOUR)
    assert list(store.rows()) == [("customer:1", b"\x01a")]
    assert store.positions() == {"events": 9}
    assert store.offset == 5


def test_news_is_kept_until_it_is_let_go(tmp_path: Path) -> None:
    store = opened(tmp_path / "s")
    first, second = (
        Event(f"n{at}", "/market", "market.changed", at, at, "market:NL", {"product": "car"}) for at in (NOW, NOW + DAY)
    )
    store.write([news_row(second), news_row(first)], 2, NOW)
    assert store.news() == [first, second]
    store.write([forgotten_news(first)], 3, NOW)
    assert store.news() == [second]


@pytest.mark.parametrize(("origin", "now"), [("topic-2", NOW), ("topic-1", NOW + DAY)])
def test_a_copy_of_another_topic_or_too_old_a_copy_is_thrown_away(tmp_path: Path, origin: str, now: int) -> None:
    filled(tmp_path / "s")
    store = opened(tmp_path / "s", origin, now)
    assert (list(store.rows()), store.positions(), store.offset) == ([], {}, 0)


def test_memory_is_what_is_configured_however_many_rows_there_are(tmp_path: Path) -> None:
    random, memory = Random(1), 4 << 20
    store = Store(tmp_path / "s", "topic-1", NOW, memory)
    held = []
    for number in range(0, 200_000, 1_000):
        store.write([(f"customer:{number + one}".encode(), random.randbytes(400)) for one in range(1_000)], 1, NOW)
        for _ in range(50):
            store.get(f"customer:{random.randrange(number + 1)}".encode())
        held.append(store.memory())
    assert memory / 2 < max(held) < memory * 1.15
