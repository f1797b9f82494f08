"""What a queue reads out of the contract's JSON: the columns it filters and orders by, cursors and time of day."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from signals.calendar.instant import Instant, parse_instant

NEVER: Instant = 2**48 - 1
"""Stands for "does not expire": later than any real moment, and 12 hexadecimal digits like all others."""

FINAL = frozenset({"rejected", "ghost", "withdrawn", "superseded", "expired", "overruled", "done"})
"""Statuses a decision rests in: only these may leave the look-up store."""


class Entry(msgspec.Struct, frozen=True):
    """One revision of a recommendation, ready to be stored; absent texts are empty."""

    id: str
    revision: int
    status: str
    desk: str
    owner: str
    trigger: str
    class_: str
    channel: str
    customer: str
    priority: float
    not_before: Instant
    expires: Instant
    body: bytes


def read_entry(revision: Mapping[str, Any]) -> Entry:
    """Take the columns out of a recommendation; raises ``KeyError`` or ``ValueError`` when it is not one."""
    return Entry(
        id=revision["id"],
        revision=int(revision["revision"]),
        status=revision["status"],
        desk=revision.get("desk") or "",
        owner=revision.get("owner") or "",
        trigger=revision["trigger"],
        class_=revision["class"],
        channel=revision.get("channel") or "",
        customer=revision["customer"],
        priority=float(revision.get("priority") or 0.0),
        not_before=_instant(revision.get("not_before"), 0),
        expires=_instant(revision.get("expires"), NEVER),
        body=msgspec.json.encode(revision),
    )


class Cell(msgspec.Struct, frozen=True):
    """Where a decision is counted, and when it was last decided."""

    id: str
    customer: str
    day: str
    trigger: str
    reason: str
    status: str
    decided: Instant
    body: bytes


def read_cell(decision: Mapping[str, Any]) -> Cell:
    """Take the counted columns out of a decision; raises ``KeyError`` or ``ValueError`` when it is not one."""
    created = parse_instant(decision["created"])
    return Cell(
        id=decision["id"],
        customer=decision["customer"],
        day=decision["created"][:10],
        trigger=decision["trigger"],
        reason=decision["reason"],
        status=decision["status"],
        decided=_instant(decision.get("decided"), created),
        body=msgspec.json.encode(decision),
    )


def _instant(text: str | None, default: Instant) -> Instant:
    return parse_instant(text) if text else default


AT_ONCE = 500
"""Marks of erased customers told at once."""


def fingerprint(customer: str) -> str:
    """A one-way mark of an erased customer, so that nothing of them is taken in again."""
    return hashlib.sha256(customer.encode()).hexdigest()


def write_cursor(priority: float, expires: Instant, id: str) -> str:
    """Mark a place in the order of work."""
    return base64.urlsafe_b64encode(msgspec.json.encode((priority, expires, id))).decode()


def read_cursor(cursor: str) -> tuple[float, Instant, str]:
    """Find the place again; raises ``ValueError`` when the text is not a cursor."""
    try:
        raw = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=tuple[float, int, str])
    except (binascii.Error, msgspec.MsgspecError, UnicodeError) as problem:
        raise ValueError("the cursor is not one that an earlier page gave; start without a cursor") from problem
