"""``signals demo``: a year of an invented population, with the page filling up."""

import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from signals.simulation.play import Simulation
    from streams.node import EmbeddedNode
    from streams.node.advisers import Advisers


def demo(
    customers: Annotated[int, typer.Option(help="how many invented customers", min=1)] = 2_000,
    seconds: Annotated[float, typer.Option(help="how long the year lasts", min=0)] = 60,
    seed: Annotated[int, typer.Option(help="the same seed plays the same year")] = 1,
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="the port to listen on", min=0, max=65_535)] = 8080,
    stay: Annotated[bool, typer.Option(help="keep serving when the year is over")] = True,
) -> None:
    """Play a realistic year of Dutch insurance customers and their advisers, and serve the pages meanwhile; needs
    nothing but this package.

    Exit status: 0 stopped, 2 it can't listen there.
    """
    from datetime import UTC, datetime

    from signals.config import Config, Holdout
    from streams.addresses import http_address
    from streams.node import EmbeddedNode
    from streams.node.advisers import Advisers
    from streams.node.demo import year_until
    from streams.node.serving import serve

    with tempfile.TemporaryDirectory(prefix="signals-demo-") as folder:
        node = EmbeddedNode(Config(holdout=Holdout(share=0.1)), Path(folder))
        simulation = year_until(datetime.now(UTC).date(), customers, seed)
        advisers = Advisers(node, simulation, customers)
        typer.echo(f"playing a year of {customers:,} customers; the page is at {http_address(host, port)}", err=True)
        ended = threading.Event()
        serve(node, host, port, lambda: _play(node, simulation, seconds, advisers, ended), None if stay else ended)


def _play(
    node: "EmbeddedNode", simulation: "Simulation", seconds: float, advisers: "Advisers", ended: threading.Event
) -> None:
    from rich.console import Console

    from streams.node.demo import play
    from streams.node.told import told

    try:
        play(node, simulation, seconds, advisers)
        told(node, Console())
    finally:
        ended.set()
