"""``signals learn``: train the small models that a deployment can have of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from signals.text.learned import Labelled

app = typer.Typer(no_args_is_help=True, help="Train what a deployment can learn from its own data.")


class _Label(msgspec.Struct):
    event: str
    subject: str = "self"
    polarity: str = "affirmed"
    time: str = "now"

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
        Path, typer.Argument(help='lines of {"text", "labels": [{"event", "subject"?, "polarity"?, "time"?}]}')
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

    try:
        labels = read_lexicon(*lexicon_folders(pack)).labels
        silencing = frozenset(event for event, label in labels.items() if label.suppress)
        lines = enumerate(file.read_bytes().splitlines(), 1)
        texts = [_labelled(number, raw, silencing) for number, raw in lines if raw.strip()]
    except (OSError, ValueError) as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(2) from None
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


def _labelled(number: int, raw: bytes, silencing: frozenset[str]) -> "Labelled":
    """A text with the events to hear in it: what may lead to contact, and any mention of what must silence us."""
    from signals.text.learned import Labelled

    try:
        line = msgspec.json.decode(raw, type=_TextLine)
    except msgspec.MsgspecError as error:
        raise ValueError(f"line {number}: {error}") from None
    told = frozenset(label.event for label in line.labels if label.event in silencing or label.actionable)
    return Labelled(line.text, told, any(label.actionable for label in line.labels) if line.labels else None)
