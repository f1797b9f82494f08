"""Labelled texts for measuring: the shared development cases and our own blind sentences."""

import json
from pathlib import Path
from typing import NamedTuple

from tests.conftest import SHARED

_SUBJECT = {"s": "self", "h": "household", "o": "other"}
_POLARITY = {"a": "affirmed", "n": "negated", "h": "hypothetical"}
_TIME = {"p": "past", "n": "now", "f": "future"}


class Told(NamedTuple):
    """What an annotator reads in a text about one event."""

    event: str
    subject: str
    polarity: str
    time: str

    @property
    def actionable(self) -> bool:
        """The firing decision."""
        return self.polarity == "affirmed" and self.subject != "other" and self.time != "past"


class Labelled(NamedTuple):
    """One text with its labels."""

    id: str
    lang: str
    channel: str
    text: str
    told: tuple[Told, ...]


def development_cases() -> list[Labelled]:
    """The 201 development cases, in file order."""
    lines = (SHARED / "text" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [_case(json.loads(line)) for line in lines]


def _case(record: dict[str, object]) -> Labelled:
    labels = record["labels"]
    assert isinstance(labels, list)
    told = tuple(Told(one["event"], one["subject"], one["polarity"], one["time"]) for one in labels)
    return Labelled(str(record["id"]), str(record["lang"]), str(record["channel"]), str(record["text"]), told)


def own_cases(name: str = "blind") -> list[Labelled]:
    """Sentences of ours, by the name of their set; all were measured first."""
    cases = []
    lines = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("##"):
            continue
        head, text, labels = (part.strip() for part in line.replace("\\n", "\n").split("|"))
        lang, channel = head.split()
        told = []
        for label in labels.split():
            event, codes = label.split(":")
            whose, whether, when = codes
            told.append(Told(event, _SUBJECT[whose], _POLARITY[whether], _TIME[when]))
        cases.append(Labelled(f"{name}-{number}", lang, channel, text, tuple(told)))
    return cases


OWN = (
    *("blind", "fresh", "held_out", "third", "fourth", "fifth", "sixth", "seventh"),
    *(
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
        "twenty_first",
    ),
    *(f"writer_{letter}" for letter in (*"abcdeghijklmnopqrstuvwxyz", *(f"a{second}" for second in "abcdefghijk"))),
)
"""What was mended for, or learned from, once it had been measured."""

UNSEEN = (
    *("twenty_second", "twenty_third", "twenty_fourth", "twenty_fifth", "twenty_sixth"),
    *("writer_al", "writer_am"),
)
"""What nothing was learned from."""


def all_sets() -> dict[str, list[Labelled]]:
    """Every set by its name, in the order they were written; the unseen ones last."""
    return {"development": development_cases()} | {name: own_cases(name) for name in (*OWN, *UNSEEN)}
