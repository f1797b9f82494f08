"""A request under a name is done once, over both stores."""

from concurrent.futures import ThreadPoolExecutor

from signals.calendar.instant import DAY
from streams.queue import Queue, Repeat
from tests.streams.queue.made import NOW


def test_a_name_is_taken_once_and_tells_what_it_led_to(queue: Queue) -> None:
    assert queue.begin("n", "claim 1", NOW) is None
    assert queue.begin("n", "claim 1", NOW) == Repeat("claim 1", None)
    queue.finish("n", "claim 1", ["rec_1", "rec_2"], NOW)
    assert queue.begin("n", "claim 2", NOW + DAY // 2) == Repeat("claim 1", ["rec_1", "rec_2"])
    assert queue.begin("other", "claim 1", NOW) is None


def test_what_failed_may_be_done_again(queue: Queue) -> None:
    queue.begin("n", "claim", NOW)
    queue.give_up("n")
    assert queue.begin("n", "claim", NOW) is None


def test_of_many_at_once_one_does_it(queue: Queue) -> None:
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: queue.begin("n", "claim", NOW), range(100)))
    assert found.count(None) == 1
