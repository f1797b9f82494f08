"""A command that looks into the folder of a stopped node goes by what that node ran with."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.streams.node.running import RunningNode


def signals(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streams.cli", *arguments, "--data", "data"]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


def test_reading_and_trying_again_go_by_the_pack_and_the_configuration_it_ran_with(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "pack.yaml").write_text("name: mine\nversion: 1.0.0\nabout: ours\nextends: insurance-nl\n")
    (mine / "tracking.yaml").write_text("events: {Begun: {type: form.changed, data: {form: quote, step: started}}}\n")
    config = tmp_path / "config.yaml"
    config.write_text("pack: insurance-nl\ntimezone: Europe/Lisbon\n")
    node = RunningNode(tmp_path, "--config", str(config), "--pack", str(mine))
    node.start()
    event = {"specversion": "1.0", "id": "e1", "source": "/test", "type": "survey.answered", "subject": "customer:7"}
    node.post([event | {"time": datetime.now(UTC).isoformat(), "data": {"kind": "nps", "score": 2}}])
    call = {"event": "Begun", "userId": "7", "timestamp": datetime.now(UTC).isoformat(), "properties": "none"}
    assert node.call("track", call | {"event": "Ended"})["quarantined"][0]["reason"] == "UNKNOWN_TYPE"
    node.stop()
    (mine / "tracking.yaml").write_text("events: {Ended: {type: form.changed, data: {form: quote, step: started}}}\n")

    shown = signals(tmp_path, "customer", "customer:7", "--json")
    assert json.loads(shown.stdout)["zone"] == "Europe/Lisbon", shown.stderr
    assert signals(tmp_path, "quarantine", "list").stdout.splitlines()[-1] == "UNKNOWN_TYPE: 1"
    assert signals(tmp_path, "quarantine", "redrive").stdout == "1 sent in again\n"
    assert json.loads(signals(tmp_path, "privacy", "export", "customer:7").stdout)["quarantined"] == []
    config.unlink()
    refused = signals(tmp_path, "customer", "customer:7")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[1] == "this node ran with that configuration; give --config"
