"""Redis goes away and comes back: the API stays up, says so once, and its page of metrics tells what it can."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.workers import Cluster, search
from tests.servers.process import Server, free_port
from tests.servers.redis import Redis
from tests.servers.waiting import until


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Redis]:
    """A Redis of its own, to be stopped."""
    server = Redis(tmp_path / "redis")
    server.run()
    yield server
    server.kill()


def asked(url: str, body: bytes | None = None) -> tuple[int, str]:
    """The status and the text of an answer; 0 when nobody listens yet."""
    request = urllib.request.Request(url, body, {"content-type": "application/cloudevents+json"} if body else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
    except OSError:
        return 0, ""


def test_the_api_tells_its_metrics_and_logs_json_while_redis_is_away(kafka: str, away: Redis, tmp_path: Path) -> None:
    cluster = Cluster(kafka, away.url, tmp_path)
    url = f"http://127.0.0.1:{(port := free_port())}"
    api = Server(cluster.command(sys.executable, "-m", "streams.cli", "api", "--port", str(port)), tmp_path / "api.log")
    api.start(lambda log: "listening" in log)
    try:
        until(lambda: asked(f"{url}/ready")[0] == 200)
        assert asked(f"{url}/v1/events", json.dumps({**search(1, 1), "type": "tea.made"}).encode())[0] == 200
        away.stop()
        until(lambda: "can't be reached" in api.said(), "the API notices")
        assert asked(f"{url}/ready")[0] == 503
        status, told = asked(f"{url}/metrics")
        assert (status, 'signals_quarantined_total{reason="UNKNOWN_TYPE"} 1.0' in told) == (200, True)
        assert "signals_decisions_conserved" not in told
        away.run()
        until(lambda: "can be reached again" in api.said(), "the API notices")
        assert "signals_decisions_conserved 1.0" in asked(f"{url}/metrics")[1]
        assert api.stop() == 0
    finally:
        api.kill()
    said = [json.loads(line) for line in api.said().splitlines()]
    assert {"event", "level", "logger", "timestamp"} <= set.intersection(*map(set, said))
    assert sum("can't be reached" in line["event"] for line in said) == 1
