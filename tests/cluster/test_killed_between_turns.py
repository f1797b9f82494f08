"""What concerns many customers of one shard: each hears of it once, though the worker is killed between their turns."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.workers import Cluster, figure

HOLDERS = 1_600
FEW = 200


def event(
    identity: str, kind: str, subject: str, /, at: str = "2026-10-20T10:00:00Z", **data: object
) -> dict[str, Any]:
    envelope = {"specversion": "1.0", "id": identity, "source": "/test", "time": at}
    return {**envelope, "type": kind, "subject": subject, "data": data}


def holders() -> Iterator[dict[str, Any]]:
    """They have car insurance, and left a quote for their home unfinished."""
    policy = {"product": "car", "change": "started", "premium": 60.0}
    for number in range(HOLDERS):
        who = f"customer:{number}"
        yield event(f"m{number}", "consent.changed", who, purpose="marketing", given=True, channels=["email"])
        yield event(f"c{number}", "consent.changed", who, purpose="profiling", given=True)
        yield event(f"p{number}", "policy.changed", who, policy=f"P{number}", **policy)
        yield event(f"q{number}", "form.changed", who, form="quote", step="saved", product="home")


def news() -> Iterator[dict[str, Any]]:
    told = {"product": "car", "what": "premium", "competitor": "Rival", "premium": 40.0}
    yield event("n", "market.changed", "market:NL", **told)
    yield event("a", "survey.answered", "customer:answers", kind="nps", score=3)


def next_day() -> Iterator[dict[str, Any]]:
    yield event("a", "survey.answered", "customer:answers", at="2026-10-21T11:00:00Z", kind="nps", score=3)


@pytest.mark.parametrize(("what_comes", "trigger"), [(news, "market.premium"), (next_day, "purchase.quote_abandoned")])
def test_everybody_hears_once_also_when_the_worker_is_killed_meanwhile(
    kafka: str, redis_url: str, tmp_path: Path, what_comes: Callable[[], Iterator[dict[str, Any]]], trigger: str
) -> None:
    cluster = Cluster(kafka, redis_url, tmp_path, SIGNALS_PARTITIONS="1")
    try:
        first = cluster.start("a", engine="signals")
        cluster.send(holders())
        cluster.send(what_comes())
        while figure(first, "signals_recommendations_total") < FEW:
            time.sleep(0.02)
        first.kill()
        told = len(list(cluster.records(cluster.topics.recommendations)))
        cluster.start("b", engine="signals")
        found = cluster.recommendations(HOLDERS + 1)
        assert told < HOLDERS
    finally:
        cluster.stop()
    offers = [one["customer"] for one in found if one["trigger"] == trigger]
    assert sorted(offers) == sorted(f"customer:{number}" for number in range(HOLDERS))
    assert [one["customer"] for one in found if one["trigger"] != trigger] == ["customer:answers"]
