"""Pages for people: server-rendered, bilingual, strict about what they load, working without JavaScript."""

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from kit import settings
from kit.app import caller
from kit.errors import Language, language_of

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "loa_lang"
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; "
        "worker-src 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}


def language(request: Request) -> Language:
    """Return the language a page is shown in: `?lang=`, then the cookie, then the browser's; Vietnamese first."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in ("vi", "en"):
            return "en" if asked == "en" else "vi"
    return language_of(request.headers.get("accept-language"))


@cache
def _environment(folder: Path) -> Environment:
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(HERE / "templates")]),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(request: Request, template: str, *, status: int = 200, folder: Path | None = None, **values: Any) -> Response:
    """Render a template from `<caller's folder>/templates` (or `folder`) with the security headers of every page.

    Templates get `language`, `t(vi, en)`, `other_language_url`, `signed_in`, `request`, and the values given.
    """
    shown_in = language(request)
    where = folder or Path(inspect.stack()[1].filename).parent / "templates"
    html = (
        _environment(where)
        .get_template(template)
        .render(
            request=request,
            language=shown_in,
            t=_picker(shown_in),
            signed_in=caller(request).subject is not None,
            other_language_url=str(
                request.url.include_query_params(lang="en" if shown_in == "vi" else "vi").replace(scheme="", netloc="")
            ),
            **values,
        )
    )
    response = HTMLResponse(html, status, dict(SECURITY_HEADERS))
    response.headers["content-language"] = shown_in
    response.headers.setdefault("cache-control", "no-store")
    if request.query_params.get("lang") in ("vi", "en"):
        response.set_cookie(LANGUAGE_COOKIE, shown_in, max_age=31_536_000, samesite="lax", path="/")
    return response


def _picker(shown_in: Language) -> Callable[[str, str], str]:
    def pick(vi: str, en: str) -> str:
        return vi if shown_in == "vi" else en

    return pick


class _OwnFiles(StaticFiles):
    """Files that are taken for what they say they are, by browsers that would guess, too."""

    def file_response(self, *args: Any, **how: Any) -> Response:
        answer = super().file_response(*args, **how)
        answer.headers["x-content-type-options"] = "nosniff"
        return answer


def static(prefix: str, folder: Path) -> Mount:
    """Serve a service's own static files, and below `kit/` the kit's, at `<prefix>/static/`."""
    routes = [Mount("/kit", _OwnFiles(directory=HERE / "static")), Mount("/", _OwnFiles(directory=folder))]
    return Mount(f"{prefix}/static", routes=routes)


def require_same_origin(request: Request) -> None:
    """Refuse (403) a changing request that another site's page sent with this person's session."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
        raise HTTPException(403, "cross-site request")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc not in _own_hosts(request):
        raise HTTPException(403, "cross-site request")


def _own_hosts(request: Request) -> Sequence[str]:
    return (urlsplit(settings.current().public_url).netloc, request.headers.get("host", ""))


async def form(
    request: Request, *, max_bytes: int = 1_000_000, max_files: int = 0, max_fields: int = 1_000
) -> FormData:
    """Return a posted form; 413 when it is larger than `max_bytes`, 400 when it can't be read."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise HTTPException(413, "the form is too large")
    _bound(request, max_bytes)
    try:
        return await request.form(max_files=max_files, max_fields=max_fields)
    except (MultiPartException, UnicodeDecodeError, ValueError) as error:
        raise HTTPException(400, "the form can't be read") from error


def _bound(request: Request, most: int) -> None:
    receive = request.receive
    seen = 0

    async def bounded() -> Any:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413, "the form is too large")
        return message

    request._receive = bounded  # pyright: ignore[reportPrivateUsage]  # starlette has no public way to bound a form
