"""The rules of steering: one person may stop everything, two let it go on; each change tells who, why, until when."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from uuid import uuid4

import msgspec

from signals.calendar.instant import DAY, Instant
from signals.decision.controls import ALL, Control, Kind
from streams.steering.ledger import Asked, Entry, Ledger, Proposal
from streams.steering.names import Names

_EXPIRES = 3 * DAY
_MOST = {"holdout": 1.0, "cap": 1_000.0, "capacity": 1_000_000.0, "stop": 1.0, "shadow": 1.0}

REFUSALS = {
    "UNKNOWN_NAME": "nothing of that name can be steered so; GET /v1/controls tells the names",
    "BAD_VALUE": "the value is out of bounds: a share is 0 to 1, a cap or capacity a whole number of at least 0",
    "ENDED": "the end lies in the past",
    "NO_END": "a stop of everything has no end: it takes two people to start again",
    "TWO_PEOPLE": "to start again after a stop of everything takes two people: propose it",
    "NOT_STOPPED": "nothing to start again: not everything is stopped",
    "SAME_PERSON": "another person than the one who proposed it must approve",
    "NOT_OPEN": "it was decided before, or nobody decided in time",
    "NO_PROPOSAL": "there is no such proposal",
    "SAME_PACK": "this pack decides already",
    "NO_EARLIER": "there is no earlier pack to go back to",
}


class Refused(Exception):
    """It can't be done so; ``code`` is of ``REFUSALS``."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS[code])
        self.code = code


class Who(msgspec.Struct, frozen=True):
    """Who asks: the name to write down, and the API key's name (empty on an open API)."""

    name: str
    key: str = ""

    @property
    def identity(self) -> str:
        """What tells one person from another."""
        return self.key or self.name


class Wish(msgspec.Struct, frozen=True):
    """A control as somebody wants it; a ``value`` of None lifts it."""

    kind: Kind
    name: str
    value: float | None
    why: str
    until: Instant | None = None


class Steered(Protocol):
    """What is steered: the embedded node, or the cluster."""

    @property
    def ledger(self) -> Ledger:
        """Where it is written down."""

    def now(self) -> Instant:
        """The present."""

    def names(self) -> Names:
        """What can be steered."""

    def controls(self) -> list[Control]:
        """The controls that count now."""

    def steer(self, control: Control) -> None:
        """Put a control into the stream of events."""

    def take_over(self, pack: Mapping[str, Any]) -> None:
        """Decide by another pack from now on; raises ``Refused``."""


class Steering:
    """What the API and the pages do."""

    def __init__(self, node: Steered) -> None:
        self._node = node

    def set(self, wish: Wish, who: Who) -> Control:
        """Set or lift a control; raises ``Refused``."""
        node, now = self._node, self._node.now()
        if not node.names().know(wish.kind, wish.name):
            raise Refused("UNKNOWN_NAME")
        if wish.until is not None and wish.until <= now:
            raise Refused("ENDED")
        if wish.value is not None and not _fits(wish.kind, wish.value):
            raise Refused("BAD_VALUE")
        if (wish.kind, wish.name) == ("stop", ALL):
            if wish.value is None:
                raise Refused("TWO_PEOPLE")
            if wish.until is not None:
                raise Refused("NO_END")
        return self._steer(wish, who)

    def propose_restart(self, why: str, who: Who) -> Proposal:
        """Propose to start again after a stop of everything; raises ``Refused``."""
        if not self._all_stopped():
            raise Refused("NOT_STOPPED")
        return self.propose("restart", why, who)

    def propose(self, asked: Asked, why: str, who: Who, pack: dict[str, Any] | None = None) -> Proposal:
        """Put something before a second person."""
        now = self._node.now()
        proposal = Proposal(uuid4().hex, asked, who.name, who.identity, why, now, now + _EXPIRES, pack=pack)
        self._node.ledger.write(proposal)
        self._note(who, f"proposed {asked}", proposal.id, why)
        return proposal

    def approve(self, id: str, who: Who) -> Proposal:
        """The second person's yes: it is done at once; raises ``Refused``.

        What hinders that is raised too, and the proposal stays open.
        """
        proposal = self._open(id)
        if who.identity == proposal.author:
            raise Refused("SAME_PERSON")
        if proposal.asked == "restart" and not self._all_stopped():
            raise Refused("NOT_STOPPED")
        decided = self._decide(proposal, "approved", who, "")
        try:
            if proposal.asked == "restart":
                self._steer(Wish("stop", ALL, None, proposal.why), Who(f"{proposal.by} + {who.name}", who.key))
            elif proposal.pack is not None:
                self._node.take_over(proposal.pack)
        except Exception as error:
            self._node.ledger.write(proposal, instead="approved")  # who tries again need not propose it anew
            self._note(who, f"could not do {proposal.asked}", proposal.id, type(error).__name__)
            raise
        return decided

    def refuse(self, id: str, why: str, who: Who) -> Proposal:
        """Somebody's no, the author's own included; raises ``Refused``."""
        return self._decide(self._open(id), "refused", who, why)

    def proposals(self) -> list[Proposal]:
        """The last proposals as they stand now, newest first."""
        return [proposal.at(self._node.now()) for proposal in self._node.ledger.proposals()]

    def _open(self, id: str) -> Proposal:
        proposal = self._node.ledger.proposal(id)
        if proposal is None:
            raise Refused("NO_PROPOSAL")
        if proposal.at(self._node.now()).state != "open":
            raise Refused("NOT_OPEN")
        return proposal

    def _decide(self, proposal: Proposal, state: str, who: Who, said: str) -> Proposal:
        changes: dict[str, Any] = {"state": state, "decided": self._node.now(), "decided_by": who.name, "said": said}
        decided = msgspec.structs.replace(proposal, **changes)
        if not self._node.ledger.write(decided, instead="open"):
            raise Refused("NOT_OPEN")
        self._note(who, f"{state} {proposal.asked}", proposal.id, said)
        return decided

    def _steer(self, wish: Wish, who: Who) -> Control:
        now = self._node.now()
        control = Control(
            wish.kind, wish.name, wish.value, now, wish.until, who.name, wish.why, f"control-{uuid4().hex}"
        )
        self._node.steer(control)
        self._node.ledger.keep(control)
        did = f"lifted {wish.kind}" if wish.value is None else f"set {wish.kind} to {wish.value:g}"
        self._note(who, did, wish.name, wish.why)
        return control

    def _note(self, who: Who, did: str, about: str, why: str) -> None:
        self._node.ledger.note(Entry(self._node.now(), who.name, who.key, did, about, why))

    def _all_stopped(self) -> bool:
        return stop_of_everything(self._node.controls()) is not None


def stop_of_everything(controls: Iterable[Control]) -> Control | None:
    """The emergency stop, while it stands."""
    return next((control for control in controls if (control.kind, control.name) == ("stop", ALL)), None)


def _fits(kind: Kind, value: float) -> bool:
    whole = kind == "holdout" or value == int(value)
    return whole and 0 <= value <= _MOST[kind]
