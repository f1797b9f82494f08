"""A request to work that is sent again (its answer got lost) leads to what it led to the first time.

The caller names a request by ``Idempotency-Key``. Only the ids of what it led to are kept, for a day, so an erasure
need not look here; the answer shows them as they are now.
"""

import hashlib
from typing import Annotated

import msgspec
from fastapi import Depends, Header, Request

from streams.api.access import Caller
from streams.api.node import Node
from streams.api.problem import Problem
from streams.api.together import Act, alone
from streams.queue import Item

Token = Annotated[
    str | None, Header(alias="Idempotency-Key", max_length=200, description="The same for a repeat of this request.")
]


class Named(msgspec.Struct, frozen=True):
    """A request as its caller named it: the route, the ``token``, and a digest of what it says."""

    route: str
    token: str | None
    said: str


async def _named(request: Request, token: Token = None) -> Named:
    return Named(request.url.path, token, "" if token is None else _digest(await request.body()))


Repeatable = Annotated[Named, Depends(_named)]


def once(node: Node, caller: Caller, named: Named, act: Act[list[Item]]) -> list[Item]:
    """Do it, unless the same caller did so under this token; then what it led to, as it is now."""
    if named.token is None:
        return alone(node, act)
    queue, now = node.queue, node.now()
    name = _digest("\n".join((caller.key.name, caller.name, named.route, named.token)).encode())
    known = queue.begin(name, named.said, now)
    if known is not None:
        if known.said != named.said:
            raise Problem(422, "KEY_REUSED", "this Idempotency-Key was used for another request; take a new one")
        if known.ids is None:
            raise Problem(409, "UNDER_WAY", "the same request is being worked on; ask again", {"Retry-After": "1"})
        return [item for item in map(queue.get, known.ids) if item is not None]
    try:
        items = alone(node, act)
    except BaseException:
        queue.give_up(name)
        raise
    queue.finish(name, named.said, [item.recommendation["id"] for item in items], now)
    return items


def _digest(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=16).hexdigest()
