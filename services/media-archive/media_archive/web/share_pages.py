"""Pages for whoever was handed a share link: the material, or the question for its password, and nothing else.

They lead nowhere else, are kept by no cache and no search engine, and tell no other page where they are.
"""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit.db import Record
from kit.errors import DomainError, NotFound
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.files.addresses import ENDINGS, shared_path
from media_archive.settings import current
from media_archive.sharing import passwords, visits
from media_archive.sharing.links import ShareLinkOver, count_use, opened
from media_archive.sharing.visits import Visit
from media_archive.units import service as units
from media_archive.web.cards import unit_name
from media_archive.web.players import shown
from media_archive.web.showing import STATUS, moment_told, show

COOKIE = "loa_visit"
HEADERS = {
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "cache-control": "no-store",
}
_STATUS: dict[type[DomainError], int] = {
    **STATUS,
    ShareLinkOver: 410,
    passwords.PasswordWrong: 403,
    passwords.TooManyTries: 429,
}


async def share_page(request: Request) -> Response:
    """`GET /archive/s/{secret}`: the material, or the question for the password."""
    try:
        link, visit = await _opened(request)
    except (NotFound, ShareLinkOver) as error:
        return _refused(request, error)
    if visit is None and link["password_hash"] is not None:
        return _asks(request, link, None)
    try:
        return await _shows(request, link, visit)
    except ShareLinkOver as error:
        return _refused(request, error)


async def _opened(request: Request) -> tuple[Record, Visit | None]:
    """Return the link and the visit that the browser has proved to be; a visit that is none is like no visit."""
    cookie = request.cookies.get(COOKIE, "")
    visit = visits.claimed(cookie)
    secret = request.path_params["secret"]
    link = await opened(secret, visit.id if visit else None)
    if visit is None or visits.is_proved(visit, cookie, link):
        return link, visit
    return await opened(secret, None), None


async def share_password(request: Request) -> Response:
    """`POST /archive/s/{secret}`: the password was typed."""
    require_same_origin(request)
    given = (await form(request, max_bytes=10_000, max_fields=5)).get("password")
    try:
        link = await opened(request.path_params["secret"], None)
    except (NotFound, ShareLinkOver) as error:
        return _refused(request, error)
    try:
        if link["password_hash"] is not None:
            typed = given if isinstance(given, str) else ""
            await passwords.check(link["link_id"], link["password_salt"], link["password_hash"], typed)
    except (passwords.PasswordWrong, passwords.TooManyTries) as error:
        return _asks(request, link, error)
    reply = RedirectResponse(request.url.path, 303, HEADERS)
    _keep(request, reply, link, visits.new_visit())
    return reply


def _keep(request: Request, reply: Response, link: Record, visit: Visit) -> None:
    reply.set_cookie(
        COOKIE,
        visits.cookie_of(visit, link),
        max_age=visits.SECONDS,
        path=request.url.path,
        secure=current().public_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )


async def _shows(request: Request, link: Record, kept: Visit | None) -> Response:
    visit = kept or visits.new_visit()
    is_read = "read" in request.query_params
    if is_read:
        # Whoever reads what is said in it has used the link, as whoever plays it has.
        await count_use(link["link_id"], visit.id)
    names = await units.names_of([link["unit_id"]])
    reply = _page(
        request,
        "share.html",
        asset=link,
        ending=ENDINGS.get(link["media_type"], "").upper(),
        unit=unit_name(names.get(link["unit_id"]), language(request)),
        shown=await _shown(request, link, visit),
        texts=await _texts(link),
        is_read=is_read,
        until=moment_told(link["expires_at"], language(request)),
    )
    if kept is None:
        _keep(request, reply, link, visit)
    return reply


async def _texts(link: Record) -> list[Record]:
    """Return what can be read of the material: what is said in it; with the original also what is written in it."""
    found = await assets.texts_of([link["id"]])
    return [one for one in found if one["text"] and (one["source"] == "captions" or link["with_original"])]


async def _shown(request: Request, link: Record, visit: Visit) -> Any:
    expires = min(visit.expires, int(link["expires_at"].timestamp()))
    link_id: UUID = link["link_id"]
    return await shown(
        link,
        lambda variant, name: shared_path(link_id, visit.id, variant, name, expires),
        with_original=link["with_original"],
        page=request.query_params.get("page", "1"),
    )


def _asks(request: Request, link: Record, error: DomainError | None) -> Response:
    problem = error.message(language(request)) if error else None
    status = _STATUS[type(error)] if error else 200
    reply = _page(request, "share_password.html", status=status, problem=problem, path=request.url.path)
    if isinstance(error, passwords.TooManyTries):
        reply.headers["retry-after"] = str(60 * passwords.TRY_MINUTES)
    return reply


def _refused(request: Request, error: DomainError) -> Response:
    over = isinstance(error, ShareLinkOver)
    problem = error.message(language(request)) if over else None
    return _page(request, "share_over.html", status=_STATUS[type(error)], problem=problem)


def _page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    reply = show(request, template, status=status, **values)
    reply.headers.update(HEADERS)
    return reply


routes: list[BaseRoute] = [
    Route("/archive/s/{secret}", share_page, methods=["GET"]),
    Route("/archive/s/{secret}", share_password, methods=["POST"]),
]
