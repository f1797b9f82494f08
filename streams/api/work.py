"""Working recommendations: claim, renew, release, snooze, outcome, overrule."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from signals.calendar.instant import Instant, from_datetime
from signals.recommendation.overrule import FINAL
from streams.api.access import Caller, Operator, Worker, audit
from streams.api.answer import answer, as_record
from streams.api.idempotency import Repeatable, Token, once
from streams.api.lane import Way
from streams.api.node import Node
from streams.api.outcome import PAUSE, Answer, Outcome, outcome_event
from streams.api.parameters import Moment
from streams.api.problem import Problem, documented
from streams.api.shapes import HANDED_OUT, OVERRULED, WORKED
from streams.api.shapes import told as shaped
from streams.api.together import Act, Events, step
from streams.queue import Claim, Conflict, Get, GiveBack, Item, Renew, Snooze, Tell, Unknown
from streams.steering import Entry

Lease = Annotated[int, Field(ge=10, le=86_400, description="Seconds until others may claim it, unless renewed.")]

_GOES_OUT = frozenset({"held", "released"})
_STAYS_IN = frozenset({"held", "rejected", "ghost"})
_CUSTOMERS_WORD = frozenset({"ERASED", "OBJECTED"})


class Asked(BaseModel):
    """What every request to work says: for whom; left out, it is the caller."""

    model_config = ConfigDict(extra="forbid")

    by: str | None = Field(None, min_length=1, max_length=200)

    def who(self, caller: Caller) -> str:
        """For whom it is."""
        return self.by or caller.name


class Leased(Asked):
    """A request that gives or lengthens a lease."""

    lease_seconds: Lease = 900


class Wanted(Leased):
    """A request for the next work."""

    count: int = Field(1, ge=1, le=100)
    desk: str | None = Field(None, min_length=1)
    owner: str | None = Field(None, min_length=1)

    def claim(self, caller: Caller) -> Claim:
        """The same, as the queue is asked."""
        return Claim(self.who(caller), self.lease_seconds, self.count, self.desk, self.owner)


class Snoozed(Asked):
    """A request to put work aside."""

    until: Moment
    note: str | None = Field(None, max_length=2000)

    def answer(self, caller: Caller) -> Answer:
        """The same, as it is told."""
        return Answer("snoozed", self.who(caller), self.note, until=from_datetime(self.until))


class Told(Asked):
    """What became of a contact."""

    outcome: Outcome
    note: str | None = Field(None, max_length=2000)
    value: float | None = Field(None, allow_inf_nan=False)
    again_at: Moment | None = Field(None, description="When to offer it again, if the customer was not reached.")

    def answer(self, caller: Caller) -> Answer:
        """The same, as it is told."""
        return Answer(self.outcome, self.who(caller), self.note, self.value)

    def again(self) -> Instant | None:
        """When to offer it again."""
        return None if self.again_at is None else from_datetime(self.again_at)


class Overruled(Asked):
    """A person's last word."""

    note: str = Field(min_length=3, max_length=2000, description="Why.")
    direction: Literal["release", "stop"] = "stop"

    def answer(self, caller: Caller) -> Answer:
        """The same, as it is told."""
        return Answer("overruled", self.who(caller), self.note, direction=self.direction)


def routes(node: Node) -> APIRouter:
    """Everything that changes the work on a recommendation."""
    router = APIRouter(prefix="/v1/recommendations", tags=["work"], responses=documented(404, 409))

    @router.post("/claim", responses=shaped(HANDED_OUT))
    def claim_next(wanted: Wanted, caller: Worker, repeat: Repeatable) -> Response:
        """Hand out the next recommendations: the claimer's own customers first, then in order of work."""
        return _many(once(node, caller, repeat, claiming(node, wanted.claim(caller))))

    @router.post("/{id}/claim", responses=shaped(WORKED))
    def claim_one(id: str, leased: Leased, caller: Worker, repeat: Repeatable) -> Response:
        """Claim this one."""
        claim = Claim(leased.who(caller), leased.lease_seconds, id=id)
        return _one(once(node, caller, repeat, claiming(node, claim)))

    @router.post("/{id}/renew", responses=shaped(WORKED))
    def renew(id: str, leased: Leased, caller: Worker, repeat: Repeatable) -> Response:
        """Keep what is claimed for longer."""
        return _one(once(node, caller, repeat, step(Renew(id, leased.who(caller), leased.lease_seconds))))

    @router.post("/{id}/release", responses=shaped(WORKED))
    def release(id: str, asked: Asked, caller: Worker, repeat: Repeatable) -> Response:
        """Give back what is claimed."""
        return _one(once(node, caller, repeat, step(GiveBack(id, asked.who(caller)))))

    @router.post("/{id}/snooze", responses=shaped(WORKED))
    def snooze(id: str, snoozed: Snoozed, caller: Worker, repeat: Repeatable) -> Response:
        """Put aside until a moment."""
        return _one(once(node, caller, repeat, snoozing(node, id, snoozed.answer(caller))))

    @router.post("/{id}/outcome", responses=shaped(WORKED))
    def outcome(id: str, told: Told, caller: Worker, repeat: Repeatable) -> Response:
        """Tell what became of it."""
        return _one(once(node, caller, repeat, telling(node, id, told.answer(caller), told.again(), repeat.token)))

    @router.post("/{id}/overrule", responses=shaped(OVERRULED))
    def overrule(id: str, overruled: Overruled, caller: Operator, token: Token = None) -> Response:
        """Stop what was released, or release what was refused or held; the id may be a decision's."""
        reply = overruled.answer(caller)
        have_last_word(node, id, reply, caller, token)
        return answer({"id": id, "outcome": "overruled", "direction": reply.direction, "by": reply.by})

    return router


