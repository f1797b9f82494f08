"""``signals backtest``: what a pack would have done over stored events, alone or against another."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from streams.cli.refusal import refuse

if TYPE_CHECKING:
    from signals.decision.controls import Control
    from streams.replay import Summary
    from streams.replay.backtest import Backtest
    from streams.replay.difference import Difference


def backtest(
    files: Annotated[list[str], typer.Argument(help="files of events, one JSON object per line; .gz too; - is stdin")],
    pack: Annotated[str | None, typer.Option(help="the pack: its name or its folder")] = None,
    against: Annotated[
        str | None, typer.Option(help="the pack to compare it with, run over the same events (of files, not of stdin)")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="the configuration file (YAML)")] = None,
    controls: Annotated[Path | None, typer.Option(help="what was steered meanwhile: the log, one per line")] = None,
    until: Annotated[str | None, typer.Option(help="move event time on to then, so that timers fire")] = None,
    warmup_until: Annotated[str | None, typer.Option(help="before then, build state and fire nothing")] = None,
    processes: Annotated[int, typer.Option(help="0: as many as pay; the result is the same", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print as JSON, the same bytes every time")] = False,
) -> None:
    """Run over stored events: what fires, contacts per customer, each desk's load and curve of capacity; with --against
    also what fires newly, at another moment, or no longer.

    Exit status: 0 done, 2 a pack, the configuration or a file can't be used.
    """
    from signals.calendar.instant import parse_instant
    from signals.config import load_config
    from signals.pack.document import PackError
    from streams.replay import Options, replay
    from streams.replay.backtest import backtest as figures
    from streams.replay.difference import difference
    from streams.sources.files import SourceError, require_rereadable

    def run(name: str | None) -> "Summary":
        configured = load_config(config)
        options = Options(
            files=tuple(files),
            config=configured.model_copy(update={"pack": name}) if name is not None else configured,
            until=parse_instant(until) if until else None,
            warmup_until=parse_instant(warmup_until) if warmup_until else 0,
            processes=processes,
            controls=read_controls(controls),
        )
        return replay(options)

    try:
        if against is not None:
            require_rereadable(files)
        found: Backtest | Difference = figures(run(pack)) if against is None else difference(run(against), run(pack))
    except (PackError, SourceError, OSError, ValueError) as error:
        refuse(error)
    if as_json:
        typer.echo(msgspec.json.encode(msgspec.to_builtins(found, str_keys=True)).decode())
    else:
        show(found)


def read_controls(path: Path | None) -> tuple["Control", ...]:
    """The log of controls (``log`` of ``GET /v1/controls``), one JSON object per line; raises ``ValueError``."""
    from signals.decision.controls import Control

    if path is None:
        return ()
    read = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            read.append(msgspec.json.decode(line, type=Control))
        except msgspec.MsgspecError as error:
            raise ValueError(f"{path}:{number}: no control: {error}") from None
    return tuple(sorted(read, key=lambda control: (control.since, control.id)))


def show(found: "Backtest | Difference") -> None:
    """Print for people."""
    from streams.replay.backtest import Backtest

    if isinstance(found, Backtest):
        _table("What fires", {name: msgspec.to_builtins(fired) for name, fired in found.triggers.items()})
        _show_people(found)
        return
    counted = {name: msgspec.to_builtins(counts) for name, counts in found.triggers.items() if counts.changed}
    _table("What the new pack changes", counted)
    typer.echo(f"nothing changes for {len(found.triggers) - len(counted)} other triggers")
    for title, run in (("before", found.old), ("after", found.new)):
        typer.echo(f"{title}:")
        _show_people(run)


def _show_people(run: "Backtest") -> None:
    reached = sum(run.contacts.values())
    spread = "  ".join(f"{count}×: {customers:,}" for count, customers in run.contacts.items())
    typer.echo(f"{run.events:,} events, {run.customers:,} customers, {reached:,} of them reached ({spread})")
    for desk, load in run.desks.items():
        curve = "  ".join(f"{slots}: {share:.0%}" for slots, share in load.curve)
        typer.echo(f"{desk}: {load.released:,} on {load.days} days, median {load.median}, busiest {load.busiest}")
        typer.echo(f"  slots a day → released the same day  {curve}")
    typer.echo(f"digest {run.digest}")


def _table(title: str, rows: dict[str, dict[str, Any]]) -> None:
    from rich.table import Column, Table

    from streams.cli.console import open_console

    headings = [name.replace("_", "\n") for name in next(iter(rows.values()), {})]
    table = Table(Column("trigger", overflow="fold"))
    for heading in headings:
        table.add_column(heading, justify="right")
    for name, row in rows.items():
        table.add_row(name, *(f"{value:,}" for value in row.values()))
    typer.echo(title)
    if rows:
        open_console().print(table)
