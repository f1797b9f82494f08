"""Parameters of a request: one that a route doesn't know is refused, so that no filter is passed over unnoticed."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from signals.calendar.instant import EARLIEST, LATEST, from_datetime
from signals.events.subject import canonical_subject
from streams.api.problem import Problem


def _can_be(moment: datetime) -> datetime:
    if not EARLIEST <= from_datetime(moment) < LATEST:
        raise ValueError("a moment lies between the years 1900 and 2200")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_can_be)]
"""A moment that an event can tell of."""


Subject = Annotated[str, AfterValidator(lambda text: canonical_subject(text))]
"""A subject, in its one spelling."""


class Parameters(BaseModel):
    """What a route may be asked; raises ``ValueError`` naming what it knows for anything else."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        if unknown := [name for name in given if name not in known] if isinstance(given, dict) else []:
            raise ValueError(f"there is no parameter {', '.join(map(repr, unknown))}; known are {', '.join(known)}")
        return given


def _asked_once(request: Request) -> None:
    asked = request.query_params
    if len(asked.multi_items()) != len(asked):
        raise Problem(422, "INVALID", "a parameter is given twice; ask for one value of each, in a request of its own")


ONCE = Depends(_asked_once)
"""Refuses a parameter that is there twice: of two filters one would be passed over."""


class Paged(Parameters):
    """The parameters of whatever comes in pages."""

    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, description="`next` of the page before.")
