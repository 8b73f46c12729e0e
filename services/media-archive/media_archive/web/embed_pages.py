"""Materials within other websites' pages: public ones anywhere, others on the websites that a share link names.

A page of its own in a sandbox: no script, no form, no session, and whoever shows it reaches nothing of the archive's.
"""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from kit.db import Record
from kit.errors import DomainError, NotFound
from kit.graphql import parse_id
from kit.identity import ANONYMOUS
from kit.web import language
from media_archive.assets import service as assets
from media_archive.files.addresses import file_path, shared_path
from media_archive.files.origin import widened
from media_archive.reuse.service import note_reuse
from media_archive.settings import current
from media_archive.sharing import visits
from media_archive.sharing.links import ShareLinkOver, opened
from media_archive.units import service as units
from media_archive.web.cards import unit_name
from media_archive.web.players import Shown, shown
from media_archive.web.showing import show

_WIDTH, _HEIGHT = 640, 480
_LEAST = 200


async def embed_public(request: Request) -> Response:
    """`GET /archive/embed/{id}`: a public material, on any website."""
    try:
        asset = await assets.asset(ANONYMOUS, parse_id(request.path_params["id"], "asset"))
    except NotFound as error:
        return _refused(request, error)
    found = await shown(asset, lambda variant, name: file_path(asset["id"], variant, name), with_original=True)
    await note_reuse(asset["id"], "embed", None)
    return await _framed(request, asset, found, "*", f"{current().public_url}/archive/items/{asset['id']}")


async def embed_shared(request: Request) -> Response:
    """`GET /archive/embed/s/{secret}`: what a link gives, on the websites that it names."""
    try:
        link = await opened(request.path_params["secret"], None)
    except (NotFound, ShareLinkOver) as error:
        return _refused(request, error)
    if not link["origins"]:
        return _refused(request, NotFound("link", "…"))
    # No cookie can be kept there, so each loading of the page that shows it is a visit.
    visit = visits.new_visit()
    expires = min(visit.expires, int(link["expires_at"].timestamp()))
    found = await shown(
        link,
        lambda variant, name: shared_path(link["link_id"], visit.id, variant, name, expires),
        with_original=link["with_original"],
    )
    await note_reuse(link["id"], "embed", None)
    return await _framed(request, link, found, " ".join(link["origins"]), None)


async def _framed(request: Request, asset: Record, found: Shown, ancestors: str, more: str | None) -> Response:
    names = await units.names_of([asset["unit_id"]])
    unit = unit_name(names.get(asset["unit_id"]), language(request))
    # A page that is leafed to, and captions, which come from our origin, would need what the sandbox does not allow.
    alone = replace(found, leaf=None, tracks=())
    return _page(request, ancestors, asset=asset, unit=unit, shown=alone, more=more, problem=None)


def _refused(request: Request, error: DomainError) -> Response:
    over = isinstance(error, ShareLinkOver)
    problem = error.message(language(request)) if over else ""
    return _page(request, "*", status=410 if over else 404, problem=problem)


def _page(request: Request, ancestors: str, *, status: int = 200, **values: Any) -> Response:
    reply = show(request, "embed.html", status=status, **values)
    reply.headers["content-security-policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors {ancestors}; sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    reply.headers["referrer-policy"] = "no-referrer"
    reply.headers["x-robots-tag"] = "noindex"
    # A page of others opens it, and no window of ours: nothing to isolate it from.
    del reply.headers["cross-origin-opener-policy"]
    return widened(reply)


async def oembed(request: Request) -> Response:
    """`GET /archive/oembed?url=…`: how to show a material of that address (oEmbed 1.0, JSON).

    404 for what is not public, 501 for another format. For links to outside see what `makeShareLink` answers.
    """
    asked = request.query_params
    if asked.get("format", "json") != "json":
        return _answer({"error": "format"}, 501)
    try:
        asset = await assets.asset(ANONYMOUS, parse_id(_asset_in(asked.get("url", "")), "asset"))
    except NotFound:
        return _answer({"error": "not found"}, 404)
    names = await units.names_of([asset["unit_id"]])
    width, height = _at_most(asked.get("maxwidth"), _WIDTH), _at_most(asked.get("maxheight"), _HEIGHT)
    source = f"{current().public_url}/archive/embed/{asset['id']}"
    return _answer(
        {
            "version": "1.0",
            "type": "rich",
            "title": asset["title"],
            "author_name": unit_name(names.get(asset["unit_id"]), language(request)),
            "provider_name": "Loa",
            "provider_url": f"{current().public_url}/archive/",
            "width": width,
            "height": height,
            "html": f'<iframe src="{source}" width="{width}" height="{height}" loading="lazy" '
            'referrerpolicy="no-referrer" sandbox="allow-popups allow-popups-to-escape-sandbox" '
            'style="border:0" allowfullscreen title="Loa"></iframe>',
            "cache_age": 3600,
        },
        200,
    )


def _asset_in(address: str) -> str:
    """Return the id in the address of a material's page on our origin, or a text that is no id."""
    scheme, _, rest = address.partition("://")
    ours = current().public_url.partition("://")[2] + "/archive/items/"
    is_ours = scheme in ("http", "https") and rest.startswith(ours)
    return rest.removeprefix(ours).partition("?")[0].partition("#")[0].rstrip("/") if is_ours else ""


def _at_most(asked: str | None, usual: int) -> int:
    if asked is None or not asked.isascii() or not asked.isdigit():
        return usual
    return max(_LEAST, min(usual, int(asked[:6])))


def _answer(said: dict[str, Any], status: int) -> Response:
    headers = {"access-control-allow-origin": "*", "x-content-type-options": "nosniff", "cache-control": "no-store"}
    return JSONResponse(said, status, headers)


routes: list[BaseRoute] = [
    Route("/archive/oembed", oembed),
    Route("/archive/embed/s/{secret}", embed_shared),
    Route("/archive/embed/{id}", embed_public),
]
