"""``signals key``: make an API key."""

import typer

from streams.cli.refusal import refuse


def key(name: str, scopes: list[str]) -> None:
    """Make an API key for NAME that opens SCOPES (ingest, queue, operations, privacy, web, admin).

    Prints the secret, which is shown only now, and the text to add to SIGNALS_API_KEYS.
    """
    from streams.api.keys import Scope, make_key

    unknown = set(scopes) - set(Scope)
    if unknown:
        refuse(f"there is no such scope as {', '.join(sorted(unknown))}; choose of {', '.join(Scope)}")
    try:
        secret, text = make_key(name, [Scope(scope) for scope in scopes])
    except ValueError as error:
        refuse(error)
    typer.echo(f"secret (give it to its user, it is not kept): {secret}")
    typer.echo(f"add to SIGNALS_API_KEYS: {text}")
