"""The cluster comes to the same decisions as a replay of the same file, and the API shows them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from signals.engine import OWN
from streams.cluster.routing import shard_of
from tests.cluster.workers import Cluster, signals
from tests.servers.process import Server, free_port
from tests.servers.waiting import answered

ROOT = Path(__file__).parents[2]
UNTIL = "2025-12-31T00:00:00Z"
Records = dict[str, dict[str, Any]]


def lines(path: Path) -> Records:
    return {record["id"]: record for record in map(json.loads, path.read_text().splitlines())}


def newest(found: list[dict[str, Any]]) -> Records:
    return {record["data"]["id"]: record["data"] for record in found}


@pytest.fixture
def replayed(cluster: Cluster) -> tuple[Records, Records]:
    """A history of the simulator, and the recommendations and decisions of its replay."""
    folder = cluster.folder
    population = ("--customers", "300", "--days", "90", "--seed", "11")
    signals(cluster, "simulate", *population, "--out", str(folder / "f.jsonl"), "--truth", str(folder / "t.jsonl"))
    outputs = ("--out", str(folder / "r.jsonl"), "--decisions", str(folder / "d.jsonl"))
    signals(cluster, "replay", str(folder / "f.jsonl"), "--until", UNTIL, *outputs)
    return lines(folder / "r.jsonl"), lines(folder / "d.jsonl")


def test_a_history_in_two_pieces_on_seven_partitions_is_decided_as_in_one(
    kafka: str, redis_url: str, tmp_path: Path
) -> None:
    """With a worker that is busy with the first piece when the second comes, and nobody away from home at the end."""
    cluster = Cluster(kafka, redis_url, tmp_path, SIGNALS_PARTITIONS="7")
    whole, first, second = (str(tmp_path / f"{name}.jsonl") for name in ("f", "first", "second"))
    population = ("--customers", "120", "--days", "60", "--seed", "5")
    signals(cluster, "simulate", *population, "--out", whole, "--truth", str(tmp_path / "t.jsonl"))
    events = Path(whole).read_bytes().splitlines(keepends=True)
    Path(first).write_bytes(b"".join(events[: len(events) // 2]))
    Path(second).write_bytes(b"".join(events[len(events) // 2 :]))
    signals(cluster, "replay", whole, "--until", UNTIL, "--decisions", str(tmp_path / "d.jsonl"))
    decisions = lines(tmp_path / "d.jsonl")
    assert len(decisions) > 200
    try:
        cluster.start("a", engine="signals")
        assert signals(cluster, "load", first).returncode == 0
        assert signals(cluster, "load", second, "--after", first, "--until", UNTIL).returncode == 0
        decided = newest(cluster.read(cluster.topics.decisions, lambda found: len(newest(found)) >= len(decisions)))
        rows = {(one.partition, one.key.decode()): one.value for one in cluster.records(cluster.topics.changelog)}
    finally:
        cluster.stop()
    assert decided == decisions
    kept = [place for place, row in rows.items() if row is not None and not place[1].startswith(OWN)]
    assert len(kept) > 360
    assert [place for place in kept if place[0] != shard_of(place[1], 7)] == []


@pytest.fixture
def api(cluster: Cluster) -> Iterator[str]:
    """The address of a running ``signals api``."""
    port = str(free_port())
    server = Server(
        cluster.command(sys.executable, "-m", "streams.cli", "api", "--port", port), cluster.folder / "api.log"
    )
    server.start(lambda log: "listening" in log)
    yield f"http://127.0.0.1:{port}"
    server.kill()


def test_cluster_and_replay_agree_on_every_decision(
    cluster: Cluster, replayed: tuple[Records, Records], api: str
) -> None:
    recommendations, decisions = replayed
    assert len(recommendations) > 500
    cluster.variables["SIGNALS_RETENTION_DAYS"] = "400"  # most expired long before the time to which it is loaded
    cluster.start("a", engine="signals")
    cluster.start("b", engine="signals")
    told = signals(cluster, "load", str(cluster.folder / "f.jsonl"), "--until", UNTIL)
    assert "0 lines quarantined" in told.stdout
    decided = newest(cluster.read(cluster.topics.decisions, lambda found: len(newest(found)) >= len(decisions)))
    assert decided == decisions
    topic = f"kafka://{cluster.settings.kafka_bootstrap}/{cluster.topics.decisions}"
    count = [sys.executable, "-m", "tests.streams.conservation", topic]
    counted = subprocess.run(count, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert counted.returncode == 0, counted.stdout
    assert f"all {len(decisions)} candidates" in counted.stdout
    released = newest(
        cluster.read(cluster.topics.recommendations, lambda found: len(newest(found)) >= len(recommendations))
    )
    assert {id: one for id, one in released.items() if one["reason"] == "RELEASED"} == recommendations
    for id in sorted(recommendations)[:20]:
        assert answered(f"{api}/v1/recommendations/{id}")["id"] == id
        customer = recommendations[id]["customer"]
        assert answered(f"{api}/v1/customers/{customer}")["customer"] == customer
