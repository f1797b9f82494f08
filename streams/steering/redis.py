"""The ledger of the cluster, in Redis. The controls that count are in the shards; what is here tells of them."""

from collections.abc import Sequence
from typing import Any

import msgspec
import redis

from signals.decision.controls import Control
from streams.steering.ledger import Entry, Proposal, State

_encode, _decode = msgspec.json.encode, msgspec.json.decode

_WRITE = """
local known = redis.call('hget', KEYS[1], ARGV[1])
if ARGV[3] == '' then
    redis.call('rpush', KEYS[2], ARGV[1])
elseif not known or cjson.decode(known).state ~= ARGV[3] then
    return 0
end
redis.call('hset', KEYS[1], ARGV[1], ARGV[2])
return 1
"""


class RedisLedger:
    """A ``Ledger`` under the keys ``<prefix>steering:…``."""

    def __init__(self, url: str, prefix: str) -> None:
        self._redis: Any = redis.Redis.from_url(url)
        self._audit, self._controls, self._proposals, self._order = (
            f"{prefix}steering:{name}" for name in ("audit", "controls", "proposals", "order")
        )
        self._write = self._redis.register_script(_WRITE)

    def note(self, entry: Entry) -> None:
        self._redis.rpush(self._audit, _encode(entry))

    def entries(self, limit: int = 50, before: int | None = None) -> Sequence[tuple[int, Entry]]:
        last = self._redis.llen(self._audit) if before is None else before - 1
        first = max(last - limit, 0)
        found = self._redis.lrange(self._audit, first, last - 1) if last > 0 else []
        lines = [(first + place + 1, _decode(entry, type=Entry)) for place, entry in enumerate(found)]
        return lines[::-1]

    def keep(self, control: Control) -> None:
        self._redis.rpush(self._controls, _encode(control))

    def controls(self) -> Sequence[Control]:
        return [_decode(record, type=Control) for record in self._redis.lrange(self._controls, 0, -1)]

    def write(self, proposal: Proposal, instead: State | None = None) -> bool:
        arguments: list[str | bytes] = [proposal.id, _encode(proposal), instead or ""]
        return bool(self._write(keys=[self._proposals, self._order], args=arguments))

    def proposal(self, id: str) -> Proposal | None:
        record = self._redis.hget(self._proposals, id)
        return _decode(record, type=Proposal) if record else None

    def proposals(self, limit: int = 20) -> Sequence[Proposal]:
        ids = self._redis.lrange(self._order, -limit, -1)[::-1]
        found = self._redis.hmget(self._proposals, ids) if ids else []
        return [_decode(record, type=Proposal) for record in found if record]

    def close(self) -> None:
        self._redis.close()
