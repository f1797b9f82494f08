"""How a page is made: templates, the reader's language, and headers that let nothing in or out."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from streams.api.problem import Problem
from streams.page import pictures
from streams.page.words import LANGUAGES, Words

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_STATIC = {"app.css": "text/css", "app.js": "text/javascript", "icon.svg": "image/svg+xml"}
_YEAR = 365 * 86_400
_MOST_FIELDS = 50


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["pictures"] = pictures
    return environment


class View:
    """Renders pages in the reader's language, with times in ``zone``."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)

    def words(self, request: Request) -> Words:
        """The reader's language: asked for, remembered, or the browser's."""
        asked = request.query_params.get("lang") or request.cookies.get("lang")
        if asked not in LANGUAGES:
            asked = "nl" if request.headers.get("accept-language", "").lower().startswith("nl") else "en"
        return Words("nl" if asked == "nl" else "en", self.zone)

    def page(self, request: Request, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        """A page."""
        words = self.words(request)
        here = request.url.include_query_params(lang=words.other)
        common = {
            "t": words,
            "there": f"{here.path}?{here.query}",
            "path": request.url.path,
            "done": request.query_params.get("done"),
            "failed": request.query_params.get("failed"),
        }
        text = _templates().get_template(template).render(common | dict(values))
        response = Response(text, status, _HEADERS, "text/html; charset=utf-8")
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie("lang", words.language, max_age=_YEAR, httponly=True, samesite="lax")
        return response


def static(name: str) -> Response:
    """A style sheet, script or picture of the pages."""
    if name not in _STATIC:
        raise Problem(404, "UNKNOWN", "no such file")
    content = (files(__package__) / "static" / name).read_bytes()
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=_STATIC[name], headers=headers)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, the last of each name; a problem when it is none of ours."""
    try:
        fields = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Problem(400, "BAD_FORM", f"a form has at most {_MOST_FIELDS} fields") from error
    return {name: values[-1] for name, values in fields.items()}
