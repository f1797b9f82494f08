"""Links by which customers see their own page: signed, for one person, and over after a while.

The link is the key: whoever hands it out has made sure who asks. It holds the subject and the end, and a HMAC of both.
"""

import base64
import hmac
import secrets
from typing import Annotated

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from signals.calendar.instant import HOUR, Instant, format_instant
from streams.api.access import Guardian, audit
from streams.api.answer import answer
from streams.api.customers import canonical
from streams.api.node import Node
from streams.api.problem import Problem, documented
from streams.api.shapes import LINK, told
from streams.steering import Entry

_SIGNATURE = 32


class Links:
    """Makes and reads the tokens of links. Without a configured secret they are good for this process only."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode() or secrets.token_bytes(32)

    def make(self, subject: str, expires: Instant) -> str:
        """The token of a link to this person's page, until then."""
        told = msgspec.json.encode((subject, expires))
        return base64.urlsafe_b64encode(self._sign(told) + told).decode().rstrip("=")

    def read(self, token: str, now: Instant) -> str | None:
        """The subject a token is for; None when it is not one of ours, or over."""
        try:
            raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return None
        signature, told = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._sign(told)):
            return None
        subject, expires = msgspec.json.decode(told, type=tuple[str, int])
        return subject if now < expires else None

    def _sign(self, told: bytes) -> bytes:
        return hmac.digest(self._secret, b"own-page\0" + told, "sha256")


class Asked(BaseModel):
    """For whom, and for how long."""

    model_config = ConfigDict(extra="forbid")

    customer: str = Field(min_length=1, max_length=512, description="A subject: `customer:1001`, `email:…`.")
    hours: Annotated[int, Field(ge=1, le=24 * 31)] = 72


def routes(node: Node, links: Links) -> APIRouter:
    """Handing out links."""
    router = APIRouter(prefix="/v1", tags=["customers"])

    @router.post("/links", responses=told(LINK) | documented(404))
    def link(asked: Asked, caller: Guardian) -> Response:
        """A link to the page where a customer sees, corrects, switches off and takes along what we know of them."""
        subject = canonical(asked.customer)
        if node.customer(subject) is None:
            raise Problem(404, "UNKNOWN", "nobody is known by this subject; they may have been erased")
        expires = node.now() + asked.hours * HOUR
        node.ledger.note(Entry(node.now(), caller.name, caller.key.name, "handed out", "a customer's own page"))
        audit.info("link handed out", key=caller.key.name)
        return answer({"path": f"/me/{links.make(subject, expires)}", "expires": format_instant(expires)})

    return router
