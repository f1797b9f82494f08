"""The page to steer by: the emergency stop, what is in force, what waits for a second person, and who did what.

Plain forms: it works without a script. Requests that another site's page makes are refused before they get here.
"""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from signals.decision.controls import KINDS
from signals.pack.document import PackError
from streams.api.access import Caller, Operator
from streams.api.controls import Setting, Signed, who
from streams.api.keys import ANYONE
from streams.api.node import Node
from streams.page.told import Told
from streams.page.view import View, read_form
from streams.steering import Refused, Steering, Who, stop_of_everything

_LINES = 15
_PROPOSALS = 8
Form = dict[str, str]


def routes(node: Node, view: View) -> APIRouter:
    """The page and what its buttons do."""
    router = APIRouter(prefix="/controls")
    deeds = Deeds(node, view)

    @router.get("")
    def show(request: Request, caller: Operator, by: str = "") -> Response:
        controls = node.controls()
        stop = stop_of_everything(controls)
        values = {
            "now": node.now(),
            "told": Told(view.words(request), {}),
            "by": by or ("" if caller.name == ANYONE.name else caller.name),
            "named": caller.key is not ANYONE,
            "stop": stop,
            "controls": [control for control in controls if control is not stop],
            "kinds": KINDS,
            "names": node.names(),
            "proposals": deeds.steering.proposals()[:_PROPOSALS],
            "lines": node.ledger.entries(_LINES),
        }
        return view.page(request, "controls.html", values)

    @router.post("/{deed}")
    @router.post("/{id}/{deed}")
    async def act(request: Request, caller: Operator, deed: str, id: str = "") -> Response:
        form = await read_form(request)
        told = await run_in_threadpool(deeds.do, deed, id, form, caller)
        return RedirectResponse(f"/controls?{told}", 303)

    return router


class Deeds:
    """What the buttons do; each tells what to show about it."""

    def __init__(self, node: Node, view: View) -> None:
        self.steering = Steering(node)
        self._node = node
        self._view = view
        self._deeds: dict[str, Callable[[str, Form, Who], str]] = {
            "set": self._set,
            "lift": self._lift,
            "restart": self._restart,
            "revert": self._revert,
            "approve": self._approve,
            "refuse": self._refuse,
        }

    def do(self, deed: str, id: str, form: Form, caller: Caller) -> str:
        """Do it, or say why not."""
        try:
            why = Signed(why=form.get("why", "").strip(), by=form.get("by") or None)
            return f"done={self._deeds[deed](id, form | {'why': why.why}, who(caller, why.by))}"
        except (KeyError, ValueError, ValidationError, PackError):
            return "failed=INVALID"
        except Refused as refused:
            return f"failed={refused.code}"

    def _set(self, id: str, form: Form, by: Who) -> str:
        until = self._moment(form["until"]) if form.get("until") else None
        self._steer(form, by, float(form.get("value", "1")), until)
        return "set"

    def _lift(self, id: str, form: Form, by: Who) -> str:
        self._steer(form, by, None)
        return "lifted"

    def _steer(self, form: Form, by: Who, value: float | None, until: datetime | None = None) -> None:
        told = {name: form[name] for name in ("kind", "name", "why")}
        self.steering.set(Setting.model_validate({**told, "value": value, "until": until}).wish(), by)

    def _restart(self, id: str, form: Form, by: Who) -> str:
        self.steering.propose_restart(form["why"], by)
        return "proposed"

    def _revert(self, id: str, form: Form, by: Who) -> str:
        self.steering.propose("pack", form["why"], by, self._node.compare_earlier())
        return "proposed"

    def _approve(self, id: str, form: Form, by: Who) -> str:
        self.steering.approve(id, by)
        return "approved"

    def _refuse(self, id: str, form: Form, by: Who) -> str:
        self.steering.refuse(id, form["why"], by)
        return "refused"

    def _moment(self, text: str) -> datetime:
        """A local date and time of the form, on the pages' clock."""
        return datetime.fromisoformat(text).replace(tzinfo=self._view.zone)
