"""``signals run``: the embedded node."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.queue.retention import KEPT_DAYS

if TYPE_CHECKING:
    from streams.node import EmbeddedNode

DATA = Path("signals-data")


def run(
    config: Annotated[Path | None, typer.Option(help="the configuration file (YAML)")] = None,
    pack: Annotated[str | None, typer.Option(help="the pack: its name or its folder")] = None,
    data: Annotated[Path, typer.Option(help="the folder for the node's files")] = DATA,
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="the port to listen on", min=0, max=65_535)] = 8080,
    retention_days: Annotated[
        int,
        typer.Option(
            help="how long recommendations stay after they expired", envvar="SIGNALS_RETENTION_DAYS", min=1, max=36_500
        ),
    ] = KEPT_DAYS,
) -> None:
    """Take events over HTTP, keep state on disk, serve the queue, the API and the pages; no broker, no server.

    SIGHUP takes over the pack as its files are now, when it is sound.

    Exit status: 0 stopped, 2 the configuration, the pack, the keys, the data folder or the port can't be used.
    """
    from signals.pack.document import PackError
    from streams.api import ApiSettings
    from streams.cli.configured import configured
    from streams.cli.refusal import refuse
    from streams.environment import SettingsError
    from streams.logs import configure_logs
    from streams.node import EmbeddedNode
    from streams.node.ran_with import remember
    from streams.node.serving import serve
    from streams.node.store import StoreError
    from streams.sinks.running import delivering
    from streams.sinks.settings import SinksError

    try:
        ApiSettings.read(host=host, port=port).ring()
        chosen = configured(config, pack)
        node = EmbeddedNode(chosen, data, retention_days)
        remember(data, config, chosen.pack)
    except (SettingsError, ValueError, StoreError, OSError) as error:
        refuse(error)
    configure_logs()
    try:
        with delivering(node.queue, data, node.ingest):
            serve(node, host, port, listening=lambda: _announce(node, host, port))
    except (PackError, SinksError, OSError) as error:
        refuse(error)


def _announce(node: "EmbeddedNode", host: str, port: int) -> None:
    from streams.addresses import http_address

    name, version, _ = node.pack.environment.fingerprint
    typer.echo(
        f"pack {name} {version}, {len(node.pack.triggers)} triggers; listening on {http_address(host, port)}", err=True
    )
