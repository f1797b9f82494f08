"""Asking the workers, as the API does it: on connections that stay open, each of the one that owns the customer."""

import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import msgspec
import redis
import urllib3

from streams.api.node import Busy
from streams.cluster.owners import Owners
from streams.cluster.routing import shard_of
from streams.cluster.settings import ClusterSettings
from streams.cluster.web import OPERATIONS, WITH

_CONNECT_SECONDS, _ANSWER_SECONDS, _GLANCE_SECONDS = 1, 10, 2

_UNHEARD_MILLISECONDS = 2_000
"""A host that was cut off refuses nobody: a question that its machine does not even acknowledge is given up so soon."""

_AGAIN_SECONDS = 3
_REMEMBERED_SECONDS = 1.0
_CONNECTIONS = 16
_MOST_QUESTIONS = 16
_MOST_AT_ONCE = 32

Found = Mapping[str, Any]


class Workers:
    """The workers as one; used from many threads at once."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._partitions = settings.partitions
        self._redis = redis.Redis.from_url(settings.redis_url.get_secret_value())
        self._owners = Owners(self._redis, settings)
        token = settings.worker_token
        shown = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else None
        self._connections = urllib3.PoolManager(
            maxsize=_CONNECTIONS, headers=shown, retries=urllib3.Retry(1), socket_options=_socket_options()
        )
        self._addresses: Mapping[int, str] = {}
        self._read_at = float("-inf")

    def about(self, what: str, subject: str) -> Found | None:
        """What the owner of a subject, or of who they became, tells; ``None``: nobody. Raises ``Busy``."""
        company = subject
        for _ in range(_MOST_QUESTIONS):
            found = self._owner_about(what, subject, company)
            if found is None:
                return None
            if "lives" in found:
                company = found["lives"]
            elif "became" in found:
                subject = company = found["became"]
            else:
                return found
        return None

    def operations(self) -> list[Found]:
        """What each worker tells of itself, all asked at once; who doesn't answer soon is left out."""
        addresses = sorted(set(self._owners.addresses().values()))
        with ThreadPoolExecutor(_MOST_AT_ONCE, "glance") as threads:
            return [found for found in threads.map(self._glance, addresses) if found is not None]

    def close(self) -> None:
        """Let go of the connections."""
        self._connections.clear()
        self._redis.close()

    def _owner_about(self, what: str, subject: str, company: str) -> Found | None:
        """Where a shard is, is remembered for a moment, and looked up anew when it isn't there any more."""
        path = f"/{what}/{quote(subject, safe='')}"
        if company != subject:
            path += f"{WITH}{quote(company, safe='')}"
        remembered = self._address_of(company)
        try:
            return self._read(remembered, path)
        except Busy:
            self._read_at = float("-inf")
            if (address := self._address_of(company)) == remembered:
                raise
            return self._read(address, path)

    def _address_of(self, subject: str) -> str:
        now = time.monotonic()
        if now - self._read_at > _REMEMBERED_SECONDS:
            self._addresses, self._read_at = self._owners.addresses(), now
        address = self._addresses.get(shard_of(subject, self._partitions))
        if address is None:
            raise Busy(_AGAIN_SECONDS, "no worker has this customer now; is one running?")
        return address

    def _glance(self, address: str) -> Found | None:
        try:
            return self._read(address, OPERATIONS, _GLANCE_SECONDS)
        except Busy:
            return None

    def _read(self, address: str, path: str, seconds: float = _ANSWER_SECONDS) -> Found | None:
        timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=seconds)
        try:
            answer = self._connections.request("GET", f"{address}{path}", timeout=timeout)
        except urllib3.exceptions.HTTPError:
            raise Busy(_AGAIN_SECONDS, f"the worker at {address} does not answer") from None
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise Busy(_AGAIN_SECONDS, f"the worker at {address} answered {answer.status}")
        found: Found = msgspec.json.decode(answer.data)
        return found


def _socket_options() -> list[tuple[int, int, int]]:
    options = list(urllib3.connection.HTTPConnection.default_socket_options)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # not on every system
        options.append((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNHEARD_MILLISECONDS))
    return options
