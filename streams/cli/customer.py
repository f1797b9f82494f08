"""``signals customer``: the journey and state of one customer, readable."""

from pathlib import Path
from typing import Annotated, Any

import typer

Data = Annotated[Path, typer.Option(help="the folder of a node that isn't running")]
Url = Annotated[str | None, typer.Option(help="the API of a running node or cluster; key in SIGNALS_API_KEY")]
ConfigFile = Annotated[Path | None, typer.Option(help="the configuration file (YAML) of that node")]
_LISTS = ("guards", "beliefs", "promises", "policies", "seasons", "consents", "timers", "journey")


def customer(
    id: Annotated[str, typer.Argument(help="customer:1001, email:jan@example.nl …, or a customer's id")],
    data: Data = Path("signals-data"),
    url: Url = None,
    config: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show a customer's journey, beliefs, guards, promises, timers and recommendations; never the text of a note.

    Exit status: 0 shown, 1 nobody is known by this subject, 2 the node can't be read.
    """
    import json

    from signals.events.subject import canonical_subject
    from streams.cli.told import ask, read_node, refuse

    try:
        subject = canonical_subject(id if ":" in id else f"customer:{id}")
    except ValueError as error:
        refuse(str(error))
    found = ask(url, "/v1/customers/", subject) if url else read_node(data, config, "customer", subject)
    if found is None:
        typer.echo(f"nobody is known as {subject}; they may have been erased", err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    subjects = ", ".join(found["subjects"])
    typer.echo(f"{found['customer']} ({subjects}), since {found['since']}, {found['touches']} touches")
    value = found["value"]
    typer.echo("value " + ", ".join(f"{part} {amount:.2f}" for part, amount in value.items()))
    for name in ("objected", "erased", "owner"):
        if found.get(name):
            typer.echo(f"{name}: {found[name]}")
    for name in _LISTS:
        if found.get(name):
            typer.echo(f"\n{name}")
            for row in found[name]:
                told = {field: value for field, value in row.items() if value not in (None, [], "")}
                typer.echo("  " + ", ".join(f"{field} {_told(value)}" for field, value in told.items()))
    if found["recommendations"]:
        typer.echo("\nrecommendations")
        for record in found["recommendations"]:
            typer.echo(f"  {record['id']} {record['trigger']} {record['status']}: {record['why']['en']}")


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
