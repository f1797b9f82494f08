"""``signals api``: the API and the pages of the cluster."""

from pathlib import Path
from typing import Annotated

import typer


def api(
    host: Annotated[str | None, typer.Option(help="the address to listen on; else SIGNALS_API_HOST")] = None,
    config: Annotated[Path | None, typer.Option(help="the workers' configuration file (YAML)")] = None,
    port: Annotated[
        int | None, typer.Option(help="the port to listen on; else SIGNALS_API_PORT", min=0, max=65_535)
    ] = None,
) -> None:
    """Serve the queue, customers and ingest over HTTP for the workers of a cluster; any number of these may run.

    Exit status: 0 stopped, 2 something isn't as it must be.
    """
    from contextlib import closing

    import structlog

    from signals.config import load_config
    from streams.addresses import http_address
    from streams.api import ApiSettings, create_api
    from streams.api.wire import Server, run_server, serving
    from streams.cli.cluster import clear_errors, cluster_settings, read_all
    from streams.cluster.node import ClusterNode
    from streams.garbage import look_seldom
    from streams.logs import configure_logs

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}

    def api_settings() -> ApiSettings:
        served = ApiSettings.read(**given)
        served.ring()
        return served

    settings, served, configured = read_all(cluster_settings, api_settings, lambda: load_config(config))
    configure_logs()
    with clear_errors():
        if config is None:
            configured = configured.model_copy(update={"pack": served.pack})
        served = served.model_copy(update={"pack": configured.pack})
        node = ClusterNode(settings, configured)
        node.check()
        application = create_api(node, served)
    look_seldom()
    say = structlog.get_logger("signals.api").info
    with closing(node):
        config_of_server = serving(application, served.host, served.port)
        run_server(Server(config_of_server, lambda: say(f"listening on {http_address(served.host, served.port)}")))
