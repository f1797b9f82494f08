"""A readable way to tell a story to the real engine and to look at what came of it.

>>> story = Story().on("2026-03-02T10:00", "survey.answered", kind="nps", score=3)
>>> story.reasons("relationship.detractor")
['RELEASED']

Local times are meant in Amsterdam. Events reach the engine in the order told, so one that is told after a later one
arrives late.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from signals.calendar.instant import Instant, from_datetime
from signals.config import Config
from signals.customer.state import Customer
from signals.engine import Engine
from signals.events.decode import Rejected, decode_object
from signals.events.event import Event
from signals.pack.compile import Pack, open_pack

ZONE = ZoneInfo("Europe/Amsterdam")
SUBJECT = "customer:1001"
Record = dict[str, Any]


def moment(text: str) -> Instant:
    """A local Amsterdam time, or one with an offset."""
    parsed = datetime.fromisoformat(text)
    return from_datetime(parsed if parsed.tzinfo else parsed.replace(tzinfo=ZONE))


@lru_cache(maxsize=32)
def _pack(config: bytes, warmup_until: Instant) -> Pack:
    return open_pack(Config.model_validate(msgspec.json.decode(config)), warmup_until)


class Story:
    """Events told one after another, and the decisions and recommendations they led to."""

    def __init__(self, subject: str = SUBJECT, warmup_until: str = "", **config: Any) -> None:
        self.subject = subject
        self.revisions: list[Record] = []
        self.history: list[Record] = []
        self.events: list[Record] = []
        self.rows: dict[str, bytes | None] = {}
        pack = _pack(msgspec.json.encode(config), moment(warmup_until) if warmup_until else 0)
        self.engine = Engine(pack)
        self._arrived: Instant = 0

    def on(
        self, at: str, type_: str, subject: str = "", id: str = "", extra: Record | None = None, **data: Any
    ) -> "Story":
        """Something happens; ``from_`` stands for the field ``from``."""
        envelope: Record = {
            "specversion": "1.0",
            "id": id or f"e{len(self.events) + 1}",
            "source": "/test",
            "type": type_,
            "time": datetime.fromtimestamp(moment(at) / 1000, ZONE).isoformat(),
            "subject": subject or ("market:NL" if type_ == "market.changed" else self.subject),
            "data": {name.rstrip("_"): value for name, value in data.items()},
            **(extra or {}),
        }
        self.events.append(envelope)
        self._arrived = max(self._arrived, moment(at))
        event = decode_object(envelope, None if "recordedtime" in (extra or {}) else self._arrived)
        assert not isinstance(event, Rejected), event
        return self.tell(event)

    def tell(self, event: Event) -> "Story":
        """Give the engine an event as it is."""
        self._keep(self.engine.process([event]))
        return self

    def until(self, at: str) -> "Story":
        """Time moves on."""
        self._arrived = max(self._arrived, moment(at))
        self._keep(self.engine.advance(moment(at)))
        return self

    def consenting(self, at: str = "2026-01-05T09:00", subject: str = "", **data: Any) -> "Story":
        """The customer allows marketing (on the channels given) and profiling."""
        channels = {"channels": ["email", "phone"], **data}
        self.on(at, "consent.changed", subject, purpose="marketing", given=True, **channels)
        return self.on(at, "consent.changed", subject, purpose="profiling", given=True)

    def insured(self, product: str, at: str = "2026-01-05T09:05", policy: str = "", **data: Any) -> "Story":
        """The customer takes out a policy."""
        return self.on(at, "policy.changed", policy=policy or f"P-{product}", product=product, change="started", **data)

    def _keep(self, batch: Any) -> None:
        assert not batch.forwards
        self.revisions += batch.recommendations
        self.history += batch.decisions
        self.rows |= batch.rows

    @property
    def decisions(self) -> list[Record]:
        """The last word on every candidate, in the order in which they came up."""
        return list({decision["id"]: decision for decision in self.history}.values())

    @property
    def recommendations(self) -> list[Record]:
        """The last revision of everything held or released."""
        return list({record["id"]: record for record in self.revisions}.values())

    @property
    def fired(self) -> list[str]:
        """The triggers that fired, in order, each time they did."""
        return [decision["trigger"] for decision in self.decisions]

    def of(self, trigger: str) -> list[Record]:
        """The last word on each candidate of one trigger."""
        return [decision for decision in self.decisions if decision["trigger"] == trigger]

    def reasons(self, trigger: str) -> list[str]:
        """The reasons of one trigger's candidates."""
        return [decision["reason"] for decision in self.of(trigger)]

    def statuses(self, trigger: str) -> list[str]:
        """The statuses of one trigger's candidates."""
        return [decision["status"] for decision in self.of(trigger)]

    def recommended(self, trigger: str) -> Record:
        """The last revision of the one recommendation of a trigger."""
        (found,) = [record for record in self.recommendations if record["trigger"] == trigger]
        return found

    def customer(self, subject: str = "") -> Customer:
        """The state of a customer."""
        found = self.engine.customer(subject or self.subject)
        assert found is not None
        return found
