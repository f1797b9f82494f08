"""Controls: what marketing operations steers with while it runs.

Stops (the kill switch), shadows, caps, the share of the holdout and capacities. Each change is an internal event,
``controls.changed``, told to every shard in the order of the log and kept beside the rows: it holds for the next
decision, survives a restart, and the same log gives the same decisions. The type is not in the public catalogue, so
nobody steers by sending events. A control that has an end stops counting at that moment of event time.
"""

from typing import Literal, get_args

import msgspec

from signals.calendar.instant import Instant
from signals.events.event import Event

CHANGED = "controls.changed"
ALL = "all"

Kind = Literal["stop", "shadow", "cap", "holdout", "capacity"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Control(msgspec.Struct, frozen=True):
    """One control as it was last set: a stop of ``all``, a trigger, a channel or a desk; a trigger's shadow; a cap
    (``sales/P14D``); the holdout's share (``all``, or of a trigger); a desk's capacity per hour."""

    kind: Kind
    name: str
    value: float | None
    """None: lifted. A stop and a shadow are on with any number."""
    since: Instant
    until: Instant | None
    by: str
    why: str
    id: str = ""

    def holds(self, now: Instant) -> bool:
        """Whether it counts at this moment; what came late is not too early for it."""
        return self.value is not None and (self.until is None or now < self.until)

    def event(self) -> Event:
        """The change as the event that tells it."""
        return Event(self.id, "/operations", CHANGED, self.since, self.since, "", msgspec.structs.asdict(self))


class Controls:
    """The controls of a shard; lifted ones stay known, so that an older change can't undo a newer one."""

    def __init__(self) -> None:
        self._known: dict[str, Control] = {}
        self.untouched = True
        """Whether nobody has set any control: what most shards can say for most of their time."""
        self.changed_since_encoded = False

    def value(self, kind: Kind, name: str, now: Instant) -> float | None:
        """What a control says now; None where nobody set it, or it has ended."""
        if self.untouched:
            return None
        control = self._known.get(f"{kind}/{name}")
        return control.value if control is not None and control.holds(now) else None

    def until(self, kind: Kind, name: str) -> Instant | None:
        """When a control ends; None when it doesn't, or isn't set."""
        control = self._known.get(f"{kind}/{name}")
        return control.until if control is not None else None

    def changed(self, event: Event) -> Control:
        """Take note of a change."""
        control = msgspec.convert(event.data, Control)
        slot = f"{control.kind}/{control.name}"
        known = self._known.get(slot)
        if known is None or (known.since, known.id) < (control.since, control.id):
            self._known[slot] = control
            self.untouched = False
            self.changed_since_encoded = True
        return control

    def standing(self, now: Instant) -> list[Control]:
        """Those that count now, by kind and name."""
        return [control for _, control in sorted(self._known.items()) if control.holds(now)]

    def encode(self) -> bytes:
        """The state as bytes."""
        self.changed_since_encoded = False
        return msgspec.msgpack.encode(self._known)

    def restore(self, row: bytes) -> None:
        """Take up an encoded state."""
        self._known = msgspec.msgpack.decode(row, type=dict[str, Control])
        self.untouched = not self._known
