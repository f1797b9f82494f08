"""Keeps deliveries from reaching inside our own network: only public addresses, checked at the moment of connecting.

The name is resolved once, the addresses are checked, and the connection goes to a checked address: a name that
resolves differently the next time can't slip through. Redirects are never followed.
"""

import ipaddress
import socket
from typing import Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

SECONDS = 20
"""Before an attempt is given up."""


_INSIDE = "for a receiver inside your own network add private: true"


class Forbidden(OSError):
    """The address is not a public one."""


def check_url(url: str, private: bool) -> None:
    """Raise ``Forbidden`` unless ``url`` is https to a name or a public address; ``private`` allows http and any."""
    parts = _parts(url)
    if parts.scheme not in ("https", "http") or not parts.host or parts.user is not None:
        raise Forbidden(f"{url!r} is not an address to send to: write https://host/path")
    if private:
        return
    if parts.scheme != "https":
        raise Forbidden(f"{url!r} is not https; {_INSIDE}")
    try:
        address = ipaddress.ip_address(parts.host)
    except ValueError:
        return
    _check_address(str(address))


def _parts(url: str) -> URL:
    """As the client will read it: other digits and dots (①②⑦。0。0。1) are an address, too."""
    try:
        return URL(url)
    except ValueError:
        return URL()


def _check_address(text: str) -> None:
    address = ipaddress.ip_address(text.partition("%")[0])
    real = _wrapped(address) if isinstance(address, ipaddress.IPv6Address) else address
    if not real.is_global or real.is_multicast or getattr(real, "is_site_local", False):
        raise Forbidden(f"the receiver's name leads to an address that is not public; {_INSIDE}")


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 one leads to: mapped, 6to4, Teredo, or through NAT64."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


class PublicResolver(AbstractResolver):
    """Resolves names, refusing those that lead anywhere but to public addresses."""

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name; raises ``Forbidden`` when any of them is not public."""
        found = await self._inner.resolve(host, port, family)
        for result in found:
            _check_address(result["host"])
        return found

    async def close(self) -> None:
        """Nothing to let go of but the inner resolver."""
        await self._inner.close()


def open_session(private: bool, resolver: AbstractResolver | None = None) -> ClientSession:
    """A client that connects to public addresses only, or (``private``) to any."""
    given: dict[str, Any] = {} if private else {"resolver": resolver or PublicResolver()}
    connector = TCPConnector(limit_per_host=8, ttl_dns_cache=0, use_dns_cache=False, **given)
    return ClientSession(connector=connector, timeout=ClientTimeout(total=SECONDS))
