"""Rows on the move: a row may live in another shard than its subject's own, with the rows it belongs to.

Shards run at their own pace through a history, so what becomes one person, or lives together, is worked on in order
only while all of it is in one shard. In the subject's own shard a *signpost* stands meanwhile: what comes in there goes
on to where the row lives. These steps are no part of a history: they move no clock.
"""

from collections.abc import Callable

from msgspec.structs import replace

from signals.batch import Outbox
from signals.calendar.instant import Instant
from signals.customer.codec import decode_customer, encode_customer
from signals.customer.identity import absorb
from signals.customer.rows import Rows
from signals.customer.state import Customer
from signals.events.event import Event

MOVED, BROUGHT, GONE = "row.moved", "row.brought", "row.gone"
"""Internal events: a row is to live ``with`` a subject; here it is; whose it was is erased."""


class Moving:
    """The steps of moving, by event type.

    ``merge`` links a row to the subject that it became, ``consider`` decides anew what two rows prove together, and
    ``leave_desks`` lets whoever is erased wait for none.
    """

    def __init__(
        self,
        rows: Rows,
        owns: Callable[[str], bool],
        outbox: Outbox,
        merge: Callable[[Customer, str, Event], None],
        consider: Callable[[Customer, Event], None],
        leave_desks: Callable[[str], None],
    ) -> None:
        self._rows = rows
        self._owns = owns
        self._outbox = outbox
        self._merge = merge
        self._consider = consider
        self._leave_desks = leave_desks
        self.steps: dict[str, Callable[[Event], None]] = {MOVED: self._moved, BROUGHT: self._brought, GONE: self._gone}

    def forget(self, key: str, now: Instant) -> None:
        """Somebody was erased: let no signpost remember them, nor a desk of another shard."""
        self._outbox.tell_everybody(Event(f"{GONE}/{now}", "/signals/rows", GONE, 0, 0, key, {"erased": now}))

    def _moved(self, event: Event) -> None:
        key, company = event.subject, event.data["with"]
        here = self._rows.known(key)
        if here is not None and here.lives is not None:
            self._outbox.send(here.lives, event)
        elif here is not None and not self._owns(company):
            self._bring(encode_customer(here), event)
        elif here is None and not self._owns(key):
            self._bring(None, event)
        if not self._owns(company) and (here is None or here.erased is None):
            self._rows.put(Customer(key=key, lives=company))

    def _bring(self, row: bytes | None, event: Event) -> None:
        self._outbox.send(event.data["with"], replace(event, type=BROUGHT, data={"row": row}))

    def _brought(self, event: Event) -> None:
        key, row = event.subject, event.data["row"]
        here = self._rows.known(key)
        came = decode_customer(row) if row is not None else Customer(key=key, lives=key)
        came.key = key
        if here is None or here.lives is not None or came.erased is not None:
            self._rows.put(came)
        elif here.erased is None and came.lives is None:
            self._join(came, here, event)

    def _join(self, came: Customer, here: Customer, event: Event) -> None:
        """The subject's events went to both rows."""
        now = max(came.clock, here.clock)
        cause = replace(event, time=now, arrival=now, warmup=now <= max(came.warmed, here.warmed))
        became = here.became or came.became
        for row in (came, here):
            if became is not None and row.became is None:
                self._merge(row, became, cause)
        here.passed = {**came.passed, **here.passed}
        here.brought, here.brought_by = {**came.brought, **here.brought}, here.brought_by or came.brought_by
        absorb(here, came)
        del here.aliases[here.key]
        self._rows.put(here)
        if became is None:
            self._consider(here, cause)

    def _gone(self, event: Event) -> None:
        self._leave_desks(event.subject)
        here = self._rows.known(event.subject)
        if here is not None and here.erased is None:
            self._rows.erase(here, event.data["erased"])
