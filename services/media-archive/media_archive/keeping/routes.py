"""Whole collections, units and results of a search over HTTP, sent while they are read."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.errors import DomainError, Forbidden, NotFound, SignInRequired
from kit.graphql import parse_id
from kit.identity import Caller
from kit.web import language
from media_archive.files.guarding import GuardedResponse, guarded
from media_archive.keeping.bags import Bag, write_bag
from media_archive.keeping.choosing import bag_of_collection, bag_of_search, bag_of_unit, is_still_given
from media_archive.search.follow import SearchNotReady
from media_archive.web.search_page import Asked

_STATUS: dict[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404, SearchNotReady: 503}
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


async def send_collection(request: Request) -> Response:
    """`GET /archive/api/collections/{id}/bag`: a collection as a zipped BagIt bag."""
    return await _send(
        request, lambda caller: bag_of_collection(caller, parse_id(request.path_params["id"], "collection"))
    )


async def send_unit(request: Request) -> Response:
    """`GET /archive/api/units/{id}/bag`: all that a unit and those below it have, for its contributors."""
    return await _send(request, lambda caller: bag_of_unit(caller, parse_id(request.path_params["id"], "unit")))


async def send_search(request: Request) -> Response:
    """`GET /archive/api/search/bag?…`: what a search finds, asked as the search page is."""
    asked = Asked.of(request)

    async def chosen(caller: Caller) -> Bag:
        within = parse_id(asked.unit, "unit") if asked.unit else None
        return await bag_of_search(caller, asked.q, within=within, filters=asked.chosen)

    return await _send(request, chosen)


async def _send(request: Request, choose: Callable[[Caller], Awaitable[Bag]]) -> Response:
    caller = app.caller(request)
    try:
        bag = await choose(caller)
    except DomainError as error:
        told = {"code": error.code, "message": error.message(language(request))}
        return JSONResponse(told, _STATUS.get(type(error), 422), _HEADERS)
    headers = {
        **_HEADERS,
        "content-type": "application/zip",
        "content-disposition": f'attachment; filename="{bag.name}.zip"',
    }
    if request.method == "HEAD":
        # Nothing is read and packed that nobody is sent; how long it would be is not known before.
        head = Response(headers=headers)
        del head.headers["content-length"]
        return head
    return GuardedResponse(guarded(write_bag(bag), lambda: is_still_given(caller, bag)), 200, headers)


routes: list[BaseRoute] = [
    Route("/archive/api/collections/{id}/bag", send_collection, methods=["GET"]),
    Route("/archive/api/units/{id}/bag", send_unit, methods=["GET"]),
    Route("/archive/api/search/bag", send_search, methods=["GET"]),
]