def ways(node: Node) -> list[Way]:
    """The daily ones of these, in the fast lane."""

    def claim_next(request: Request, body: bytes, caller: Caller, _: str) -> Act[Response]:
        return _then(_many, claiming(node, Wanted.model_validate_json(body).claim(caller)))

    def claim_one(request: Request, body: bytes, caller: Caller, id: str) -> Act[Response]:
        leased = Leased.model_validate_json(body)
        return _then(_one, claiming(node, Claim(leased.who(caller), leased.lease_seconds, id=id)))

    def renew(request: Request, body: bytes, caller: Caller, id: str) -> Act[Response]:
        leased = Leased.model_validate_json(body)
        return _then(_one, step(Renew(id, leased.who(caller), leased.lease_seconds)))

    def snooze(request: Request, body: bytes, caller: Caller, id: str) -> Act[Response]:
        return _then(_one, snoozing(node, id, Snoozed.model_validate_json(body).answer(caller)))

    def outcome(request: Request, body: bytes, caller: Caller, id: str) -> Act[Response]:
        told = Told.model_validate_json(body)
        return _then(_one, telling(node, id, told.answer(caller), told.again()))

    of_one = {"claim": claim_one, "renew": renew, "snooze": snooze, "outcome": outcome}
    return [
        Way("POST", re.compile("/v1/recommendations/claim"), claim_next),
        *(Way("POST", re.compile(f"/v1/recommendations/([^/]+)/{verb}"), read) for verb, read in of_one.items()),
    ]


def _then(show: Callable[[list[Item]], Response], act: Act[list[Item]]) -> Act[Response]:
    return show((yield from act))


def _many(items: list[Item]) -> Response:
    return answer({"items": [as_record(item) for item in items]})


def _one(items: list[Item]) -> Response:
    """The answer about one recommendation; one that was erased since is unknown."""
    if not items:
        raise Problem(404, "UNKNOWN", "no such recommendation; it may have been erased or purged")
    return answer(as_record(items[0]))


def claiming(node: Node, claim: Claim) -> Act[list[Item]]:
    """Hand out work and tell so; what can't be told is given back, for who asks again would be given other work."""
    items: list[Item] = yield claim
    if items:
        told, now = Answer("claimed", claim.by), node.now()
        try:
            yield Events([outcome_event(item.recommendation, told, now) for item in items])
        except Exception:
            for item in items if claim.id is None else ():
                with suppress(Conflict, Unknown):
                    yield GiveBack(item.recommendation["id"], claim.by)
            raise
    return items


def snoozing(node: Node, id: str, told: Answer) -> Act[list[Item]]:
    """Put aside, and tell so."""
    assert told.until is not None
    items: list[Item] = yield Snooze(id, told.by, told.until)
    yield Events([outcome_event(item.recommendation, told, node.now()) for item in items])
    return items


def telling(
    node: Node, id: str, reply: Answer, again: Instant | None = None, token: str | None = None
) -> Act[list[Item]]:
    """Put the outcome into the stream, then close the work or offer it again."""
    items: list[Item] = yield Get(id)
    yield Events([outcome_event(item.recommendation, reply, node.now(), token) for item in items])
    if reply.outcome == "shown":
        return items
    if reply.outcome == "not_reached":
        again = again or node.now() + PAUSE
    items = yield Tell(id, reply.outcome, again)
    return items


def may_be_released(record: Mapping[str, Any]) -> bool:
    """Whether a person may let go what a gate refused or holds."""
    return record["status"] in _STAYS_IN and record["reason"] not in FINAL


def have_last_word(node: Node, id: str, reply: Answer, caller: Caller, token: str | None = None) -> None:
    """Put a person's last word into the stream; the engine does the rest."""
    record = node.explain(id)
    if record is None:
        raise Unknown(id)
    status, reason = record["status"], record["reason"]
    if reply.direction == "release" and reason in _CUSTOMERS_WORD:
        raise Problem(409, "FINAL", "an erasure or objection is the customer's own last word; nobody overrules it")
    if reply.direction == "release" and not may_be_released(record):
        raise Problem(409, "NOTHING_TO_RELEASE", f"it is {status} with reason {reason}: there is nothing to release")
    if reply.direction == "stop" and status not in _GOES_OUT:
        raise Problem(409, "NOTHING_TO_STOP", f'it is {status}: to release it all the same say "direction": "release"')
    now = node.now()
    node.ingest([outcome_event(record, reply, now, token)])
    node.ledger.note(Entry(now, reply.by, caller.key.name, f"overruled: {reply.direction}", id))
    audit.info("overruled", id=id, direction=reply.direction, by=reply.by, key=caller.key.name)
