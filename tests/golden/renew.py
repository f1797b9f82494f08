"""Writes the expected files anew: ``python -m tests.golden.renew``."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.replayed import HERE, STORIES, UNTIL, decisions_in_short, quarantine_in_short, replay

for story in STORIES:
    with TemporaryDirectory() as folder:
        written = replay([HERE / f"{story}.jsonl"], Path(folder), "--until", UNTIL)
    lines = [*decisions_in_short(written["decisions"]), "", *quarantine_in_short(written["quarantine"])]
    (HERE / f"{story}.expected.txt").write_text("\n".join(lines) + "\n", "utf-8")
