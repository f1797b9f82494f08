"""``signals privacy``: access, portability and erasure of one person."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.customer import ConfigFile, Data
from streams.cli.subject import read_subject

if TYPE_CHECKING:
    from streams.queue.work import Record

app = typer.Typer(no_args_is_help=True, help="Give a person all that is known of them, or forget them.")

Subject = Annotated[str, typer.Argument(help="customer:1001, email:jan@example.nl …, or a customer's id")]
OnCluster = Annotated[bool, typer.Option("--cluster", help="of the cluster that KAFKA_BOOTSTRAP and REDIS_URL name")]
_FOLDER = Path("signals-data")


@app.command("export")
def export_person(
    subject: Subject,
    data: Data = _FOLDER,
    config: ConfigFile = None,
    cluster: OnCluster = False,
    out: Annotated[Path | None, typer.Option(help="write to this file instead of the screen")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON is the only form: accepted for uniformity")] = True,
) -> None:
    """All that is known of a person, as JSON: state, journey, recommendations, decisions, quarantined records.

    Exit status: 0 written, 1 nothing is known, 2 the node's folder or the cluster can't be read.
    """
    found = _exported_from_cluster(subject) if cluster else _exported_from_node(subject, data, config)
    if found is None:
        typer.echo(f"nothing is known of {subject}", err=True)
        raise typer.Exit(1)
    text = json.dumps(found, ensure_ascii=False, indent=2)
    if out is not None:
        out.write_text(text + "\n")
    else:
        typer.echo(text)


@app.command("erase")
def erase_person(
    subject: Subject,
    data: Data = _FOLDER,
    config: ConfigFile = None,
    cluster: OnCluster = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Forget a person under all their subjects, everywhere; old events can't bring them back.

    Exit status: 0 forgotten (also when nothing was known), 2 the node's folder or the cluster can't be used.
    """
    gone = _erased_on_cluster(subject) if cluster else _erased_on_node(subject, data, config)
    if as_json:
        typer.echo(json.dumps(gone))
    else:
        typer.echo("erased: " + ", ".join(f"{count} {what}" for what, count in gone.items()))


def _exported_from_node(subject: str, data: Path, config: Path | None) -> "Record | None":
    from streams.node.privacy import export
    from streams.node.ran_with import config_of

    with _clear_errors(data):
        return export(config_of(data, config), data, read_subject(subject))


def _exported_from_cluster(subject: str) -> "Record | None":
    from streams.cli.cluster import read_settings
    from streams.cluster.privacy import export

    with _clear_cluster_errors():
        return export(read_settings(), read_subject(subject))


def _erased_on_node(subject: str, data: Path, config: Path | None) -> "Record":
    from streams.node.privacy import erase
    from streams.node.ran_with import config_of

    with _clear_errors(data):
        return erase(config_of(data, config), data, read_subject(subject))


def _erased_on_cluster(subject: str) -> "Record":
    from streams.cli.cluster import read_settings
    from streams.cluster.privacy import erase

    with _clear_cluster_errors():
        return erase(read_settings(), read_subject(subject))


@contextmanager
def _clear_errors(data: Path) -> Iterator[None]:
    """End the program with what to do when the node's folder can't be used."""
    from signals.pack.document import PackError
    from streams.cli.refusal import refuse
    from streams.cli.told import require_node
    from streams.node.store import StoreError

    require_node(data)
    try:
        yield
    except (PackError, StoreError, ValueError) as error:
        refuse(error)
    except sqlite3.Error as error:  # of what can be done again: it begins anew with what is left
        refuse(f"{data}: {error}; mend it, and give the command again")


@contextmanager
def _clear_cluster_errors() -> Iterator[None]:
    """End the program with what to do when the cluster can't be used, or not now."""
    from streams.api.node import Busy
    from streams.cli.cluster import clear_errors
    from streams.cli.refusal import refuse
    from streams.cluster.privacy import NotForgotten

    try:
        with clear_errors():
            yield
    except (NotForgotten, Busy) as error:
        refuse(error)
