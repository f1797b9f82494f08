"""``signals simulate``: a synthetic population's events, and what was really going on."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, cast

import typer

from signals.calendar.instant import DAY
from streams.cli.progress import progress
from streams.cli.refusal import refuse

_FIRST_DAY = datetime(2025, 1, 1)  # noqa: DTZ001 (a day, not a moment)
_EVENTS_PER_REPORT = 5_000


def simulate(
    customers: Annotated[int, typer.Option(min=1, help="how many customers")],
    days: Annotated[int, typer.Option(min=1, help="how many days")],
    out: Annotated[str, typer.Option(help="where the events go: JSON lines; gzipped when it ends in .gz; - is stdout")],
    truth: Annotated[str, typer.Option(help="where the hidden truth goes: JSON lines")],
    seed: Annotated[int, typer.Option(help="the same seed gives the same bytes")] = 1,
    start: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the first day")] = _FIRST_DAY,
) -> None:
    """Write the events of invented customers, who leave noisy traces, and the hidden truth behind them.

    Exit status: 0 written, 2 the days or the files can't be used.
    """
    import msgspec

    from signals.events.decode import encode
    from signals.simulation.play import Simulation

    try:
        simulation = Simulation(customers, days, seed, start.date())
    except ValueError as error:
        refuse(error)
    begin, written = simulation.horizon.begin, 0
    try:
        with _target(out) as file, progress("simulate", days) as advance:
            for written, event in enumerate(simulation.events(), start=1):
                file.write(encode(event) + b"\n")
                if written % _EVENTS_PER_REPORT == 0:
                    advance((event.time - begin) / DAY)
        truths = simulation.truth()
        with _target(truth) as file:
            file.writelines(msgspec.json.encode(one.record()) + b"\n" for one in truths)
    except OSError as error:
        refuse(f"{error.filename or out}: can't be written: {error.strerror or error}")
    typer.echo(f"{written} events of {customers} customers, {len(truths)} hidden truths", err=True)


@contextmanager
def _target(path: str) -> Iterator[IO[bytes]]:
    """A file to write; a gzipped one tells neither its name nor the time: the same content is the same file."""
    if path == "-":
        yield sys.stdout.buffer
        return
    with Path(path).open("wb") as file:
        if not path.endswith(".gz"):
            yield file
            return
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=5, mtime=0) as zipped:
            yield cast(IO[bytes], zipped)
