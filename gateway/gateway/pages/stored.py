"""What pages over the graph share: asking a stored query, and rendering in the look and languages of all pages.

The gateway has no database and no jobs, so it takes the kit's templates and styles as files and none of its code.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from gateway.auth.credentials import language_of
from gateway.errors import JsonObject

HERE = Path(__file__).parent
Language = Literal["vi", "en"]
Reply = tuple[JsonObject | None, list[JsonObject]]
Ask = Callable[[Request, str, str, JsonObject], Awaitable[Reply]]
"""Runs an operation of a document, by its name, as whoever makes the request; returns data and errors."""

_LANGUAGE_COOKIE = "loa_lang"
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def _kit() -> Path:
    spec = find_spec("kit")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0], "web")


_environment = Environment(
    loader=FileSystemLoader([HERE / "templates", _kit() / "templates"]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def document(name: str) -> str:
    """Return a stored document of this folder."""
    return (HERE / name).read_text(encoding="utf-8")


def language(request: Request) -> Language:
    """Return the language a page is shown in, as on all other pages: `?lang=`, the cookie, then the browser's."""
    for asked in (request.query_params.get("lang"), request.cookies.get(_LANGUAGE_COOKIE)):
        if asked in ("vi", "en"):
            return "en" if asked == "en" else "vi"
    return language_of(request.headers)


def in_language(request: Request) -> Request:
    """Return the request as the services shall see it: asking for the language that the page is shown in."""
    headers = [pair for pair in request.scope["headers"] if pair[0] != b"accept-language"]
    return Request({**request.scope, "headers": [*headers, (b"accept-language", language(request).encode())]})


def page(
    request: Request, template: str, prefix: str, *, signed_in: bool, status: int = 200, **values: Any
) -> Response:
    """Render a template; it gets `language`, `t(vi, en)`, `number`, `day` and the values."""
    shown_in = language(request)

    def pick(vi: str, en: str) -> str:
        return vi if shown_in == "vi" else en

    other = request.url.include_query_params(lang="en" if shown_in == "vi" else "vi").replace(scheme="", netloc="")
    html = _environment.get_template(template).render(
        request=request,
        language=shown_in,
        t=pick,
        number=partial(_number, shown_in),
        day=partial(_day, shown_in),
        signed_in=signed_in,
        static_prefix=prefix,
        other_language_url=str(other),
        **values,
    )
    response = HTMLResponse(html, status, {**_HEADERS, "content-language": shown_in})
    if request.query_params.get("lang") in ("vi", "en"):
        response.set_cookie(_LANGUAGE_COOKIE, shown_in, max_age=31_536_000, samesite="lax", path="/")
    return response


class _OwnFiles(StaticFiles):
    """Files that are taken for what they say they are, by browsers that would guess, too."""

    def file_response(self, *args: Any, **how: Any) -> Response:
        answer = super().file_response(*args, **how)
        answer.headers["x-content-type-options"] = "nosniff"
        return answer


def static_files(prefix: str) -> Mount:
    """Serve the pages' own styles and the kit's at `<prefix>/static/`."""
    routes = [Mount("/kit", _OwnFiles(directory=_kit() / "static")), Mount("/", _OwnFiles(directory=HERE / "static"))]
    return Mount(f"{prefix}/static", routes=routes)


def _number(shown_in: Language, value: int) -> str:
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if shown_in == "vi" else grouped


def _day(shown_in: Language, text: str) -> str:
    """Return an ISO date or date and time as a day for people."""
    day = text[:10]
    return "/".join(reversed(day.split("-"))) if shown_in == "vi" else day
