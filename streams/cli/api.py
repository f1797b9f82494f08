"""``signals api``: the API and the pages of the cluster."""

from typing import Annotated

import typer


def api(
    host: Annotated[str | None, typer.Option(help="the address to listen on; else SIGNALS_API_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="the port to listen on; else SIGNALS_API_PORT")] = None,
) -> None:
    """Serve the queue, customers and ingest over HTTP for the workers of a cluster; any number of these may run.

    Exit status: 0 stopped, 2 something isn't as it must be.
    """
    import uvicorn

    from streams.api import ApiSettings, create_api
    from streams.cli.cluster import clear_errors, read_settings
    from streams.cluster.node import ClusterNode

    settings = read_settings()
    with clear_errors():
        given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        served = ApiSettings().model_copy(update=given)
        node = ClusterNode(settings, served.pack)
        node.check()
        application = create_api(node, served)
    typer.echo(f"listening on http://{served.host}:{served.port}", err=True)
    uvicorn.run(application, host=served.host, port=served.port, log_level="warning")
    node.close()
