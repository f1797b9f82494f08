"""``signals load`` says what it waits for."""

import json
import sys
from pathlib import Path

from tests.cluster.workers import Cluster, search
from tests.servers.process import Server
from tests.servers.waiting import until


def test_who_waits_for_workers_that_there_are_not_is_told(cluster: Cluster, tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    history.write_text("".join(json.dumps(search(number, number)) + "\n" for number in range(3)))
    verb = ("load", str(history), "--until", "2026-02-01T00:00:00Z")
    loading = Server(cluster.command(sys.executable, "-m", "streams.cli", *verb), tmp_path / "load.log")
    loading.start(lambda said: True)
    try:
        until(lambda: "is a worker running" in loading.said(), "it tells")
        assert "records wait, and none was taken for 20 s" in loading.said()
        cluster.start()
        assert loading.process is not None
        assert loading.process.wait(120) == 0
    finally:
        loading.kill()
    assert "3 events sent, 0 lines quarantined" in loading.said()
