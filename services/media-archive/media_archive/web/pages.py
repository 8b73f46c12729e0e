"""The archive for people: find, look at, upload. Every page works without JavaScript and on a small phone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.db import Record
from kit.errors import DomainError, Forbidden, InvalidInput, Language, NotFound, SignInRequired
from kit.graphql import decode_cursor, encode_cursor, parse_id, window
from kit.identity import Caller
from kit.paths import depth
from kit.web import language, page, require_same_origin, static
from media_archive.assets import service as assets
from media_archive.files.addresses import ORIGINAL, file_path
from media_archive.search import service as searching
from media_archive.search.follow import SearchNotReady
from media_archive.search.snippets import Piece
from media_archive.settings import current
from media_archive.units import service as units
from media_archive.uploads.routes import add_from_form, read_form, require_contributor_somewhere
from media_archive.uploads.tus import service as resumable

_PAGE = 24
_STATUS: dict[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404, SearchNotReady: 503}
_FOLDER = Path(__file__).parent
_BLANK: dict[str, Any] = {
    **dict.fromkeys(("title", "unit", "kind", "visibility", "description", "created_on"), ""),
    "topics": [],
}


async def search_page(request: Request) -> Response:
    """`/archive/`: what was asked for, or else what was added last."""
    asked = {name: request.query_params.get(name, "").strip() for name in ("q", "kind", "unit", "after")}
    caller = app.caller(request)
    values: dict[str, Any] = {
        "asked": asked,
        "kinds": await _kinds(request),
        "may_upload": bool(caller.scopes("contributor")),
    }
    try:
        values |= await _found(caller, asked, language(request))
    except (InvalidInput, NotFound, SearchNotReady) as error:
        status = _STATUS.get(type(error), 400)
        return _page(
            request,
            "search.html",
            status=status,
            problem=_said(error, request),
            cards=[],
            total=None,
            next_url=None,
            within=None,
            **values,
        )
    return _page(request, "search.html", problem=None, **values)


async def _found(caller: Caller, asked: dict[str, str], shown_in: Language) -> dict[str, Any]:
    within = await units.find_unit(parse_id(asked["unit"], "unit")) if asked["unit"] else None
    path, kind = within.path if within else None, asked["kind"] or None
    name = _name(within, shown_in) if within else None
    if not asked["q"]:
        listed = window(_PAGE, asked["after"] or None, int, str)
        rows = await assets.list_assets(caller, assets.Filter(within_path=path, kind=kind), listed)
        after = encode_cursor(assets.cursor_of(rows[_PAGE - 1])) if len(rows) > _PAGE else None
        cards = await _cards([(row, []) for row in rows[:_PAGE]], shown_in)
        return {"cards": cards, "total": None, "next_url": _next(asked, after), "within": name}
    offset = int(decode_cursor(asked["after"], int)[0]) if asked["after"] else 0
    results = await searching.search_assets(caller, asked["q"], within_path=path, kind=kind, first=_PAGE, offset=offset)
    after = encode_cursor((offset + _PAGE,)) if results.has_next_page else None
    cards = await _cards([(hit.asset, hit.pieces) for hit in results.hits], shown_in)
    return {"cards": cards, "total": results.total, "next_url": _next(asked, after), "within": name}


def _next(asked: dict[str, str], after: str | None) -> str | None:
    return (
        "/archive/?" + urlencode({**{name: text for name, text in asked.items() if text}, "after": after})
        if after
        else None
    )


async def _cards(found: Sequence[tuple[Record, list[Piece]]], shown_in: Language) -> list[dict[str, Any]]:
    names = await units.names_of([row["unit_id"] for row, _ in found])
    small = {
        one["asset_id"]: one
        for one in await assets.renditions_of([row["id"] for row, _ in found])
        if one["name"] == "thumb_320" and one["state"] == "done"
    }
    return [
        {
            "asset": row,
            "pieces": pieces,
            "unit": _name(names.get(row["unit_id"]), shown_in),
            "picture": _picture(small.get(row["id"])),
        }
        for row, pieces in found
    ]


def _picture(rendition: Record | None) -> dict[str, Any] | None:
    if rendition is None:
        return None
    name = rendition["name"]
    return {
        "url": file_path(rendition["asset_id"], name, f"{name}.webp"),
        "width": rendition["width"],
        "height": rendition["height"],
    }


def _name(unit: units.KnownUnit | None, shown_in: Language) -> str:
    if unit is None:
        return "…"
    return unit.name_vi if shown_in == "vi" else unit.name_en or unit.name_vi


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
        unit=_name(names.get(row["unit_id"]), shown_in),
        kinds=await _kinds(request),
        topics=[
            (topic.vi if shown_in == "vi" else topic.en)
            for topic in await units.topics()
            if topic.code in row["topics"]
        ],
        rendition=large,
        picture=_picture(large) if large["state"] == "done" else None,
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
    return [{"id": str(unit.id), "name": _name(unit, shown_in), "depth": depth(unit.path)} for unit in found]


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
    Route("/archive/", search_page),
    Route("/archive/items/{id}", item_page),
    Route("/archive/upload", upload_page, methods=["GET"]),
    Route("/archive/upload", upload_post, methods=["POST"]),
    static("/archive", _FOLDER / "static"),
]
