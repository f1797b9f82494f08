"""``signals customer``: the journey and state of one customer, readable."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option(help="the folder of a node that isn't running")]
Url = Annotated[str | None, typer.Option(help="the API of a running node or cluster; key in SIGNALS_API_KEY")]
ConfigFile = Annotated[
    Path | None, typer.Option(help="the configuration file (YAML) of that node; else the one it ran with")
]


def customer(
    id: Annotated[str, typer.Argument(help="customer:1001, email:jan@example.nl …, or a customer's id")],
    data: Data = Path("signals-data"),
    url: Url = None,
    config: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show the whole of a customer: stage, experience, rhythm, value, threads, promises, guards, journey; no texts.

    Exit status: 0 shown, 1 nobody is known by this subject, 2 the node can't be read.
    """
    import json

    from streams.cli.portrait import portrait
    from streams.cli.subject import read_subject
    from streams.cli.told import ask, read_node

    subject = read_subject(id)
    found = ask(url, "/v1/customers/", subject) if url else read_node(data, config, "customer", subject)
    if found is None:
        typer.echo(f"nobody is known as {subject}; they may have been erased", err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        for line in portrait(found):
            typer.echo(line)
