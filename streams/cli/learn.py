"""``signals learn``: train the small models that a deployment can have of its own."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

app = typer.Typer(no_args_is_help=True, help="Train what a deployment can learn from its own data.")


class _Label(msgspec.Struct):
    event: str
    polarity: str = "affirmed"


class _TextLine(msgspec.Struct):
    text: str
    labels: list[_Label]


@app.callback()
def learn() -> None:
    """Train what a deployment can learn from its own data."""


@app.command()
def mentions(
    file: Annotated[Path, typer.Argument(help='lines of {"text", "labels": [{"event", "polarity"?}]}')],
    out: Annotated[Path, typer.Option(help="the file of weights to write")] = Path("mentions.weights"),
    as_json: Annotated[bool, typer.Option("--json", help="print what was learned as JSON")] = False,
) -> None:
    """Learn complaints, praise and prices from labelled texts, and write one file of weights.

    An event that held-back texts don't let through with 90 % precision is left out. Exit status 2: unusable file.
    """
    from signals.text.learned import train, write_model

    try:
        texts = [_labelled(number, raw) for number, raw in enumerate(file.read_bytes().splitlines(), 1) if raw.strip()]
    except (OSError, ValueError) as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(2) from None
    model, lessons = train(texts)
    write_model(model, out)
    if as_json:
        typer.echo(msgspec.json.encode({"weights": str(out), "events": lessons}))
        return
    for event, lesson in lessons.items():
        verdict = "left out" if lesson.threshold is None else f"used from {lesson.threshold:.2f}"
        figures = f"precision {lesson.precision:.2f}, recall {lesson.recall:.2f} on held-back texts"
        typer.echo(f"{event}: told {lesson.told} times, {figures}: {verdict}")
    typer.echo(f"wrote {out}; read with it: signals mentions FILE --weights {out}")


def _labelled(number: int, raw: bytes) -> tuple[str, frozenset[str]]:
    try:
        line = msgspec.json.decode(raw, type=_TextLine)
    except msgspec.MsgspecError as error:
        raise ValueError(f"line {number}: {error}") from None
    return line.text, frozenset(label.event for label in line.labels if label.polarity == "affirmed")
