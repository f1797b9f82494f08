"""PS-1's own events as the CloudEvents of our catalogue.

Run with ``python -m tests.benchmarks.ps1.convert IN.jsonl OUT.jsonl``.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

Payload = dict[str, Any]


class Line(msgspec.Struct):
    """One event as the generator writes it."""

    id: str
    type: str
    time: str
    customer_id: str
    payload: Payload


def _contact(channel: str) -> Callable[[Payload], Payload]:
    return lambda payload: {"channel": channel, "topic": payload["topic"], "text": payload["text"]}


def _complaint(status: str) -> Callable[[Payload], Payload]:
    return lambda payload: {"complaint": payload["complaint_id"], "status": status}


TYPES: dict[str, tuple[str, Callable[[Payload], Payload]]] = {
    "contact.call": ("contact.received", _contact("phone")),
    "contact.email": ("contact.received", _contact("email")),
    "web.page_view": ("web.viewed", lambda payload: {"path": payload["page"], "referrer": payload["referrer"]}),
    "social.post": (
        "social.posted",
        lambda payload: {"network": payload["network"], "text": payload["text"], "reach": payload["reach"]},
    ),
    "policy.changed": (
        "policy.changed",
        lambda payload: {"policy": payload["policy"], "product": payload["product"], "change": "amended"},
    ),
    "complaint.opened": ("complaint.changed", _complaint("opened")),
    "complaint.closed": ("complaint.changed", _complaint("closed")),
    "market.premium": (
        "market.changed",
        lambda payload: {
            "product": payload["product"],
            "what": "premium",
            "competitor": payload["competitor"],
            "premium": payload["premium_eur"],
        },
    ),
    "clock.tick": ("clock.ticked", lambda payload: {}),
}

_decode = msgspec.json.Decoder(Line).decode
_encode = msgspec.json.Encoder().encode


def converted(raw: bytes) -> bytes:
    """One line of the generator as one CloudEvent."""
    line = _decode(raw)
    kind, data_of = TYPES[line.type]
    return _encode(
        {
            "specversion": "1.0",
            "id": line.id,
            "source": "/ps1",
            "type": kind,
            "time": line.time,
            "subject": "market:NL" if kind == "market.changed" else f"customer:{line.customer_id}",
            "data": data_of(line.payload),
        }
    )


def main() -> None:
    source, target = sys.argv[1:3]
    with Path(source).open("rb") as lines, Path(target).open("wb") as out:
        out.writelines(converted(line) + b"\n" for line in lines)


if __name__ == "__main__":
    main()
