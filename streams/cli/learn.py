"""``signals learn``: train the small models that a deployment can have of its own."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

if TYPE_CHECKING:
    from signals.text.learned import Labelled

app = typer.Typer(no_args_is_help=True, help="Train what a deployment can learn from its own data.")


class _Label(msgspec.Struct):
    event: str
    subject: Literal["self", "household", "other"] = "self"
    polarity: Literal["affirmed", "negated", "hypothetical"] = "affirmed"
    time: Literal["past", "now", "future"] = "now"

    @property
    def actionable(self) -> bool:
        return self.polarity == "affirmed" and self.subject != "other" and self.time != "past"


class _TextLine(msgspec.Struct):
    text: str
    labels: list[_Label]


@app.callback()
def learn() -> None:
    """Train what a deployment can learn from its own data."""


@app.command()
def mentions(
    file: Annotated[
        str, typer.Argument(help='lines of {"text", "labels": [{"event", "subject"?, "polarity"?, "time"?}]}')
    ],
    out: Annotated[Path, typer.Option(help="the file of weights to write")] = Path("mentions.weights"),
    pack: Annotated[str, typer.Option(help="the pack whose events are told: its name or its folder")] = "insurance-nl",
    as_json: Annotated[bool, typer.Option("--json", help="print what was learned as JSON")] = False,
) -> None:
    """Learn from labelled texts what the rules miss and what they only imagine, and write one file of weights.

    An event that held-back texts don't bear out with 75 % precision is never told, only let go. Exit status 2: unusable
    file.
    """
    from signals.pack.load import lexicon_folders
    from signals.text.learned import train, write_learned
    from signals.text.lexicon import read_lexicon
    from streams.cli.refusal import refuse
    from streams.sources.files import read_lines

    try:
        labels = read_lexicon(*lexicon_folders(pack)).labels
        lines = list(read_lines(file))
    except (OSError, ValueError) as error:
        refuse(error)
    silencing = frozenset(event for event, label in labels.items() if label.suppress)
    texts, mistakes = [], []
    for number, raw in lines:
        try:
            texts.append(_labelled(raw, labels, silencing))
        except ValueError as error:
            mistakes.append(f"{file}:{number}: {error}")
    if mistakes or not texts:
        refuse("\n".join(mistakes) or f"{file}: holds no text to learn from")
    learned, lessons = train(texts)
    write_learned(learned, out)
    if as_json:
        typer.echo(msgspec.json.encode({"weights": str(out), "events": lessons}))
        return
    for event, lesson in lessons.items():
        verdict = "told and let go" if lesson.borne_out else "let go" if lesson.used else "left out"
        figures = f"precision {lesson.precision:.2f}, recall {lesson.recall:.2f} on held-back texts"
        typer.echo(f"{event}: told {lesson.told} times, {figures}: {verdict}")
    typer.echo(f"wrote {out}; read with it: signals mentions FILE --weights {out}")


def _labelled(raw: bytes, known: Collection[str], silencing: frozenset[str]) -> "Labelled":
    """A text with the events to hear in it: what may lead to contact, and any mention of what must silence us."""
    from signals.text.learned import Labelled

    line = msgspec.json.decode(raw, type=_TextLine)
    for label in line.labels:
        if label.event not in known:
            raise ValueError(f"the lexicon has no label {label.event!r}; it has {', '.join(known)}")
    told = frozenset(label.event for label in line.labels if label.event in silencing or label.actionable)
    return Labelled(line.text, told, any(label.actionable for label in line.labels) if line.labels else None)
