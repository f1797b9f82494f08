"""Steering over HTTP: controls, proposals that take two people, and the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from signals.calendar.instant import format_instant, from_datetime
from signals.decision.controls import Control, Kind
from signals.pack.document import PackError
from streams.api.access import Caller, Operator
from streams.api.answer import answer
from streams.api.keys import ANYONE
from streams.api.node import Node
from streams.api.parameters import ONCE, Moment, Parameters
from streams.api.problem import Problem, documented
from streams.api.shapes import AUDIT, CONTROL, CONTROLS, PROPOSAL, PROPOSALS, told
from streams.steering import Proposal, Refused, Steering, Who, Wish

Why = Annotated[str, Field(min_length=3, max_length=500)]
_FILES = 200
_LARGEST = 1_000_000


class Signed(BaseModel):
    """What every change says: why, and on an API without keys, by whom."""

    model_config = ConfigDict(extra="forbid")

    why: Why
    by: str | None = Field(None, min_length=1, max_length=200, description="Counts only on an API without keys.")


class Setting(Signed):
    """A control: a stop or shadow is on with 1; null lifts a control."""

    kind: Kind
    name: str = Field(min_length=1, max_length=200)
    value: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None
    until: Moment | None = None

    def wish(self) -> Wish:
        """The same, as it is steered by."""
        until = None if self.until is None else from_datetime(self.until)
        return Wish(self.kind, self.name, self.value, self.why, until)


class Proposed(Signed):
    """What to put before a second person; ``files`` are a pack's, by their names in its folder."""

    asked: Literal["restart", "pack", "revert"]
    files: dict[str, Annotated[str, Field(max_length=_LARGEST)]] | None = Field(None, max_length=_FILES)


class Audited(Parameters):
    """Which lines of the audit log."""

    limit: int = Field(50, ge=1, le=500)
    before: int | None = Field(None, ge=1, le=2**53, description="`next` of the page before.")


def routes(node: Node) -> APIRouter:
    """Everything that steers."""
    router = APIRouter(prefix="/v1", tags=["steering"])
    steering = Steering(node)

    @router.get("/controls", responses=told(CONTROLS) | documented())
    def controls(caller: Operator) -> Response:
        """The controls that count now, the names that can be steered, and every change so far."""
        standing = [control_record(control) for control in node.controls()]
        history = [control_record(control) for control in node.ledger.controls()]
        return answer({"controls": standing, "names": msgspec.to_builtins(node.names()), "log": history})

    @router.post("/controls/set", responses=told(CONTROL) | documented(409))
    def set_control(setting: Setting, caller: Operator) -> Response:
        """Set or lift a control; it holds for the next decision."""
        with refusals():
            return answer(control_record(steering.set(setting.wish(), who(caller, setting.by))))

    @router.get("/proposals", responses=told(PROPOSALS) | documented())
    def proposals(caller: Operator) -> Response:
        """The last proposals, newest first."""
        return answer({"items": [proposal_record(proposal) for proposal in steering.proposals()]})

    @router.post("/proposals/propose", responses=told(PROPOSAL) | documented(409))
    def propose(proposed: Proposed, caller: Operator) -> Response:
        """Propose to start again, another pack, or the earlier one; a pack comes with what it changes on recent
        events."""
        by = who(caller, proposed.by)
        with refusals():
            if proposed.asked == "restart":
                return answer(proposal_record(steering.propose_restart(proposed.why, by)))
            pack = node.compare_earlier() if proposed.asked == "revert" else node.compare_pack(proposed.files or {})
            return answer(proposal_record(steering.propose("pack", proposed.why, by, pack)))

    @router.post("/proposals/{id}/approve", responses=told(PROPOSAL) | documented(404, 409))
    def approve(id: str, signed: Signed, caller: Operator) -> Response:
        """The second person's yes: it is done at once."""
        with refusals():
            return answer(proposal_record(steering.approve(id, who(caller, signed.by))))

    @router.post("/proposals/{id}/refuse", responses=told(PROPOSAL) | documented(404, 409))
    def refuse(id: str, signed: Signed, caller: Operator) -> Response:
        """Somebody's no."""
        with refusals():
            return answer(proposal_record(steering.refuse(id, signed.why, who(caller, signed.by))))

    @router.get("/audit", responses=told(AUDIT) | documented(), dependencies=[ONCE])
    def audit(asked: Annotated[Audited, Query()], caller: Operator) -> Response:
        """Who did what and why, newest first."""
        lines = node.ledger.entries(asked.limit, asked.before)
        items = [
            {"number": number, **msgspec.to_builtins(entry), "time": format_instant(entry.time)}
            for number, entry in lines
        ]
        return answer({"items": items, "next": lines[-1][0] if len(lines) == asked.limit else None})

    return router


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what can't be done into Problem Details."""
    try:
        yield
    except Refused as error:
        raise Problem(404 if error.code == "NO_PROPOSAL" else 409, error.code, str(error)) from error
    except PackError as error:
        raise Problem(409, "BAD_PACK", "; ".join(error.problems[:20])) from error


def who(caller: Caller, by: str | None = None) -> Who:
    """Who asks: the key's name, or on an API without keys the name given."""
    return Who(by or caller.name) if caller.key is ANYONE else Who(caller.name, caller.key.name)


def control_record(control: Control) -> dict[str, Any]:
    """A control as people read it."""
    until = None if control.until is None else format_instant(control.until)
    return {**msgspec.to_builtins(control), "since": format_instant(control.since), "until": until}


def proposal_record(proposal: Proposal) -> dict[str, Any]:
    """A proposal as people read it."""
    record: dict[str, Any] = msgspec.to_builtins(proposal)
    for name in ("made", "expires", "decided"):
        record[name] = None if record[name] is None else format_instant(record[name])
    if proposal.pack is not None:
        record["pack"] = {name: value for name, value in proposal.pack.items() if name != "place"}
    return record
