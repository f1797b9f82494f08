"""The same is done to both queues: they answer alike at every step, and forget everything of who is erased."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signals.calendar.instant import HOUR, Instant, format_instant
from streams.queue import Claim, Filter, Queue
from streams.queue.redis import RedisQueue
from streams.queue.sqlite import SqliteQueue
from streams.queue.work import Conflict, Snooze, Step, Tell, Unknown
from tests.streams.queue.made import NOW, recommendation

Deed = Callable[[Queue, Instant], object]
CUSTOMERS = ["customer:1", "customer:2"]
FILTERS = (Filter(), Filter(available=True), Filter(status="released"), Filter(claimed_by="jan"))
LEFT = {"erased", "erasures", "sequence", "purged", "outcomes"}
"""What stays in Redis when everybody is erased: one-way marks, places and counts."""


def told(number: int, revision: int, hours: int, status: str, customer: str) -> Deed:
    expires = format_instant(NOW + hours * HOUR)
    made = recommendation(number, revision, expires=expires, status=status, customer=customer)
    return lambda queue, now: queue.apply([made])


def purged(hours: int) -> Deed:
    def purge(queue: Queue, now: Instant) -> int:
        dropped = 0
        while step := queue.purge(NOW + hours * HOUR):
            dropped += step
        return dropped

    return purge


def worked(step: Step) -> Deed:
    def work(queue: Queue, now: Instant) -> object:
        (done,) = queue.take([step], now)
        if isinstance(done, Unknown | Conflict):
            return str(done)
        return sorted(item.recommendation["id"] for item in done)

    return work


IDS = st.integers(0, 4).map("rec_{:05d}".format)
STEPS = st.one_of(
    st.builds(Claim, by=st.just("jan"), lease=st.integers(1, 20).map(lambda hours: hours * 3600), id=st.none() | IDS),
    st.builds(Tell, id=IDS, outcome=st.just("accepted"), again=st.none()),
    st.builds(Snooze, id=IDS, by=st.just("jan"), until=st.integers(1, 9).map(lambda hours: NOW + hours * HOUR)),
)
STATUSES = st.sampled_from(["released", "withdrawn", "held"])
DEEDS = st.one_of(
    st.builds(told, st.integers(0, 4), st.integers(1, 4), st.integers(-6, 30), STATUSES, st.sampled_from(CUSTOMERS)),
    st.builds(purged, st.integers(-8, 30)),
    st.builds(worked, STEPS),
    st.sampled_from(CUSTOMERS).map(lambda customer: lambda queue, now: queue.erase(customer)),
)


def shown(queue: Queue, now: Instant) -> list[object]:
    pages = (queue.list(one, now, 100).items for one in FILTERS)
    listed = [
        [(item.recommendation["id"], item.recommendation["revision"], item.work) for item in page] for page in pages
    ]
    return [*listed, *(change.item.recommendation["id"] for change in queue.changes(0, 100))]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.tuples(st.integers(0, 6), DEEDS), max_size=25))
def test_whatever_is_done_both_queues_show_the_same(
    redis_url: str, tmp_path: Path, deeds: list[tuple[int, Deed]]
) -> None:
    prefix, now = f"{{{uuid4().hex}}}:", NOW
    with (
        closing(SqliteQueue(tmp_path / f"{prefix}.sqlite")) as small,
        closing(RedisQueue(redis_url, prefix)) as large,
        closing(redis.Redis.from_url(redis_url)) as server,
    ):
        for hours, deed in deeds:
            now += hours * HOUR
            assert deed(small, now) == deed(large, now)
            assert shown(small, now) == shown(large, now)
        for customer in CUSTOMERS:
            large.erase(customer)
        assert {key.decode().removeprefix(prefix).partition(":")[0] for key in server.scan_iter(f"{prefix}*")} <= LEFT
