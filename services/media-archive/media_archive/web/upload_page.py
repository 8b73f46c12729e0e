"""The page on which files come in. It works without JavaScript; with it, many files at once that go on after a cut."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.db import Record
from kit.errors import DomainError, Forbidden, InvalidInput, NotFound
from kit.graphql import parse_id
from kit.identity import Caller
from kit.web import language, require_same_origin
from media_archive.assets import service as assets
from media_archive.settings import current
from media_archive.units import service as units
from media_archive.uploads.limits import limits_at
from media_archive.uploads.routes import add_from_form, read_form, require_contributor_somewhere
from media_archive.uploads.tus import service as resumable
from media_archive.web.forms import texts_in
from media_archive.web.places import places
from media_archive.web.showing import kinds_in, outcome, picked, show, size_told, with_refusals

_BLANK: dict[str, Any] = {
    **dict.fromkeys(("title", "unit", "kind", "visibility", "description", "created_on", "from"), ""),
    "topics": [],
}


async def upload_page(request: Request) -> Response:
    """`/archive/upload`: the form."""
    require_contributor_somewhere(app.caller(request))
    asked = request.query_params
    typed = {"unit": asked.get("unit", ""), "topics": asked.getlist("topic"), "from": asked.get("from", "")}
    return await _upload_form(request, typed, None)


async def upload_post(request: Request) -> Response:
    """The form was sent: to the item's page, or back with what is wrong and all that was typed."""
    require_same_origin(request)
    require_contributor_somewhere(app.caller(request))
    try:
        given = await read_form(request)
    except DomainError as error:
        return await _upload_form(request, {}, error)
    try:
        source = await _source(app.caller(request), texts_in(given).get("from", ""))
        asset_id = await add_from_form(app.caller(request), given, [source["id"]] if source is not None else [])
    except DomainError as error:
        return await _upload_form(request, texts_in(given) | {"topics": given.getlist("topic")}, error)
    finally:
        await given.close()
    return RedirectResponse(f"/archive/items/{asset_id}", 303)


async def _source(caller: Caller, asked: str) -> Record | None:
    """Return the material that what is sent was made from, where one is named; NotFound for one that is not shown."""
    return await assets.asset(caller, parse_id(asked, "asset")) if asked else None


async def _upload_form(request: Request, typed: dict[str, Any], error: DomainError | None) -> Response:
    shown_in = language(request)
    topics = [(topic.code, picked(shown_in, topic.vi, topic.en)) for topic in await units.topics()]
    offered = await places(app.caller(request), "contributor", typed.get("unit", ""), shown_in)
    most = await _most_megabytes(app.caller(request), [one["id"] for one in offered], typed.get("unit", ""))
    return show(
        request,
        "upload.html",
        typed=_BLANK | typed,
        source=await _source(app.caller(request), typed.get("from", "")),
        **outcome(error, shown_in),
        faulty=_faulty_field(error),
        kinds=await kinds_in(shown_in),
        topics=topics,
        places=offered,
        unfinished=await resumable.unfinished(app.caller(request)),
        most_at_once=size_told(min(most, current().upload_most_megabytes) * 1_000_000, shown_in),
        most_in_pieces=size_told(most * 1_000_000, shown_in),
    )


async def _most_megabytes(caller: Caller, offered: list[str], chosen: str) -> int:
    """Return how large a file may be that is sent to the unit on which the form stands."""
    if not offered:
        return 0
    unit = await units.find_unit(parse_id(chosen if chosen in offered else offered[0], "unit"))
    return (await limits_at(caller, unit.path)).most_megabytes


def _faulty_field(error: DomainError | None) -> str | None:
    if isinstance(error, InvalidInput):
        return str(error.details["field"])
    if error is None:
        return None
    return "unit" if isinstance(error, NotFound | Forbidden) else "file"


routes: list[BaseRoute] = [
    Route("/archive/upload", with_refusals(upload_page), methods=["GET"]),
    Route("/archive/upload", with_refusals(upload_post), methods=["POST"]),
]
