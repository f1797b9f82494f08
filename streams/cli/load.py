"""``signals load``: put a history on Kafka."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.refusal import refuse

if TYPE_CHECKING:
    from streams.cluster.homes import Homes
    from streams.cluster.load import Loaded, Sender
    from streams.cluster.settings import ClusterSettings

_LOOK_SECONDS = 0.5
_QUIET_SECONDS = 20


def load(
    files: Annotated[list[str], typer.Argument(help="files of events, one JSON object per line; .gz too; - is stdin")],
    config: Annotated[Path | None, typer.Option(help="the workers' configuration file (YAML)")] = None,
    after: Annotated[
        list[str] | None, typer.Option(help="a file that was loaded before this one: its links count, too")
    ] = None,
    until: Annotated[str | None, typer.Option(help="wait for the workers, then move event time on to then")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the counts as JSON")] = False,
) -> None:
    """Put events on Kafka, in event-time order, each straight to the worker that will see it.

    Load a history with workers that run with SIGNALS_CLOCK=event. With --until it returns when all is worked on. What
    comes in pieces is decided as if it had come in one when each piece is loaded with all before it as --after.
    Exit status: 0 all events are on Kafka (some perhaps in quarantine), 2 a file, an option or Kafka can't be used.
    """
    from signals.calendar.instant import parse_instant
    from signals.config import load_config
    from streams.cli.cluster import clear_errors, read_settings
    from streams.cluster.load import Sender, gather, homes_of, send_home, tick
    from streams.cluster.topics import require_topics

    settings = read_settings()
    try:
        moment = parse_instant(until) if until else None
    except ValueError as error:
        refuse(error)
    with clear_errors():
        lateness = load_config(config).lateness.milliseconds
        homes = homes_of(files, after or ())
        require_topics(settings)  # else the brokers may make some by themselves, and not as they should be
        sender = Sender(settings)
        if after:
            _await_workers(settings)
        gather(homes, sender)
        if after:
            _await_workers(settings)
        loaded = _send(files, homes, sender, lateness)
        if moment is not None:
            _await_workers(settings)
            tick(sender, moment)
            _await_workers(settings)
            send_home(homes, sender)
            _await_workers(settings)
        sender.close()
    if as_json:
        typer.echo(json.dumps({"sent": loaded.sent, "quarantined": loaded.quarantined}))
    else:
        typer.echo(f"{loaded.sent} events sent, {sum(loaded.quarantined.values())} lines quarantined")


def _send(files: list[str], homes: "Homes", sender: "Sender", lateness: int) -> "Loaded":
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from signals.calendar.instant import Instant, format_instant
    from streams.cluster.load import load as send

    columns = (SpinnerColumn(), TextColumn("{task.completed:,} lines, at {task.description}"))
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("the beginning", total=None)

        def told(lines: int, moment: Instant) -> None:
            bar.update(task, advance=lines, description=format_instant(moment))

        return send(files, homes, sender, lateness, told)


def _await_workers(settings: "ClusterSettings") -> None:
    from rich.console import Console

    from streams.cluster.lag import Lag
    from streams.cluster.standstill import Standstill

    lag, standstill = Lag(settings), Standstill(_QUIET_SECONDS)
    console = Console(stderr=True)
    with console.status("waiting for the workers") as status:
        while not lag.is_done():
            left = lag.left()
            status.update(f"waiting for the workers: {left:,} records before them")
            if standstill.is_noticed(left):
                typer.echo(
                    f"{left:,} records wait, and none was taken for {_QUIET_SECONDS} s: is a worker running, with the "
                    "same KAFKA_BOOTSTRAP and SIGNALS_TOPIC_PREFIX?",
                    err=True,
                )
            time.sleep(_LOOK_SECONDS)
    lag.close()
