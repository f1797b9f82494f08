"""``signals explain``: one recommendation or decision in full, in words."""

from pathlib import Path
from typing import Annotated, Any

import typer

from streams.cli.customer import ConfigFile, Data, Url


def explain(
    id: Annotated[str, typer.Argument(help="the id of a recommendation (rec_…) or a decision (dec_…)")],
    data: Data = Path("signals-data"),
    url: Url = None,
    config: ConfigFile = None,
    file: Annotated[list[str] | None, typer.Option(help="what replay wrote: --out, --decisions or --refusals")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Explain a decision: what was seen, what each gate said with its numbers, and what would have changed it.

    Exit status: 0 explained, 1 there is no such recommendation or decision, 2 it can't be looked up.
    """
    import json

    from streams.cli.told import ask, read_node

    if file:
        found = _in_files(file, id)
    else:
        found = ask(url, "/v1/decisions/", id) if url else read_node(data, config, "explain", id)
    if found is None:
        typer.echo(f"there is no {id}; it may have been erased, or be older than what is kept", err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _show(found)


def _in_files(files: list[str], id: str) -> dict[str, Any] | None:
    import msgspec

    from streams.cli.refusal import refuse
    from streams.sources.files import SourceError, read_lines

    try:
        for name in files:
            for _, line in read_lines(name):
                record = msgspec.json.decode(line)
                if isinstance(record, dict) and record.get("id") == id:
                    return record
    except (SourceError, msgspec.DecodeError) as error:
        refuse(error)
    return None


def _show(found: dict[str, Any]) -> None:
    typer.echo(f"{found['id']}: {found['trigger']} ({found['class']}) for {found['customer']}")
    typer.echo(f"{found['status']}, {found['reason']}" + (f": {found['detail']}" if found.get("detail") else ""))
    for language, sentence in found.get("why", {}).items():
        typer.echo(f"why ({language}): {sentence}")
    for language, sentence in found.get("say", {}).items():
        typer.echo(f"say ({language}): {sentence}")
    if "probability" in found:
        value = ", ".join(f"{part} {amount:.2f}" for part, amount in found["value"].items())
        typer.echo(f"probability {found['probability']}, urgency {found['urgency']}, priority {found['priority']}")
        typer.echo(f"value: {value}")
    if "channel" in found:  # what was refused has no channel and no window
        typer.echo(f"by {found['channel']} from {found['not_before']}, best before {found['best_before']}")
    for piece in found.get("evidence", []):
        typer.echo(f"saw {piece['time']} {piece['source']} {piece['event']}: {piece['saw']} ({piece['weight']})")
    for gate in found.get("gates", []):
        typer.echo(f"gate {gate['gate']}: {gate['verdict']}, {gate['detail']}")
    for other in found.get("counterfactual", []):
        typer.echo(f"{other['change']}: {other['then']}")
    if found.get("runner_up"):
        typer.echo(f"runner-up: {found['runner_up']['trigger']}, priority {found['runner_up']['priority']}")
    pack = found["pack"]
    typer.echo(f"decided by {pack['name']} {pack['version']} ({pack['digest']})")
