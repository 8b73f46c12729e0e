"""The archive for people: find, look at, upload. Every page works without JavaScript and on a small phone."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit.web import static
from media_archive.web import captions_page, describe_page, item_page, keep_page, search_page, upload_page
from media_archive.web.showing import FOLDER


async def to_search(_: Request) -> Response:
    """`/archive` is `/archive/`."""
    return RedirectResponse("/archive/", 308)


routes: list[BaseRoute] = [
    Route("/archive", to_search),
    *search_page.routes,
    *item_page.routes,
    *keep_page.routes,
    *captions_page.routes,
    *describe_page.routes,
    *upload_page.routes,
    static("/archive", FOLDER / "static"),
]
