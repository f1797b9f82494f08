"""What a queue reads out of the contract's JSON: the columns it filters and orders by, cursors and time of day."""

import base64
import binascii
import hashlib
from typing import Annotated, Any

import msgspec

from signals.calendar.instant import Instant, parse_instant

NEVER: Instant = 2**48 - 1
"""Stands for "does not expire": later than any real moment, and 12 hexadecimal digits like all others."""

_Whole = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""What both stores can compare."""

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


class _Revision(msgspec.Struct):
    """What of a recommendation's JSON is a column."""

    id: str
    revision: int
    status: str
    trigger: str
    class_: str = msgspec.field(name="class")
    customer: str
    desk: str | None = None
    owner: str | None = None
    channel: str | None = None
    priority: float | None = None
    not_before: str | None = None
    expires: str | None = None


_read_revision = msgspec.json.Decoder(_Revision).decode


def read_entry(body: bytes) -> Entry:
    """Take the columns out of a recommendation's JSON; raises ``ValueError`` when it is not one."""
    told = _read_revision(body)
    return Entry(
        id=told.id,
        revision=told.revision,
        status=told.status,
        desk=told.desk or "",
        owner=told.owner or "",
        trigger=told.trigger,
        class_=told.class_,
        channel=told.channel or "",
        customer=told.customer,
        priority=told.priority or 0.0,
        not_before=_instant(told.not_before, 0),
        expires=_instant(told.expires, NEVER),
        body=body,
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


class _Decision(msgspec.Struct):
    """What of a decision's JSON is counted."""

    id: str
    customer: str
    created: str
    trigger: str
    reason: str
    status: str
    decided: str | None = None


_read_decision = msgspec.json.Decoder(_Decision).decode


def read_cell(body: bytes) -> Cell:
    """Take the counted columns out of a decision's JSON; raises ``ValueError`` when it is not one."""
    told = _read_decision(body)
    created = parse_instant(told.created)
    return Cell(
        id=told.id,
        customer=told.customer,
        day=told.created[:10],
        trigger=told.trigger,
        reason=told.reason,
        status=told.status,
        decided=_instant(told.decided, created),
        body=body,
    )


def _instant(text: str | None, default: Instant) -> Instant:
    return parse_instant(text) if text else default


AT_ONCE = 500
"""Marks of erased customers told, and recommendations purged, at once."""


def fingerprint(customer: str) -> str:
    """A one-way mark of an erased customer, so that nothing of them is taken in again."""
    return hashlib.sha256(customer.encode()).hexdigest()


def write_place(sequence: int) -> str:
    """Mark a place in the stream of changes."""
    return base64.urlsafe_b64encode(str(sequence).encode()).decode()


def read_place(cursor: str) -> int:
    """Find the place again; raises ``ValueError`` when the text is not such a cursor."""
    place: int = _read(cursor, _Whole)
    return place


def write_cursor(priority: float, expires: Instant, id: str) -> str:
    """Mark a place in the order of work."""
    return base64.urlsafe_b64encode(msgspec.json.encode((priority, expires, id))).decode()


def read_cursor(cursor: str) -> tuple[float, Instant, str]:
    """Find the place again; raises ``ValueError`` when the text is not such a cursor."""
    place: tuple[float, Instant, str] = _read(cursor, tuple[float, _Whole, str])
    return place


def _read(cursor: str, kind: Any) -> Any:
    try:
        return msgspec.json.decode(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True), type=kind)
    except (binascii.Error, msgspec.MsgspecError, UnicodeError) as problem:
        raise ValueError("the cursor is not one that an earlier page gave; start without a cursor") from problem
