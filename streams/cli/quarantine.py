"""``signals quarantine``: what could not be used, and another try."""

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from streams.cli.customer import Url
from streams.cli.refusal import refuse
from streams.cli.told import RUNNING, ask_lines, open_node, tell

app = typer.Typer(no_args_is_help=True, help="Look at what was quarantined, and try again.")

Data = Annotated[Path | None, typer.Option(help="the folder of a node that isn't running; without it: Kafka")]
ConfigFile = Annotated[Path | None, typer.Option(help="the configuration file (YAML)")]


@app.callback()
def quarantine() -> None:
    """Look at what was quarantined, and try again: of a node that stands still with --data, of what is running with
    --url, else of the cluster of KAFKA_BOOTSTRAP."""


@app.command("list")
def list_quarantined(
    data: Data = None,
    url: Url = None,
    config: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the records as they are, one per line")] = False,
) -> None:
    """Show what was quarantined and why. The bytes themselves only come with --json: they may be personal.

    With --url this takes a key that opens operations, and with --json one that opens privacy.
    """
    from streams.cli.cluster import clear_errors, read_settings

    if url is not None:
        _tell(ask_lines(url, "/v1/quarantine/raw" if as_json else "/v1/quarantine"), as_json)
        return
    if data is not None:
        with open_node(data, config, RUNNING) as node:
            _tell(node.quarantined_records(), as_json)
        return
    from streams.cluster.quarantine import quarantined
    from streams.cluster.topics import require_topics

    _require_cluster()
    settings = read_settings()
    with clear_errors():
        require_topics(settings)
        _tell(quarantined(settings), as_json)


@app.command("redrive")
def redrive_quarantined(
    data: Data = None,
    url: Url = None,
    config: ConfigFile = None,
    reason: Annotated[str | None, typer.Option(help="only what was refused for this reason")] = None,
) -> None:
    """Send in again what is in quarantine: it is taken out, and what is still no good is quarantined again.

    With --url this takes a key that opens operations.
    """
    from streams.cli.cluster import clear_errors, read_settings

    if url is not None:
        sent = tell(url, "/v1/quarantine/redrive", {"reason": reason})["sent"]
        typer.echo(f"{sent} sent in again")
        return
    if data is not None:
        with clear_errors(), open_node(data, config, RUNNING) as node:
            typer.echo(f"{node.redrive(reason)} sent in again")
        return
    from signals.config import load_config
    from streams.cluster.quarantine import redrive
    from streams.cluster.topics import require_topics
    from streams.sources.again import Again

    _require_cluster()
    settings = read_settings()
    with clear_errors():
        again = Again(load_config(config).pack, reason)
        require_topics(settings)
        typer.echo(f"{redrive(settings, again)} sent in again")


def _require_cluster() -> None:
    """End the program when it is not said of which node or cluster."""
    if not os.environ.get("KAFKA_BOOTSTRAP"):
        refuse(
            "say of what: --data FOLDER of a stopped node, --url of what is running, or KAFKA_BOOTSTRAP for a cluster"
        )


def _tell(records: Iterable[dict[str, Any]], as_json: bool) -> None:
    from streams.sources.quarantine import PLACE

    reasons: Counter[str] = Counter()
    for record in records:
        reasons[record["reason"]] += 1
        place = "/".join(str(record[part]).strip("/") for part in PLACE if part in record)
        typer.echo(json.dumps(record) if as_json else f"{place}  {record['reason']}  {record['detail']}")
    if not as_json:
        typer.echo(", ".join(f"{reason}: {count}" for reason, count in reasons.most_common()) or "nothing quarantined")
