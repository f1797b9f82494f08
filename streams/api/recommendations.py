"""``GET /v1/recommendations``: what is recommended, filtered and in order of work."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from streams.api.access import Caller, Worker
from streams.api.answer import UNCHANGED, answer, as_record, tagged
from streams.api.lane import Look, Way
from streams.api.node import Node
from streams.api.parameters import ONCE, Paged, Subject
from streams.api.problem import Problem, documented
from streams.api.shapes import PAGE_OF_WORK, WORKED, told
from streams.api.together import Act, step
from streams.queue import Filter, Get, Unknown

Status = Literal["held", "released", "withdrawn", "superseded", "expired", "overruled", "done", "ghost", "rejected"]


class Listing(Paged):
    """What to list."""

    status: Status | None = None
    desk: str | None = None
    owner: str | None = Field(None, description="The customer's own adviser; empty: those without.")
    trigger: str | None = None
    class_: Literal["care", "service", "sales"] | None = Field(None, alias="class")
    channel: str | None = None
    customer: Subject | None = None
    claimed_by: str | None = None
    available: bool = Field(False, description="Only what could be claimed now.")

    def filter(self) -> Filter:
        """The same, as the queue asks for it."""
        return Filter(**self.model_dump(exclude={"limit", "cursor"}))


def routes(node: Node) -> APIRouter:
    """Reading recommendations."""
    router = APIRouter(prefix="/v1/recommendations", tags=["recommendations"])

    @router.get("", responses=told(PAGE_OF_WORK) | documented(400), dependencies=[ONCE])
    def list_recommendations(listing: Annotated[Listing, Query()], caller: Worker) -> Response:
        """A page of recommendations: highest priority first, then what expires soonest, then by id."""
        return _listed(node, listing)

    @router.get("/{id}", responses=told(WORKED) | UNCHANGED | documented(404))
    def get_recommendation(id: str, request: Request, caller: Worker) -> Response:
        """One recommendation in full, with the work on it."""
        return _shown(node, id, request)

    return router


def ways(node: Node) -> list[Way]:
    """The same, in the fast lane."""

    def list_them(request: Request, body: bytes, caller: Caller, _: str) -> Look:
        asked = request.query_params
        listing = Listing.model_validate(dict(asked))
        if len(asked.multi_items()) != len(asked):
            raise Problem(422, "INVALID", "something is asked twice")
        return lambda: _listed(node, listing)

    def show_one(request: Request, body: bytes, caller: Caller, id: str) -> Act[Response] | Look:
        if node.queue.near:
            return lambda: _shown(node, id, request)
        return _fetched(id, request)

    return [
        Way("GET", re.compile("/v1/recommendations"), list_them),
        Way("GET", re.compile("/v1/recommendations/([^/]+)"), show_one, single=True),
    ]


def _listed(node: Node, listing: Listing) -> Response:
    try:
        page = node.queue.list(listing.filter(), node.now(), listing.limit, listing.cursor)
    except ValueError as error:
        raise Problem(400, "BAD_CURSOR", str(error)) from error
    return answer({"items": [as_record(item) for item in page.items], "next": page.cursor})


def _fetched(id: str, request: Request) -> Act[Response]:
    [item] = yield from step(Get(id))
    return tagged(request, as_record(item))


def _shown(node: Node, id: str, request: Request) -> Response:
    item = node.queue.get(id)
    if item is None:
        raise Unknown(id)
    return tagged(request, as_record(item))
