"""Runs ``signals replay`` as people do, and sums up what it wrote in lines that can be read and compared."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
STORIES = ("hand_written", "simulated")
UNTIL = "2027-02-01T00:00:00Z"


def replay(files: list[Path], folder: Path, *options: str) -> dict[str, bytes]:
    """Replay files into ``folder``; what was written, by the name of the option, and the summary."""
    written = {name: folder / f"{name}.jsonl" for name in ("out", "decisions", "quarantine")}
    arguments = [argument for name, path in written.items() for argument in (f"--{name}", str(path))]
    command = [sys.executable, "-m", "streams.cli", "replay", *map(str, files), *arguments, *options, "--json"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True)
    return {name: path.read_bytes() for name, path in written.items()} | {"summary": done.stdout}


def decisions_in_short(written: bytes) -> list[str]:
    """One line per decision: when, whom, what, and what became of it."""
    decisions = [json.loads(line) for line in written.splitlines()]
    fields = ("created", "customer", "trigger", "class", "reason", "status", "decided")
    return sorted(" ".join(decision[field] for field in fields) for decision in decisions)


def quarantine_in_short(written: bytes) -> list[str]:
    """One line per refused line of a file."""
    records = [json.loads(line) for line in written.splitlines()]
    return [f"{record['line']} {record['reason']} {record['field']}" for record in records]
