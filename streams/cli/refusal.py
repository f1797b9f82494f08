"""How a command ends that can't do what it is asked."""

from typing import NoReturn

import typer


def refuse(why: str | Exception) -> NoReturn:
    """Say why it can't be done, and end with status 2."""
    typer.echo(why if isinstance(why, str) else plainly(why), err=True)
    raise typer.Exit(2) from None


def plainly(error: Exception) -> str:
    """What an error says to people: of a file its name and what is the matter, without the system's number for it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return str(error)
