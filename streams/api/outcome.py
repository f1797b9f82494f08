"""What people answer, as events: each answer goes back into the stream as ``recommendation.outcome``."""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from signals.calendar.instant import HOUR, Instant, format_instant

Outcome = Literal["shown", "contacted", "not_reached", "accepted", "declined", "converted", "complained", "wrong"]
"""What can be told of a contact; claiming, snoozing and overruling have routes of their own."""

PAUSE = 2 * HOUR
"""How long a customer who was not reached is left alone, unless the caller says otherwise."""


class Answer(msgspec.Struct, frozen=True):
    """Somebody's answer to a recommendation."""

    outcome: str
    by: str
    note: str | None = None
    value: float | None = None
    direction: Literal["release", "stop"] | None = None
    until: Instant | None = None


def outcome_event(record: Mapping[str, Any], answer: Answer, now: Instant, token: str | None = None) -> bytes:
    """The event of an answer to a recommendation or decision.

    ``token`` (an idempotency key) makes the event of a repeated request the same one, so that it counts once.
    """
    time = format_instant(now)
    data = {
        "recommendation": record["id"],
        "outcome": answer.outcome,
        "by": answer.by,
        "note": answer.note,
        "value": answer.value,
        "direction": answer.direction,
        "until": None if answer.until is None else format_instant(answer.until),
    }
    identity = "\n".join((record["id"], answer.outcome, answer.by, token or time))
    envelope = {
        "specversion": "1.0",
        "id": f"out_{hashlib.blake2b(identity.encode(), digest_size=16).hexdigest()}",
        "source": "/queue",
        "type": "recommendation.outcome",
        "time": time,
        "subject": record["customer"],
        "data": {name: value for name, value in data.items() if value is not None},
    }
    return msgspec.json.encode(envelope)
