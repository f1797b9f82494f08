"""HEAD, by which load balancers and monitors look: what GET would answer, without its body."""

from collections.abc import Set

from starlette.types import ASGIApp, Receive, Scope, Send


class Heads:
    """Asks for what HEAD asks as GET does; the server leaves the body out. Not for ``endless`` answers."""

    def __init__(self, app: ASGIApp, endless: Set[str]) -> None:
        self._app = app
        self._endless = endless

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope["method"] == "HEAD" and scope["path"] not in self._endless:
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
