"""The adviser's page: take the next, say it, tell what came of it. Plain forms: it works without a script."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from signals.calendar.instant import Instant, from_datetime, to_datetime
from streams.api.access import Caller, Worker
from streams.api.keys import ANYONE
from streams.api.node import Node
from streams.api.outcome import Answer
from streams.api.together import alone
from streams.api.work import Asked, claiming, snoozing, telling
from streams.api.work import Told as Outcome
from streams.page.told import Told
from streams.page.view import View, read_form
from streams.queue import Claim, Conflict, Filter, Unknown
from streams.steering import stop_of_everything

OUTCOMES = ("accepted", "converted", "contacted", "not_reached", "declined", "complained", "wrong")
_LEASE = 1800
_MORNING = time(9)


def routes(node: Node, view: View) -> APIRouter:
    """The adviser's page and what its buttons do."""
    router = APIRouter(prefix="/queue")

    @router.get("")
    def show(request: Request, caller: Worker, by: str = "", desk: str = "") -> Response:
        now = node.now()
        who = by or ("" if caller.name == ANYONE.name else caller.name)
        values = {
            "now": now,
            "told": Told(view.words(request), node.sayings()),
            "by": who,
            "desk": desk,
            "desks": [row.desk for row in node.queue.desks(now) if row.desk],
            "mine": node.queue.list(Filter(claimed_by=who), now).items if who else [],
            "waiting": node.queue.list(Filter(available=True, desk=desk or None), now, 20).items,
            "outcomes": OUTCOMES,
            "stop": stop_of_everything(node.controls()),
        }
        return view.page(request, "queue.html", values)

    @router.post("/{verb}")
    @router.post("/{id}/{verb}")
    async def act(request: Request, caller: Worker, verb: str, id: str = "") -> Response:
        form = await read_form(request)
        told = await run_in_threadpool(_act, Act(node, view), verb, id, form, caller)
        back = urlencode({"by": form.get("by", ""), "desk": form.get("desk", ""), **told})
        return RedirectResponse(f"/queue?{back}", 303)

    return router


class Act:
    """What the buttons need."""

    def __init__(self, node: Node, view: View) -> None:
        self.node = node
        self.view = view


def _act(act: Act, verb: str, id: str, form: dict[str, str], caller: Caller) -> dict[str, Any]:
    """Do what a button says; tells what to show about it."""
    try:
        by = Asked(by=form.get("by") or None).who(caller)
        return {"done": _VERBS[verb](act, id, by, form)}
    except (KeyError, ValueError, OverflowError):
        return {"failed": "INVALID"}
    except Unknown:
        return {"failed": "UNKNOWN"}
    except Conflict as conflict:
        return {"failed": conflict.code}


def _claim(act: Act, id: str, by: str, form: dict[str, str]) -> str:
    claim = Claim(by, _LEASE, desk=form.get("desk") or None, id=id or None)
    return "claimed" if alone(act.node, claiming(act.node, claim)) else "nothing"


def _outcome(act: Act, id: str, by: str, form: dict[str, str]) -> str:
    if form["outcome"] not in OUTCOMES:
        raise ValueError(form["outcome"])
    said = Outcome(outcome=form["outcome"], note=form.get("note") or None)
    alone(act.node, telling(act.node, id, Answer(said.outcome, by, said.note)))
    return "outcome"


def _snooze(act: Act, id: str, by: str, form: dict[str, str]) -> str:
    until = morning_after(act.node.now(), int(form["days"]), act.view)
    alone(act.node, snoozing(act.node, id, Answer("snoozed", by, until=until)))
    return "snoozed"


def _give_back(act: Act, id: str, by: str, form: dict[str, str]) -> str:
    act.node.queue.give_back(id, by, act.node.now())
    return "given_back"


_VERBS = {"claim": _claim, "outcome": _outcome, "snooze": _snooze, "release": _give_back}


def morning_after(now: Instant, days: int, view: View) -> Instant:
    """Nine o'clock, so many days from now."""
    day = to_datetime(now, view.zone).date() + timedelta(days=days)
    return from_datetime(datetime.combine(day, _MORNING, view.zone))
