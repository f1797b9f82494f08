"""``signals quarantine``: what could not be used, and another try."""

import json
from collections import Counter
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Look at what was quarantined on Kafka, and try again.")


@app.callback()
def quarantine() -> None:
    """Look at what was quarantined on Kafka, and try again."""


@app.command("list")
def list_quarantined(
    as_json: Annotated[bool, typer.Option("--json", help="print the records as they are, one per line")] = False,
) -> None:
    """Show what was quarantined and why. The bytes themselves only come with --json: they may be personal."""
    from streams.cli.cluster import clear_errors, read_settings
    from streams.cluster.quarantine import quarantined

    settings = read_settings()
    reasons: Counter[str] = Counter()
    with clear_errors():
        for record in quarantined(settings):
            reasons[record["reason"]] += 1
            place = "/".join(str(record[part]) for part in ("topic", "partition", "offset") if part in record)
            typer.echo(json.dumps(record) if as_json else f"{place}  {record['reason']}  {record['detail']}")
    if not as_json:
        typer.echo(", ".join(f"{reason}: {count}" for reason, count in reasons.most_common()) or "nothing quarantined")


@app.command("redrive")
def redrive_quarantined(
    reason: Annotated[str | None, typer.Option(help="only what was refused for this reason")] = None,
) -> None:
    """Send in again what was quarantined since the last redrive; what is still no good is quarantined again."""
    from streams.cli.cluster import clear_errors, read_settings
    from streams.cluster.quarantine import redrive

    settings = read_settings()
    with clear_errors():
        typer.echo(f"{redrive(settings, reason)} sent in again")
