"""Reads the examples out of a Markdown file: the files it tells to save, and the console sessions."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_BLOCK = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)


@dataclass
class Step:
    """One command and the lines it must print; a line ``…`` stands for any lines, also within a line."""

    command: str
    output: list[str] = field(default_factory=list)

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expected output as a pattern."""
        lines = [".*?".join(map(re.escape, line.split("…"))) if line != "…" else "(?:.*\n)*?.*" for line in self.output]
        return re.compile("\\s*" + "\n".join(lines) + "\\s*")


def files_of(document: Path) -> dict[str, str]:
    """The files the document tells to save."""
    return {found["file"]: found["text"] for found in _BLOCK.finditer(document.read_text()) if found["file"]}


def steps_of(document: Path) -> list[Step]:
    """All console steps of the document, in order."""
    steps: list[Step] = []
    for found in _BLOCK.finditer(document.read_text()):
        if found["language"] != "console":
            continue
        for line in found["text"].splitlines():
            if line.startswith("$ "):
                steps.append(Step(line[2:]))
            else:
                steps[-1].output.append(line.rstrip())
    return steps
