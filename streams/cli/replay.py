"""``signals replay``: a deterministic run over files."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.refusal import refuse

if TYPE_CHECKING:
    from signals.config import Config
    from signals.evaluation.fairness import Treatment
    from streams.replay import Options, Summary


def replay(
    files: Annotated[list[str], typer.Argument(help="files of events, one JSON object per line; .gz too; - is stdin")],
    pack: Annotated[str | None, typer.Option(help="the pack: its name or its folder")] = None,
    config: Annotated[Path | None, typer.Option(help="the configuration file (YAML)")] = None,
    until: Annotated[str | None, typer.Option(help="move event time on to then, so that timers fire")] = None,
    warmup_until: Annotated[str | None, typer.Option(help="before then, build state and fire nothing")] = None,
    out: Annotated[Path | None, typer.Option(help="the last revision of each recommendation ever released")] = None,
    decisions: Annotated[Path | None, typer.Option(help="every candidate with its reason and status")] = None,
    refusals: Annotated[Path | None, typer.Option(help="what was refused, with all that led to it")] = None,
    quarantine: Annotated[str | None, typer.Option(help="what could not be read, with the reason")] = None,
    fairness: Annotated[Path | None, typer.Option(help="who was contacted or refused, per segment")] = None,
    controls: Annotated[Path | None, typer.Option(help="what was steered meanwhile: the log, one per line")] = None,
    processes: Annotated[int, typer.Option(help="0: as many as pay; the result is the same", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print the summary as JSON")] = False,
) -> None:
    """Run over files of events in event time; the same input gives the same bytes.

    Exit status: 0 done, 2 a file, the pack, the configuration or an option can't be used.
    """
    import msgspec

    from signals.pack.document import PackError
    from streams.cli.configured import configured
    from streams.replay.report import fairness_of, summary_record
    from streams.sources.files import SourceError
    from streams.sources.quarantine import in_words

    try:
        options = _options(
            files, configured(config, pack), until, warmup_until, quarantine, processes, controls, refusals is not None
        )
        options = msgspec.structs.replace(options, by_segment=fairness is not None)
        started = time.perf_counter()
        summary = _run(options, quiet=as_json)
        _write(out, summary.recommendations)
        _write(decisions, summary.decisions)
        _write(refusals, summary.refusals)
        told = fairness_of(summary) if fairness is not None else []
        if fairness is not None:
            fairness.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in told))
    except (PackError, SourceError, OSError, ValueError) as error:
        refuse(error)
    record = summary_record(summary, time.perf_counter() - started)
    if as_json:
        typer.echo(json.dumps(record))
    else:
        _show(record, told)
    for line in in_words(summary.quarantined, summary.first_quarantined, quarantine) if not as_json else ():
        typer.echo(line, err=True)


def _options(
    files: list[str],
    config: "Config",
    until: str | None,
    warmup_until: str | None,
    quarantine: str | None,
    processes: int,
    controls: Path | None,
    explaining: bool,
) -> "Options":
    from signals.calendar.instant import parse_instant
    from streams.cli.backtest import read_controls
    from streams.replay import Options

    return Options(
        files=tuple(files),
        config=config,
        until=parse_instant(until) if until else None,
        warmup_until=parse_instant(warmup_until) if warmup_until else 0,
        quarantine=quarantine,
        processes=processes,
        controls=read_controls(controls),
        explaining=explaining,
    )


def _run(options: "Options", quiet: bool) -> "Summary":
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from signals.calendar.instant import Instant, format_instant
    from streams.replay import replay as run

    columns = (SpinnerColumn(), TextColumn("{task.completed:,} lines, at {task.description}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("the beginning", total=None)

        def tell(lines: int, moment: Instant) -> None:
            bar.update(task, advance=lines, description=format_instant(moment))

        return run(options, tell)


def _write(path: Path | None, records: dict[str, bytes]) -> None:
    from streams.replay.run import sorted_lines

    if path is not None:
        with path.open("wb") as file:
            file.writelines(line + b"\n" for line in sorted_lines(records))


def _show(record: dict[str, object], fairness: "list[Treatment]") -> None:
    from streams.cli.console import open_console
    from streams.replay.report import print_fairness, print_summary

    console = open_console()
    print_summary(record, console)
    if fairness:
        print_fairness(fairness, console)
