"""``signals mentions``: what texts say, one JSON line in, one out."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from signals.calendar.instant import Instant
from streams.cli.refusal import refuse


class TextLine(msgspec.Struct):
    """One line of the input; ``time`` (RFC 3339) is when it was written, now if it doesn't say."""

    id: str | int
    text: str
    lang: str | None = None
    channel: str | None = None
    time: str | None = None


def mentions(
    file: Annotated[
        str, typer.Argument(help='lines of {"id", "text", "lang"?, "channel"?, "time"?}, gzipped too; - is stdin')
    ],
    pack: Annotated[str, typer.Option(help="the pack whose lexicon reads: its name or its folder")] = "insurance-nl",
    timezone: Annotated[str, typer.Option(help="where the texts were written")] = "Europe/Amsterdam",
    weights: Annotated[Path | None, typer.Option(help="what `signals learn mentions` wrote")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the output is JSON lines with or without it")] = False,
) -> None:
    """Read texts and print what each mentions: event, whose, whether, when, score, span.

    Channel is that of the contact; "agent" for what we wrote ourselves, "note" for what a colleague noted.

    Exit status: 0 all lines read, 1 some lines refused (named on stderr), 2 the file or the pack can't be used.
    """
    from signals.calendar.local_clock import zone_named
    from signals.pack.load import lexicon_folders
    from signals.text import load_reader
    from streams.sources.files import read_lines

    try:
        lines = list(read_lines(file))
        whole, *added = lexicon_folders(pack)
        reader = load_reader(whole, zone_named(timezone), *added, weights=weights)
    except (OSError, ValueError) as error:
        refuse(error)
    refused = 0
    for number, raw in lines:
        try:
            line = msgspec.json.decode(raw, type=TextLine)
            found = reader.read(line.text, line.channel, _moment(line.time))
        except (msgspec.MsgspecError, ValueError) as error:
            typer.echo(f"{file}:{number}: {error}", err=True)
            refused += 1
            continue
        shown = [_shown(mention) for mention in found]
        typer.echo(msgspec.json.encode({"id": line.id, "lang": line.lang, "mentions": shown}))
    raise typer.Exit(1 if refused else 0)


def _shown(mention: Any) -> dict[str, Any]:
    told = {field: getattr(mention, field) for field in ("event", "subject", "polarity", "time", "score", "span")}
    if mention.date is not None:
        from signals.calendar.instant import format_instant

        told["date"] = format_instant(mention.date)
    if mention.name is not None:
        told["name"] = mention.name
    return told


def _moment(time: str | None) -> Instant:
    from signals.calendar.instant import parse_instant
    from streams.wall import wall_now

    return wall_now() if time is None else parse_instant(time)
