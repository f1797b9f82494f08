"""``signals convert``: rows of another system's export become events."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.refusal import refuse

if TYPE_CHECKING:
    from signals.events.event import Event
    from streams.sources.quarantine import Quarantined, QuarantineFile


def convert(
    file: Annotated[str, typer.Argument(help="CSV, JSON lines or mbox, .gz too; - is stdin")],
    mapping: Annotated[Path, typer.Option(help="the mapping file (YAML), or one of ours: calls, mailbox, mentions")],
    out: Annotated[Path, typer.Option(help="where the events go, one JSON object per line, in the order of time")],
    quarantine: Annotated[str | None, typer.Option(help="where rows go that don't fit, with the reason")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the summary as JSON")] = False,
) -> None:
    """Turn rows into events, as a mapping file says.

    Exit status: 0 every row used or left out as the mapping says, 1 some rows quarantined, 2 file or mapping unusable.
    """
    from signals.pack.document import PackError
    from streams.sources.convert import Conversion
    from streams.sources.convert import convert as converted
    from streams.sources.files import SourceError
    from streams.sources.mapping import load_mapping
    from streams.sources.quarantine import in_words, open_quarantine
    from streams.sources.time_order import in_time_order
    from streams.wall import wall_now

    seen = Conversion()
    try:
        declared = load_mapping(mapping)
        with out.open("wb") as events, open_quarantine(quarantine) as bad:
            outcomes = converted(file, declared, wall_now(), seen)
            events.writelines(line + b"\n" for line in in_time_order(_set_apart(outcomes, bad)))
    except (PackError, SourceError, OSError) as error:
        refuse(error)
    summary = {"rows": seen.rows, "events": seen.events, "left_out": seen.left_out, "quarantined": bad.reasons.total()}
    typer.echo(json.dumps(summary) if as_json else "  ".join(f"{name} {number}" for name, number in summary.items()))
    for line in in_words(bad.reasons, bad.first, quarantine):
        typer.echo(line, err=True)
    raise typer.Exit(1 if bad.reasons else 0)


def _set_apart(outcomes: "Iterator[Event | Quarantined]", bad: "QuarantineFile") -> "Iterator[Event]":
    from streams.sources.quarantine import Quarantined

    for outcome in outcomes:
        if isinstance(outcome, Quarantined):
            bad.add(outcome)
        else:
            yield outcome
