"""Errors as Problem Details (RFC 9457): every answer that is not a success has this shape."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from redis.exceptions import ConnectionError as RedisUnreachable
from redis.exceptions import TimeoutError as RedisSilent
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from streams.api.node import Busy
from streams.queue import Conflict, Unknown

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger("signals.api")

SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What went wrong, and what to do."},
        "instance": {"type": "string", "format": "uri-reference"},
        "code": {"type": "string", "description": "The kind of problem, for programs."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code"],
                "properties": {"pointer": {"type": "string"}, "code": {"type": "string"}},
            },
        },
    },
}


class Problem(HTTPException):
    """Ends a request with Problem Details; ``code`` is for programs, ``detail`` for people.

    As one of the framework's own errors it also passes the framework's reading of bodies as it is.
    """

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)
        self.code = code


UNREACHABLE = (Busy, RedisUnreachable, RedisSilent)
"""Errors by which the queue or the workers can't be asked now."""

OURS = (Problem, Unknown, Conflict, *UNREACHABLE)
"""Errors by which our own code ends a request, or that end by themselves."""

_AGAIN_SECONDS = 5


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that can end in these problems (those that any route can are always there)."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({400, 401, 403, 422, 429, 503, *statuses})
    }


def answer_to(request: Request, error: Exception) -> Response:
    """The answer to an error that ended a request."""
    match error:
        case Problem():
            return _answer(request, error.status_code, error.code, error.detail, error.headers)
        case Unknown():
            return _answer(request, 404, "UNKNOWN", "no such recommendation; it may have been erased or purged")
        case Conflict():
            return _answer(request, 409, error.code, str(error))
        case ClientDisconnect():
            return Response(status_code=400)  # nobody hears it
        case Busy():
            return _answer(request, 503, "BUSY", str(error), {"Retry-After": str(error.seconds)})
        case RedisUnreachable() | RedisSilent():
            return answer_to(request, Busy(_AGAIN_SECONDS, "the queue can't be reached"))
    # Never the path itself: it may hold a subject, or the link to somebody's own page.
    route = getattr(request.scope.get("route"), "path", None)
    _log.error("request failed", route=route, error=type(error).__name__)
    return _answer(request, 500, "UNFORESEEN", "something went wrong here; the server's log says what")


def register(api: FastAPI) -> None:
    """Answer every error of ``api`` with Problem Details."""

    async def ours(request: Request, error: Exception) -> Response:
        return answer_to(request, error)

    for kind in (*OURS, ClientDisconnect, Exception):
        api.add_exception_handler(kind, ours)

    @api.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [{"pointer": _pointer(part["loc"]), "code": part["type"]} for part in error.errors()]
        detail = "; ".join(f"{_pointer(part['loc'])}: {part['msg']}" for part in error.errors())
        return _answer(request, 422, "INVALID", detail, errors=errors)

    @api.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        code, headers = HTTPStatus(error.status_code).name, dict(error.headers or {})
        match error.status_code, headers.get("Allow"):
            case 404, _:
                detail = "there is nothing at this path; /v1/openapi.json tells all that there is"
            case 405, str(methods):
                headers["Allow"] = methods = ", ".join(sorted({*methods.split(", "), *_beside(methods)}))
                detail = f"this path takes {methods}"
            case 400, _:
                detail = "the body can't be read; send JSON in UTF-8, not compressed"
            case _:
                detail = str(error.detail)
        return _answer(request, error.status_code, code, detail, headers)


def _beside(methods: str) -> list[str]:
    """What is answered beside these."""
    return ["HEAD"] if "GET" in methods.split(", ") else []


def problem_of(status: int, code: str, detail: str) -> dict[str, Any]:
    """What every problem says."""
    kind, title = f"urn:signals:problem:{code.lower()}", HTTPStatus(status).phrase
    return {"type": kind, "title": title, "status": status, "detail": detail, "code": code}


def _pointer(location: tuple[str | int, ...]) -> str:
    return "/" + "/".join(str(step) for step in location)


def _answer(
    request: Request,
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> Response:
    body = problem_of(status, code, detail) | {"instance": quote(request.url.path)}
    if errors:
        body["errors"] = errors
    return Response(msgspec.json.encode(body), status, dict(headers or {}), MEDIA_TYPE)
