"""Who is calling, and whether they may: keys, scopes, rate limits, and no requests smuggled in by other web sites."""

import base64
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
import structlog
from fastapi import Depends, Request

from streams.api.keys import ANYONE, Key, KeyRing, Scope
from streams.api.problem import Problem

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="signals", charset="UTF-8"'}

audit = structlog.get_logger("signals.audit")
"""Who did what to which recommendation; never personal data."""


class Caller(msgspec.Struct, frozen=True):
    """The person or system that calls: a name to write down, and the key it came with."""

    name: str
    key: Key


class Gate:
    """Lets callers in, or refuses them with a problem."""

    def __init__(self, ring: KeyRing, requests_per_second: float, sites: Sequence[str] = ()) -> None:
        """``sites``: origins whose pages may call with a key written in the body, as visits are sent."""
        self._ring = ring
        self._sites = frozenset(sites)
        self._rate = requests_per_second
        self._budgets: dict[str, tuple[float, float]] = {}

    def admit(self, request: Request, scope: Scope, written: str = "") -> Caller:
        """The caller, when they may use ``scope`` now; ``written``: a key found elsewhere than in the headers."""
        if not from_elsewhere(request):
            caller = self._caller(request, written)
        elif written and request.headers.get("origin") in self._sites:
            caller = self._bearer_of(written)  # never by what a browser adds of its own accord
        else:
            raise Problem(403, "CROSS_SITE", "requests from other web sites are refused; call from the same origin")
        if not caller.key.opens(scope):
            raise Problem(403, "WRONG_SCOPE", f"this key does not open {scope}; ask for one with that scope")
        self._spend(caller.key)
        return caller

    def still_knows(self, caller: Caller) -> bool:
        """Whether the key of a caller who was admitted before has not been taken back."""
        return caller.key is ANYONE or self._ring.has(caller.key)

    def _caller(self, request: Request, written: str) -> Caller:
        if self._ring.open:
            # A page of another site could reach the loopback under a name of its own; it can't fake this header.
            if _host_of(f"//{request.headers.get('host') or 'localhost'}") not in _LOCAL:
                raise Problem(403, "UNKNOWN_HOST", "without API keys only calls to 127.0.0.1 or localhost are answered")
            return Caller(_credentials(request)[0] or ANYONE.name, ANYONE)
        name, secret = _credentials(request)
        return self._bearer_of(secret or written, name)

    def _bearer_of(self, secret: str, name: str = "") -> Caller:
        key = self._ring.find(secret)
        if key is None:
            raise Problem(401, "NO_KEY", "send a valid API key: Authorization: Bearer KEY, or X-API-Key", _CHALLENGE)
        return Caller(name or key.name, key)

    def _spend(self, key: Key) -> None:
        if not self._rate:
            return
        now = time.monotonic()
        left, since = self._budgets.get(key.digest, (2 * self._rate, now))
        left = min(2 * self._rate, left + (now - since) * self._rate)
        if left < 1:
            wait = {"Retry-After": str(int((1 - left) / self._rate) + 1)}
            raise Problem(429, "TOO_MANY", "this key asks more often than it may; slow down", wait)
        self._budgets[key.digest] = (left - 1, now)


def from_elsewhere(request: Request) -> bool:
    """Whether a browser says that another site's page makes it ask."""
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def _host_of(address: str) -> str | None:
    """The name of the machine; none of what is no address."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _credentials(request: Request) -> tuple[str, str]:
    """The name and the secret a request carries; a lone user name of Basic is a write key, and so the secret."""
    if secret := request.headers.get("x-api-key"):
        return "", secret
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return "", value.strip()
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:  # no base64, or no text
        return "", ""
    return (name, secret) if secret else ("", name)


def _admitted(scope: Scope) -> Callable[[Request], Awaitable[Caller]]:
    async def admitted(request: Request) -> Caller:
        gate: Gate = request.app.state.gate
        return gate.admit(request, scope)

    return admitted


Ingester = Annotated[Caller, Depends(_admitted(Scope.INGEST))]
Worker = Annotated[Caller, Depends(_admitted(Scope.QUEUE))]
Operator = Annotated[Caller, Depends(_admitted(Scope.OPERATIONS))]
Guardian = Annotated[Caller, Depends(_admitted(Scope.PRIVACY))]
