"""Working recommendations: claim, renew, release, snooze, outcome, overrule."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from signals.calendar.instant import Instant, from_datetime
from streams.api.access import Caller, Operator, Worker, audit
from streams.api.answer import answer, as_record
from streams.api.idempotency import Repeatable, Token, once
from streams.api.lane import Act, Way
from streams.api.node import Node
from streams.api.outcome import PAUSE, Answer, Outcome, outcome_event
from streams.api.problem import Problem, documented
from streams.queue import Claim, Item, Unknown
from streams.steering import Entry

Lease = Annotated[int, Field(ge=10, le=86_400, description="Seconds until others may claim it, unless renewed.")]

FINAL_REASONS = frozenset({"ERASED", "OBJECTED"})
"""What nobody can overrule."""


class Asked(BaseModel):
    """What every request to work says: for whom; left out, it is the caller."""

    model_config = ConfigDict(extra="forbid")

    by: str | None = Field(None, min_length=1, max_length=200)


class Leased(Asked):
    """A request that gives or lengthens a lease."""

    lease_seconds: Lease = 900


class Wanted(Leased):
    """A request for the next work."""

    count: int = Field(1, ge=1, le=100)
    desk: str | None = Field(None, min_length=1)
    owner: str | None = Field(None, min_length=1)


class Snoozed(Asked):
    """A request to put work aside."""

    until: AwareDatetime
    note: str | None = Field(None, max_length=2000)


class Told(Asked):
    """What became of a contact."""

    outcome: Outcome
    note: str | None = Field(None, max_length=2000)
    value: float | None = None
    again_at: AwareDatetime | None = Field(None, description="When to offer it again, if the customer was not reached.")


class Overruled(Asked):
    """A person's last word."""

    note: str = Field(min_length=3, max_length=2000, description="Why.")
    direction: Literal["release", "stop"] = "stop"


def routes(node: Node) -> APIRouter:
    """Everything that changes the work on a recommendation."""
    router = APIRouter(prefix="/v1/recommendations", tags=["work"], responses=documented(404, 409))
    desk = Workbench(node)

    @router.post("/claim")
    def claim_next(wanted: Wanted, caller: Worker, repeat: Repeatable) -> Response:
        """Hand out the next recommendations: the claimer's own customers first, then in order of work."""
        return _many(once(node, caller, repeat, lambda: desk.claim(_claim(wanted, caller))))

    @router.post("/{id}/claim")
    def claim_one(id: str, leased: Leased, caller: Worker, repeat: Repeatable) -> Response:
        """Claim this one."""
        claim = Claim(leased.by or caller.name, leased.lease_seconds, id=id)
        return _one(once(node, caller, repeat, lambda: desk.claim(claim)))

    @router.post("/{id}/renew")
    def renew(id: str, leased: Leased, caller: Worker, repeat: Repeatable) -> Response:
        """Keep what is claimed for longer."""
        by, lease = leased.by or caller.name, leased.lease_seconds
        return _one(once(node, caller, repeat, lambda: [node.queue.renew(id, by, lease, node.now())]))

    @router.post("/{id}/release")
    def release(id: str, asked: Asked, caller: Worker, repeat: Repeatable) -> Response:
        """Give back what is claimed."""
        by = asked.by or caller.name
        return _one(once(node, caller, repeat, lambda: [node.queue.give_back(id, by, node.now())]))

    @router.post("/{id}/snooze")
    def snooze(id: str, snoozed: Snoozed, caller: Worker, repeat: Repeatable) -> Response:
        """Put aside until a moment."""
        told = Answer("snoozed", snoozed.by or caller.name, snoozed.note, until=from_datetime(snoozed.until))
        return _one(once(node, caller, repeat, lambda: [desk.snooze(id, told)]))

    @router.post("/{id}/outcome")
    def outcome(id: str, told: Told, caller: Worker, repeat: Repeatable) -> Response:
        """Tell what became of it."""
        return _one(once(node, caller, repeat, lambda: [_tell(desk, id, told, caller, repeat.token)]))

    @router.post("/{id}/overrule")
    def overrule(id: str, overruled: Overruled, caller: Operator, token: Token = None) -> Response:
        """Stop what was released, or release what was refused or held; the id may be a decision's."""
        reply = Answer("overruled", overruled.by or caller.name, overruled.note, direction=overruled.direction)
        desk.overrule(id, reply, caller, token)
        return answer({"id": id, "outcome": "overruled", "direction": reply.direction, "by": reply.by})

    return router


