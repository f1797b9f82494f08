"""Webhooks as Standard Webhooks describes them: signed, the same id over all attempts."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from aiohttp import ClientSession
from standardwebhooks.webhooks import Webhook as Signer

from streams.sinks.answer import judge_webhook
from streams.sinks.delivery import Delivery, Verdict
from streams.wall import wall_now

TYPE = "recommendation.changed"


class Webhook:
    """Posts each change to ``url``; with two secrets both sign, so that the receiver can rotate."""

    def __init__(self, name: str, url: str, secrets: Sequence[str], session: ClientSession) -> None:
        self.name = name
        self._url = url
        self._signers = [Signer(secret) for secret in secrets]
        self._session = session

    async def deliver(self, delivery: Delivery) -> Verdict:
        """One attempt."""
        moment = datetime.fromtimestamp(int(time.time()), UTC)
        body = msgspec.json.encode({"type": TYPE, "timestamp": moment.isoformat(), "data": delivery.record})
        headers = self._sign(delivery.message, moment, body) | {"Content-Type": "application/json"}
        async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
            return judge_webhook(answer, wall_now())

    def _sign(self, message: str, moment: datetime, body: bytes) -> dict[str, str]:
        signatures = [signer.sign(message, moment, body.decode()) for signer in self._signers]
        return {
            "webhook-id": message,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
