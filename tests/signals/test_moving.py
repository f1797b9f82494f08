"""A row may live in another shard than its subject's own; nothing is lost on the way, and it comes home."""

from signals.batch import Batch
from signals.customer.state import Customer
from signals.engine import Engine
from signals.events.event import Event
from signals.moving import MOVED
from tests.signals.properties.histories import BEGIN, pack

JAN, DEVICE = "customer:1", "device:a"
OWNERS = {JAN: 0, DEVICE: 1}


class Two:
    """Two shards: one owns the customer, the other the device."""

    def __init__(self) -> None:
        self.rows: list[dict[str, bytes]] = [{}, {}]
        self.engines = [self._engine(number) for number in range(2)]
        self.waiting: list[tuple[int, Event]] = []

    def take(self, shard: int, *events: Event, later: bool = False) -> None:
        """Let a shard work; what it forwards is worked on at once, or with ``deliver``."""
        self._keep(shard, self.engines[shard].process(events))
        if not later:
            self.deliver()

    def deliver(self) -> None:
        while self.waiting:
            shard, event = self.waiting.pop(0)
            self._keep(shard, self.engines[shard].process([event]))

    def restart(self) -> None:
        """Only what is written down is left."""
        self.engines = [self._engine(number) for number in range(2)]
        for engine, rows in zip(self.engines, self.rows, strict=True):
            engine.restore(list(rows.items()), clock=BEGIN)

    def find(self, shard: int, key: str) -> Customer | None:
        return self.engines[shard].customer(key)

    def _engine(self, number: int) -> Engine:
        return Engine(pack(), load=self.rows[number].get, owns=lambda key: OWNERS[key] == number, shards=2)

    def _keep(self, shard: int, batch: Batch) -> None:
        for key, row in batch.rows.items():
            self.rows[shard].pop(key, None)
            if row is not None:
                self.rows[shard][key] = row
        self.waiting += [(to, event) for key, event in batch.forwards for to in ([OWNERS[key]] if key else [1 - shard])]


def moved(company: str) -> Event:
    return Event(f"move/{company}", "/t", MOVED, 0, 0, DEVICE, {"with": company})


def seen(number: int) -> Event:
    at = BEGIN + number
    return Event(f"e{number}", "/t", "web.viewed", at, at, DEVICE, {"url": "/verhuizen"})


def linked(number: int) -> Event:
    at = BEGIN + number
    return Event(f"e{number}", "/t", "identity.linked", at, at, DEVICE, {"from": DEVICE, "to": JAN})


def erasing(number: int) -> Event:
    at = BEGIN + number
    return Event(f"e{number}", "/t", "privacy.requested", at, at, JAN, {"kind": "erase"})


def test_what_comes_in_at_the_signpost_counts_where_the_row_lives_also_after_a_restart() -> None:
    two = Two()
    two.take(1, seen(1), moved(JAN), seen(2))
    two.restart()
    two.take(1, seen(3))
    guest, signpost = two.find(0, DEVICE), two.find(1, DEVICE)
    assert guest is not None
    assert guest.touch_count == 3
    assert signpost == Customer(key=DEVICE, lives=JAN)


def test_a_row_that_goes_home_leaves_nothing_behind() -> None:
    two = Two()
    two.take(1, seen(1), moved(JAN))
    two.take(0, seen(2))
    two.take(1, moved(DEVICE))
    assert DEVICE not in two.rows[0]
    assert two.find(0, DEVICE) is None
    home = two.find(1, DEVICE)
    assert home is not None
    assert home.touch_count == 2
    assert home.lives is None


def test_two_rows_of_one_subject_become_one() -> None:
    two = Two()
    two.take(1, seen(1), seen(2), moved(JAN), later=True)
    two.take(0, seen(3))
    guest = two.find(0, DEVICE)
    assert guest is not None
    assert guest.touch_count == 3
    assert not guest.aliases
    assert [touch.time for touch in guest.touches] == [BEGIN + 1, BEGIN + 2, BEGIN + 3]


def test_an_alias_and_a_row_of_its_subject_become_one_alias() -> None:
    two = Two()
    two.take(1, seen(1), linked(2))
    two.take(1, moved(JAN), later=True)
    two.take(0, seen(3))
    jan, guest = two.find(0, JAN), two.find(0, DEVICE)
    assert jan is not None
    assert jan.touch_count == 2
    assert guest is not None
    assert guest.became == JAN


def test_who_is_erased_is_on_no_signpost() -> None:
    two = Two()
    two.take(1, seen(1), moved(JAN))
    two.take(0, linked(2), erasing(3))
    assert all(DEVICE not in rows and JAN not in rows for rows in two.rows)
    two.take(1, seen(4))
    two.take(0, seen(5))
    assert all(DEVICE not in rows for rows in two.rows)


def test_a_history_does_not_bring_back_who_was_erased_before_it() -> None:
    two = Two()
    two.take(1, seen(1), linked(2))
    two.take(0, erasing(3))
    two.restart()
    two.take(1, moved(JAN))
    two.take(0, seen(4))
    assert all(DEVICE not in rows for rows in two.rows)
