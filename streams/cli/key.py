"""``signals key``: make an API key."""

import typer


def key(name: str, scopes: list[str]) -> None:
    """Make an API key for NAME that opens SCOPES (ingest, queue, operations, privacy, admin).

    Prints the secret, which is shown only now, and the text to add to SIGNALS_API_KEYS.
    """
    from streams.api.keys import Scope, make_key

    try:
        secret, text = make_key(name, [Scope(scope) for scope in scopes])
    except ValueError as error:
        typer.echo(f"signals key: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"secret (give it to its user, it is not kept): {secret}")
    typer.echo(f"add to SIGNALS_API_KEYS: {text}")
