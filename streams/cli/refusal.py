"""How a command ends that can't do what it is asked."""

from typing import NoReturn

import typer


def refuse(what: str) -> NoReturn:
    """Say why it can't be done, and end with status 2."""
    typer.echo(what, err=True)
    raise typer.Exit(2)
