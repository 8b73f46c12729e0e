"""The archive for people: find, look at, upload. Every page works without JavaScript and on a small phone."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.errors import DomainError, Forbidden, InvalidInput, Language, NotFound, SignInRequired
from kit.graphql import parse_id
from kit.identity import Caller
from kit.paths import depth
from kit.web import language, page, require_same_origin, static
from media_archive.assets import service as assets
from media_archive.files.addresses import ORIGINAL, file_path
from media_archive.settings import current
from media_archive.units import service as units
from media_archive.uploads.routes import add_from_form, read_form, require_contributor_somewhere
from media_archive.uploads.tus import service as resumable
from media_archive.web import search_page
from media_archive.web.cards import picture, unit_name

_STATUS: dict[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404}
_FOLDER = Path(__file__).parent
_BLANK: dict[str, Any] = {
    **dict.fromkeys(("title", "unit", "kind", "visibility", "description", "created_on"), ""),
    "topics": [],
}


async def item_page(request: Request) -> Response:
    """`/archive/items/{id}`: one material."""
    try:
        row = await assets.asset(app.caller(request), parse_id(request.path_params["id"], "asset"))
    except NotFound as error:
        return _problem_page(request, error)
    shown_in = language(request)
    renditions = {one["name"]: one for one in await assets.renditions_of([row["id"]])}
    names = await units.names_of([row["unit_id"]])
    large = renditions["thumb_1024"]
    return _page(
        request,
        "item.html",
        asset=row,
        unit=unit_name(names.get(row["unit_id"]), shown_in),
        kinds=await _kinds(request),
        topics=[
            (topic.vi if shown_in == "vi" else topic.en)
            for topic in await units.topics()
            if topic.code in row["topics"]
        ],
        rendition=large,
        picture=picture(large) if large["state"] == "done" else None,
        texts=await assets.texts_of([row["id"]]),
        original=file_path(row["id"], ORIGINAL, row["file_name"]),
    )


async def upload_page(request: Request) -> Response:
    """`/archive/upload`: the form."""
    try:
        require_contributor_somewhere(app.caller(request))
    except (SignInRequired, Forbidden) as error:
        return _problem_page(request, error)
    return await _upload_form(request, {"unit": request.query_params.get("unit", "")}, None)


async def upload_post(request: Request) -> Response:
    """The form was sent: to the item's page, or back with what is wrong and all that was typed."""
    require_same_origin(request)
    try:
        require_contributor_somewhere(app.caller(request))
        given = await read_form(request)
    except (SignInRequired, Forbidden) as error:
        return _problem_page(request, error)
    except DomainError as error:
        return await _upload_form(request, {}, error)
    try:
        asset_id = await add_from_form(app.caller(request), given)
    except DomainError as error:
        typed = {name: text for name, text in given.items() if isinstance(text, str)}
        return await _upload_form(request, typed | {"topics": given.getlist("topic")}, error)
    finally:
        await given.close()
    return RedirectResponse(f"/archive/items/{asset_id}", 303)


async def _upload_form(request: Request, typed: dict[str, Any], error: DomainError | None) -> Response:
    shown_in = language(request)
    topics = [(topic.code, topic.vi if shown_in == "vi" else topic.en) for topic in await units.topics()]
    return _page(
        request,
        "upload.html",
        status=200 if error is None else _STATUS.get(type(error), 422),
        typed=_BLANK | typed,
        problem=_said(error, request) if error else None,
        faulty=_faulty_field(error),
        kinds=await _kinds(request),
        topics=topics,
        places=await _places(app.caller(request), typed.get("unit", ""), shown_in),
        unfinished=await resumable.unfinished(app.caller(request)),
        most_megabytes=current().upload_most_megabytes,
    )


def _faulty_field(error: DomainError | None) -> str | None:
    if isinstance(error, InvalidInput):
        return str(error.details["field"])
    if error is None:
        return None
    return "unit" if isinstance(error, NotFound | Forbidden) else "file"


async def _places(caller: Caller, chosen: str, shown_in: Language) -> list[dict[str, Any]]:
    """Where the caller may put something: the tops of subtrees, what is right below, and a unit chosen by a link."""
    try:
        chosen_id = parse_id(chosen, "unit")
    except NotFound:
        chosen_id = None
    found = await units.units_to_choose(caller.scopes("contributor"), chosen_id)
    return [{"id": str(unit.id), "name": unit_name(unit, shown_in), "depth": depth(unit.path)} for unit in found]


async def _kinds(request: Request) -> dict[str, str]:
    shown_in = language(request)
    return {row["code"]: row[shown_in] for row in await assets.kinds()}


def _said(error: DomainError, request: Request) -> str:
    if isinstance(error, InvalidInput):
        return str(error.details["reason_vi" if language(request) == "vi" else "reason_en"])
    return error.message(language(request))


def _problem_page(request: Request, error: DomainError) -> Response:
    return _page(request, "problem.html", status=_STATUS[type(error)], code=error.code, problem=_said(error, request))


def _page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    return page(request, template, status=status, folder=_FOLDER / "templates", static_prefix="/archive", **values)


async def to_search(_: Request) -> Response:
    """`/archive` is `/archive/`."""
    return RedirectResponse("/archive/", 308)


routes: list[BaseRoute] = [
    Route("/archive", to_search),
    *search_page.routes,
    Route("/archive/items/{id}", item_page),
    Route("/archive/upload", upload_page, methods=["GET"]),
    Route("/archive/upload", upload_post, methods=["POST"]),
    static("/archive", _FOLDER / "static"),
]
