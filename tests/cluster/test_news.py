"""News for many customers of one shard: each hears of it once, though the worker is killed while it is told."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.cluster.workers import Cluster, figure

HOLDERS = 1_600
FEW = 200


def event(identity: str, kind: str, subject: str, /, **data: object) -> dict[str, Any]:
    envelope = {"specversion": "1.0", "id": identity, "source": "/test", "time": "2026-10-20T10:00:00Z"}
    return {**envelope, "type": kind, "subject": subject, "data": data}


def holders() -> Iterator[dict[str, Any]]:
    policy = {"product": "car", "change": "started", "premium": 60.0}
    for number in range(HOLDERS):
        who = f"customer:{number}"
        yield event(f"m{number}", "consent.changed", who, purpose="marketing", given=True, channels=["email"])
        yield event(f"c{number}", "consent.changed", who, purpose="profiling", given=True)
        yield event(f"p{number}", "policy.changed", who, policy=f"P{number}", **policy)


def test_everybody_hears_once_also_when_the_worker_is_killed_meanwhile(
    kafka: str, redis_url: str, tmp_path: Path
) -> None:
    cluster = Cluster(kafka, redis_url, tmp_path, SIGNALS_PARTITIONS="1")
    try:
        first = cluster.start("a", engine="signals")
        cluster.send(holders())
        news = event(
            "n", "market.changed", "market:NL", product="car", what="premium", competitor="Rival", premium=40.0
        )
        cluster.send([news, event("a", "survey.answered", "customer:answers", kind="nps", score=3)])
        while figure(first, "signals_recommendations_total") < FEW:
            time.sleep(0.02)
        first.kill()
        told = len(list(cluster.records(cluster.topics.recommendations)))
        cluster.start("b", engine="signals")
        found = cluster.recommendations(HOLDERS + 1)
        assert told < HOLDERS
    finally:
        cluster.stop()
    offers = [one["customer"] for one in found if one["trigger"] == "market.premium"]
    assert sorted(offers) == sorted(f"customer:{number}" for number in range(HOLDERS))
    assert [one["customer"] for one in found if one["trigger"] != "market.premium"] == ["customer:answers"]
