"""Signing in to a CRM: a fixed token, or one fetched with client credentials and renewed when it is refused."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import ClientResponse, ClientResponseError, ClientSession


class SignIn:
    """Sends requests with a bearer token; ``form`` is what is posted to ``token_url`` to get one."""

    def __init__(
        self, session: ClientSession, token: str = "", token_url: str = "", form: Mapping[str, str] = {}
    ) -> None:
        self._session = session
        self._token = token
        self._token_url = token_url
        self._form = dict(form or {})
        self._signing_in = asyncio.Lock()

    @asynccontextmanager
    async def send(self, method: str, url: str, body: Any = None, prefer: str = "") -> AsyncIterator[ClientResponse]:
        """Send JSON (``None``: no body), and what is preferred of the answer; signs in again, once, when the token is
        refused."""
        answer = await self._send(method, url, body, prefer)
        if answer.status == 401 and self._token_url:
            answer.release()
            self._token = ""
            answer = await self._send(method, url, body, prefer)
        try:
            yield answer
        finally:
            answer.release()

    async def _send(self, method: str, url: str, body: Any, prefer: str) -> ClientResponse:
        async with self._signing_in:
            self._token = self._token or await self._fetch()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if prefer:
            headers["Prefer"] = prefer
        data = None if body is None else msgspec.json.encode(body)
        return await self._session.request(method, url, data=data, headers=headers, allow_redirects=False)

    async def _fetch(self) -> str:
        async with self._session.post(self._token_url, data=self._form, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ClientResponseError(answer.request_info, (), status=answer.status, message="sign-in was refused")
            token: str = (await answer.json())["access_token"]
            return token
