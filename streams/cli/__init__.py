"""The ``signals`` command: one file per verb; heavy libraries are imported inside the verbs."""

import sys

import typer

from streams.cli import learn, pack, privacy, quarantine, schema, sinks, topics
from streams.cli.api import api
from streams.cli.backtest import backtest
from streams.cli.convert import convert
from streams.cli.customer import customer
from streams.cli.demo import demo
from streams.cli.evaluate import evaluate
from streams.cli.explain import explain
from streams.cli.key import key
from streams.cli.load import load
from streams.cli.mentions import mentions
from streams.cli.refusal import plainly
from streams.cli.replay import replay
from streams.cli.run import run
from streams.cli.simulate import simulate
from streams.cli.worker import worker
from streams.garbage import look_seldom
from streams.large_pages import use_large_pages

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def signals() -> None:
    """See the occasions in customers' lives; say whom to contact, why, when, how and by whom."""


app.add_typer(schema.app, name="schema")
app.command()(key)
app.command()(convert)
app.command()(mentions)
app.add_typer(learn.app, name="learn")
app.command()(simulate)
app.command()(evaluate)
app.command()(replay)
app.command()(backtest)
app.add_typer(pack.app, name="pack")
app.command()(run)
app.command()(demo)
app.command()(customer)
app.command()(explain)
app.add_typer(topics.app, name="topics")
app.command()(worker)
app.command()(api)
app.command()(load)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(privacy.app, name="privacy")
app.add_typer(sinks.app, name="sinks")


def main() -> None:
    """Entry point of the console script."""
    look_seldom()
    use_large_pages()
    try:
        app()
    except OSError as error:  # a full disk, a folder that is not there: for no verb alone
        typer.echo(plainly(error), err=True)
        sys.exit(2)
