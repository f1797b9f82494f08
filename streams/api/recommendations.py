"""``GET /v1/recommendations``: what is recommended, filtered and in order of work."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from streams.api.access import Worker
from streams.api.answer import answer, as_record, tagged
from streams.api.node import Node
from streams.api.problem import Problem, documented
from streams.queue import Filter, Unknown

Status = Literal["held", "released", "withdrawn", "superseded", "expired", "overruled", "done", "ghost", "rejected"]


class Listing(BaseModel):
    """What to list."""

    model_config = ConfigDict(extra="forbid")

    status: Status | None = None
    desk: str | None = None
    owner: str | None = Field(None, description="The customer's own adviser; empty: those without.")
    trigger: str | None = None
    class_: Literal["care", "service", "sales"] | None = Field(None, alias="class")
    channel: str | None = None
    customer: str | None = None
    claimed_by: str | None = None
    available: bool = Field(False, description="Only what could be claimed now.")
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, description="`next` of the page before.")

    def filter(self) -> Filter:
        """The same, as the queue asks for it."""
        return Filter(**self.model_dump(exclude={"limit", "cursor"}))


def routes(node: Node) -> APIRouter:
    """Reading recommendations."""
    router = APIRouter(prefix="/v1/recommendations", tags=["recommendations"])

    @router.get("", responses=documented(400))
    def list_recommendations(listing: Annotated[Listing, Query()], caller: Worker) -> Response:
        """A page of recommendations: highest priority first, then what expires soonest, then by id."""
        try:
            page = node.queue.list(listing.filter(), node.now(), listing.limit, listing.cursor)
        except ValueError as error:
            raise Problem(400, "BAD_CURSOR", str(error)) from error
        return answer({"items": [as_record(item) for item in page.items], "next": page.cursor})

    @router.get("/{id}", responses=documented(404) | {304: {"description": "You have it already"}})
    def get_recommendation(id: str, request: Request, caller: Worker) -> Response:
        """One recommendation in full, with the work on it."""
        item = node.queue.get(id)
        if item is None:
            raise Unknown(id)
        return tagged(request, as_record(item))

    return router
