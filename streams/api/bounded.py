"""No request may be larger than what is allowed, whatever it asks for and whoever asks: the rest is never kept."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.api.problem import Problem


class Bounded:
    """Ends a request as soon as its body has more than ``largest`` bytes, as sent."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        left = self._largest
        declared = dict(scope.get("headers", ())).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > left:
            left = -1  # nobody waits for what will be refused

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise Problem(413, "TOO_LARGE", f"send at most {self._largest} bytes at a time")
            return message

        await self._app(scope, bounded, send)
