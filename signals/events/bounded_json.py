"""JSON within bounds: what an event may hold, however it came, so that rows and shards can keep it."""

from typing import Any

import msgspec

from signals.events.event import Event
from signals.events.refusal import Refusal

LONGEST = 1_000_000
DEEPEST = 32

_keep = msgspec.msgpack.Encoder().encode
"""As shards hand events on, and keep what they tell."""


def read_json(raw: bytes) -> Any:
    """Raises ``Refusal`` for what is too large, too deep or no JSON."""
    if len(raw) > LONGEST:
        raise Refusal("TOO_LARGE", None, f"an event is at most {LONGEST} bytes; this one has {len(raw)}")
    try:
        content = msgspec.json.decode(raw)
    except RecursionError:
        raise Refusal("TOO_DEEP", None, f"nest objects and lists at most {DEEPEST} deep") from None
    except ValueError as error:
        raise Refusal("NOT_JSON", None, f"write one JSON object in UTF-8: {_without_value(error)}") from None
    require_shallow(raw, content)
    return content


def require_shallow(raw: bytes, content: Any) -> None:
    """Raises ``Refusal`` where the content of these bytes is too deep."""
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _deeper_than(content, DEEPEST):
        raise Refusal("TOO_DEEP", None, f"nest objects and lists at most {DEEPEST} deep")


def is_plain(data: dict[str, Any] | None) -> bool:
    """Whether there is nothing in it that may be too deep or too large for us."""
    if data is not None:
        for value in data.values():
            kind = type(value)
            if kind is dict or kind is list or (kind is int and value.bit_length() > 63):
                return False
    return True


def keepable(event: Event) -> Event:
    """The event; raises ``Refusal`` where it can't be handed on."""
    try:
        _keep(event)
    except OverflowError:
        raise Refusal("BAD_VALUE", None, "a whole number lies between -2^63 and 2^64") from None
    return event


def _without_value(error: ValueError) -> str:
    return "bytes that are not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _deeper_than(content: Any, depth: int) -> bool:
    if not isinstance(content, dict | list):
        return False
    inner = content.values() if isinstance(content, dict) else content
    return depth == 0 or any(_deeper_than(value, depth - 1) for value in inner)
