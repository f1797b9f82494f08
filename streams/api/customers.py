"""``GET /v1/customers/{subject}``: a customer's journey."""

from fastapi import APIRouter, Response

from signals.events.subject import canonical_subject
from streams.api.access import Worker
from streams.api.answer import answer
from streams.api.node import Node
from streams.api.problem import Problem, documented
from streams.api.shapes import CUSTOMER, told


def routes(node: Node) -> APIRouter:
    """Reading customers."""
    router = APIRouter(prefix="/v1/customers", tags=["customers"])

    @router.get("/{subject:path}", responses=told(CUSTOMER) | documented(404))
    def get_customer(subject: str, caller: Worker) -> Response:
        """A customer's journey, beliefs, guards and timers, by any of their subjects (`customer:1001`, `email:…`)."""
        found = node.customer(canonical(subject))
        if found is None:
            raise Problem(404, "UNKNOWN", "nobody is known by this subject; they may have been erased")
        return answer(found)

    return router


def canonical(subject: str) -> str:
    """The subject in canonical form; a problem when it is none."""
    try:
        return canonical_subject(subject)
    except ValueError as error:
        raise Problem(
            404, "BAD_SUBJECT", f"{error}; write for example customer:1001 or email:jan@example.nl"
        ) from error
