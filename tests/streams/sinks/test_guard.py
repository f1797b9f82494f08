"""Deliveries can't be led inside our own network."""

import asyncio
import socket

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from streams.sinks.guard import Forbidden, PublicResolver, check_url, open_session
from tests.streams.sinks.receiver import always, receiving


class Leads(AbstractResolver):
    """A name server that leads every name to one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found: ResolveResult = {
            "hostname": host,
            "host": self._address,
            "port": port,
            "family": family,
            "proto": 0,
            "flags": 0,
        }
        return [found]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.nl/hook",
        "https://127.0.0.1/hook",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://[2002:7f00:1::]/",
        "https://[::]/",
        "https://[fec0::1]/",
        "https://①②⑦.⓪.⓪.①/",
        "https://127。0。0。1/",
        "https://example.nl:99999/",
        "https://user:pass@crm.example.nl/",
        "ftp://crm.example.nl/",
        "https:///x",
        "crm.example.nl",
    ],
)
def test_addresses_that_are_not_public_https_are_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        check_url(url, private=False)


def test_public_https_is_allowed_and_private_ones_when_said_so() -> None:
    check_url("https://crm.example.nl/hook", private=False)
    check_url("https://8.8.8.8/hook", private=False)
    check_url("http://10.1.2.3:8000/hook", private=True)


INSIDE = ("127.0.0.1", "10.0.0.8", "100.64.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1%eth0", "64:ff9b::a00:1")


@pytest.mark.parametrize("address", INSIDE)
def test_names_that_lead_inside_are_refused_at_the_moment_of_connecting(address: str) -> None:
    async def ask(url: str) -> None:
        async with open_session(False, PublicResolver(Leads(address))) as session:
            await session.post(url)

    with receiving(always(200)) as receiver:
        port = receiver.url.rpartition(":")[2]
        with pytest.raises((Forbidden, aiohttp.ClientConnectorError)):
            asyncio.run(ask(f"http://innocent.example:{port}/"))
    assert receiver.requests == []


class Turns(AbstractResolver):
    """A name server that tells a public address first and one of ours the second time (DNS rebinding)."""

    def __init__(self) -> None:
        self._tellers = [Leads("8.8.8.8"), Leads("127.0.0.1")]
        self.asked = 0
        self.told = asyncio.Event()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        self.told.set()
        return await self._tellers[min(self.asked, 2) - 1].resolve(host, port, family)

    async def close(self) -> None:
        pass


def test_a_name_that_turns_inside_between_looks_never_gets_a_request() -> None:
    turning = Turns()

    async def ask(port: str) -> None:
        async with open_session(False, PublicResolver(turning)) as session:
            outside = asyncio.create_task(session.post(f"http://innocent.example:{port}/"))
            await turning.told.wait()
            outside.cancel()
            await asyncio.wait([outside])
            with pytest.raises((Forbidden, aiohttp.ClientConnectorError)):
                await session.post(f"http://innocent.example:{port}/")

    with receiving(always(200)) as receiver:
        asyncio.run(ask(receiver.url.rpartition(":")[2]))
    assert turning.asked == 2
    assert receiver.requests == []
