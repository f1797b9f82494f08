"""Who asked with a slash too many or too few is sent on, by the path alone.

The framework names the whole address as it sees it. Behind a proxy that ends TLS that is one of http: a client that
follows would show its key to everybody on the way.
"""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Nearby:
    """Leaves scheme and name out of where a request is sent on to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 307:
                message = {**message, "headers": [(name, _nearby(name, value)) for name, value in message["headers"]]}
            await send(message)

        await self._app(scope, receive, told)


def _nearby(name: bytes, value: bytes) -> bytes:
    if name != b"location":
        return value
    return urlsplit(value)._replace(scheme=b"", netloc=b"").geturl()