def ways(node: Node) -> list[Way]:
    """Claiming and telling, in the fast lane."""
    desk = Workbench(node)

    def claim_next(request: Request, body: bytes, caller: Caller, _: str) -> Act:
        claim = _claim(Wanted.model_validate_json(body), caller)
        return lambda: _many(desk.claim(claim))

    def outcome(request: Request, body: bytes, caller: Caller, id: str) -> Act:
        told = Told.model_validate_json(body)
        return lambda: _one([_tell(desk, id, told, caller, None)])

    return [
        Way("POST", re.compile("/v1/recommendations/claim"), claim_next),
        Way("POST", re.compile("/v1/recommendations/([^/]+)/outcome"), outcome),
    ]


def _claim(wanted: Wanted, caller: Caller) -> Claim:
    return Claim(wanted.by or caller.name, wanted.lease_seconds, wanted.count, wanted.desk, wanted.owner)


def _tell(desk: "Workbench", id: str, told: Told, caller: Caller, token: str | None) -> Item:
    reply = Answer(told.outcome, told.by or caller.name, told.note, told.value)
    return desk.outcome(id, reply, None if told.again_at is None else from_datetime(told.again_at), token)


def _many(items: list[Item]) -> Response:
    return answer({"items": [as_record(item) for item in items]})


def _one(items: list[Item]) -> Response:
    """The answer about one recommendation; one that was erased since is unknown."""
    if not items:
        raise Problem(404, "UNKNOWN", "no such recommendation; it may have been erased or purged")
    return answer(as_record(items[0]))


class Workbench:
    """Each step on the queue, with the event that tells the engine."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def claim(self, claim: Claim) -> list[Item]:
        """Hand out work and tell so."""
        now = self._node.now()
        items = list(self._node.queue.claim(claim, now))
        told = Answer("claimed", claim.by)
        if items:
            self._node.ingest([outcome_event(item.recommendation, told, now) for item in items])
        return items

    def tell(self, record: dict[str, object], reply: Answer, token: str | None = None) -> None:
        """Put an answer into the stream."""
        self._node.ingest([outcome_event(record, reply, self._node.now(), token)])

    def snooze(self, id: str, told: Answer) -> Item:
        """Put aside, and tell so."""
        assert told.until is not None
        item = self._node.queue.snooze(id, told.by, told.until, self._node.now())
        self.tell(item.recommendation, told)
        return item

    def outcome(self, id: str, reply: Answer, again: Instant | None, token: str | None) -> Item:
        """Put the outcome into the stream, then close the work or offer it again."""
        item = self._node.queue.get(id)
        if item is None:
            raise Unknown(id)
        self.tell(item.recommendation, reply, token)
        if reply.outcome == "shown":
            return item
        if reply.outcome == "not_reached":
            again = again or self._node.now() + PAUSE
        return self._node.queue.tell(id, reply.outcome, again, self._node.now())

    def overrule(self, id: str, reply: Answer, caller: Caller, token: str | None) -> None:
        """Put a person's last word into the stream; the engine does the rest."""
        item = self._node.queue.get(id)
        record = item.recommendation if item else self._node.queue.decision(id)
        if record is None:
            raise Unknown(id)
        if reply.direction == "release" and record["reason"] in FINAL_REASONS:
            raise Problem(409, "FINAL", "an erasure or objection is the customer's own last word; nobody overrules it")
        self.tell(record, reply, token)
        now = self._node.now()
        self._node.ledger.note(Entry(now, reply.by, caller.key.name, f"overruled: {reply.direction}", id))
        audit.info("overruled", id=id, direction=reply.direction, by=reply.by, key=caller.key.name)
