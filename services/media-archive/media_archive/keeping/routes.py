"""Whole collections over HTTP, sent while they are read."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from kit import app
from kit.errors import DomainError, Forbidden, NotFound, SignInRequired
from kit.graphql import parse_id
from kit.web import language
from media_archive.keeping.bags import bag_of_collection, write_bag

_STATUS: dict[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404}
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


async def send_bag(request: Request) -> Response:
    """`GET /archive/api/collections/{id}/bag`: a collection as a zipped BagIt bag."""
    try:
        bag = await bag_of_collection(app.caller(request), parse_id(request.path_params["id"], "collection"))
    except DomainError as error:
        told = {"code": error.code, "message": error.message(language(request))}
        return JSONResponse(told, _STATUS.get(type(error), 422), _HEADERS)
    name = f'attachment; filename="{bag.name}.zip"'
    return StreamingResponse(write_bag(bag), 200, _HEADERS | {"content-disposition": name}, "application/zip")


routes: list[BaseRoute] = [Route("/archive/api/collections/{id}/bag", send_bag, methods=["GET"])]
