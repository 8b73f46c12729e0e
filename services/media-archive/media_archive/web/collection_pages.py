"""Collections for people: a grid of each, what stands in it, and its order, changed by buttons that need no script."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.db import Record
from kit.errors import DomainError, Forbidden, InvalidInput, Language, NotFound, SignInRequired
from kit.graphql import encode_cursor, parse_id, window
from kit.identity import Caller
from kit.paths import depth
from kit.web import form, language, require_same_origin
from media_archive.assets.description import role_for
from media_archive.collections import items, service
from media_archive.units import service as units
from media_archive.uploads.routes import require_contributor_somewhere
from media_archive.web.cards import cards, unit_name
from media_archive.web.showing import STATUS, kinds_in, problem_page, said, show

_PAGE = 24
_PLACE = "/archive/collections"


async def list_page(request: Request) -> Response:
    """`/archive/collections`: the outermost ones that one may see."""
    caller, shown_in = app.caller(request), language(request)
    try:
        asked = window(_PAGE, request.query_params.get("after") or None, str, str)
        rows = await service.list_collections(caller, service.Filter(only_outermost=True), asked)
    except InvalidInput as error:
        return problem_page(request, error)
    after = encode_cursor(service.cursor_of(rows[_PAGE - 1])) if len(rows) > _PAGE else None
    return show(
        request,
        "collections.html",
        collections=await tiles_of(caller, rows[:_PAGE], shown_in),
        next_url=f"{_PLACE}?after={after}" if after else None,
        may_begin=bool(caller.scopes("contributor")),
    )


async def collection_page(request: Request) -> Response:
    """`/archive/collections/{id}`: what is in it, in its order."""
    return await _show_collection(request, None)


async def _show_collection(request: Request, error: DomainError | None, typed: FormData | None = None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    try:
        row = await service.collection(caller, parse_id(request.path_params["id"], "collection"))
        asked = window(_PAGE, request.query_params.get("after") or None, int)
        found = (await items.items_of(caller, [row["id"]], asked.limit, asked.after))[row["id"]]
    except (NotFound, InvalidInput) as refusal:
        return problem_page(request, refusal)
    inside = (await service.children_of(caller, [row["id"]], _PAGE, None))[row["id"]]
    names = await units.names_of([row["unit_id"]])
    after = encode_cursor((found[_PAGE - 1]["position"],)) if len(found) > _PAGE else None
    return show(
        request,
        "collection.html",
        status=200 if error is None else STATUS.get(type(error), 422),
        problem=said(error, shown_in) if error else None,
        collection=row,
        typed={name: (typed or {}).get(name, row[name]) for name in ("title", "description", "visibility")},
        unit=unit_name(names.get(row["unit_id"]), shown_in),
        ancestors=(await service.ancestors_of(caller, [row["id"]]))[row["id"]],
        children=await tiles_of(caller, inside, shown_in),
        count=(await items.counts_of(caller, [row["id"]]))[row["id"]],
        cards=await cards([(one, []) for one in found[:_PAGE]], shown_in),
        kinds=await kinds_in(shown_in),
        next_url=f"{_PLACE}/{row['id']}?after={after}" if after else None,
        may_change=caller.subject is not None and caller.may(role_for(row["visibility"]), row["unit_path"]),
        may_publish=caller.may("editor", row["unit_path"]),
        deepest=service.DEEPEST,
    )


async def new_page(request: Request) -> Response:
    """`/archive/collections/new`: the form for one more."""
    return await _new_form(request, None, dict(request.query_params))


async def new_post(request: Request) -> Response:
    """The form was sent: to the new collection, or back with what is wrong."""
    require_same_origin(request)
    given = await form(request)
    try:
        parent = text_of(given, "parent")
        row = await service.create_collection(
            app.caller(request),
            parse_id(text_of(given, "unit"), "unit"),
            text_of(given, "title"),
            description=text_of(given, "description"),
            visibility=text_of(given, "visibility") or "unit",
            parent_id=parse_id(parent, "collection") if parent else None,
        )
    except (SignInRequired, Forbidden) as error:
        return problem_page(request, error)
    except DomainError as error:
        typed = {name: text for name, text in given.items() if isinstance(text, str)}
        return await _new_form(request, error, typed)
    return RedirectResponse(f"{_PLACE}/{row['id']}", 303)


async def _new_form(request: Request, error: DomainError | None, typed: dict[str, str]) -> Response:
    caller, shown_in = app.caller(request), language(request)
    try:
        require_contributor_somewhere(caller)
        parent_id = typed.get("parent")
        parent = await service.collection(caller, parse_id(parent_id, "collection")) if parent_id else None
    except (SignInRequired, Forbidden, NotFound) as refusal:
        return problem_page(request, refusal)
    chosen = typed.get("unit") or (str(parent["unit_id"]) if parent else "")
    return show(
        request,
        "collection_new.html",
        status=200 if error is None else STATUS.get(type(error), 422),
        problem=said(error, shown_in) if error else None,
        typed={"title": "", "description": "", "visibility": "unit", **typed, "unit": chosen},
        parent=parent,
        places=await _places(caller, chosen, shown_in),
    )


async def _places(caller: Caller, chosen: str, shown_in: Language) -> list[dict[str, Any]]:
    """Where the caller may begin one: the tops of subtrees, what is right below, and a unit chosen by a link."""
    try:
        chosen_id = parse_id(chosen, "unit")
    except NotFound:
        chosen_id = None
    found = await units.units_to_choose(caller.scopes("contributor"), chosen_id)
    return [{"id": str(unit.id), "name": unit_name(unit, shown_in), "depth": depth(unit.path)} for unit in found]


async def change_post(request: Request) -> Response:
    """A button of the collection's page: `act` says which. Back to the page, at what was changed."""
    require_same_origin(request)
    given = await form(request)
    act = _ACTS.get(text_of(given, "act"))
    try:
        collection_id = parse_id(request.path_params["id"], "collection")
        if act is None:
            raise InvalidInput("act", "thao tác không rõ", "is no known action")
        where = await act(app.caller(request), collection_id, given)
    except (SignInRequired, Forbidden) as error:
        return problem_page(request, error)
    except DomainError as error:
        return await _show_collection(request, error, given)
    return RedirectResponse(where, 303)


async def _describe(caller: Caller, collection_id: UUID, given: FormData) -> str:
    changes = service.Changes(
        title=text_of(given, "title"),
        description=text_of(given, "description"),
        visibility=text_of(given, "visibility") or None,
    )
    await service.describe_collection(caller, collection_id, changes)
    return f"{_PLACE}/{collection_id}"


async def _delete(caller: Caller, collection_id: UUID, _: FormData) -> str:
    await service.delete_collection(caller, collection_id)
    return _PLACE


async def _add(caller: Caller, collection_id: UUID, given: FormData) -> str:
    await items.add_items(caller, collection_id, [parse_id(text_of(given, "asset"), "asset")])
    return f"{_PLACE}/{collection_id}"


async def _up(caller: Caller, collection_id: UUID, given: FormData) -> str:
    asset_id = parse_id(text_of(given, "asset"), "asset")
    await items.step_item(caller, collection_id, asset_id, "up")
    return _at(collection_id, given)


async def _down(caller: Caller, collection_id: UUID, given: FormData) -> str:
    asset_id = parse_id(text_of(given, "asset"), "asset")
    await items.step_item(caller, collection_id, asset_id, "down")
    return _at(collection_id, given)


async def _take(caller: Caller, collection_id: UUID, given: FormData) -> str:
    await items.remove_item(caller, collection_id, parse_id(text_of(given, "asset"), "asset"))
    return _at(collection_id, given)


async def _cover(caller: Caller, collection_id: UUID, given: FormData) -> str:
    await items.set_cover(caller, collection_id, parse_id(text_of(given, "asset"), "asset"))
    return _at(collection_id, given)


def _at(collection_id: UUID, given: FormData) -> str:
    """Back to the page of the list on which the button was, at its material."""
    after = text_of(given, "after")
    asked = f"?after={after}" if after.replace("-", "").replace("_", "").isalnum() else ""
    return f"{_PLACE}/{collection_id}{asked}#item-{text_of(given, 'asset')}"


_ACTS: dict[str, Callable[[Caller, UUID, FormData], Awaitable[str]]] = {
    "describe": _describe,
    "delete": _delete,
    "add": _add,
    "up": _up,
    "down": _down,
    "take": _take,
    "cover": _cover,
}


async def add_post(request: Request) -> Response:
    """`POST /archive/collections/items` with `collection` and `asset`: the form of a material's own page."""
    require_same_origin(request)
    given = await form(request)
    try:
        collection_id = parse_id(text_of(given, "collection"), "collection")
        where = await _add(app.caller(request), collection_id, given)
    except DomainError as error:
        return problem_page(request, error)
    return RedirectResponse(where, 303)


async def tiles_of(caller: Caller, rows: Sequence[Record], shown_in: Language) -> list[dict[str, Any]]:
    """Return collections with their covers, counts and units, as their grid shows them."""
    ids = [row["id"] for row in rows]
    covers, counts = await items.covers_of(caller, ids), await items.counts_of(caller, ids)
    names = await units.names_of([row["unit_id"] for row in rows])
    shown = await cards([(cover, []) for cover in covers.values()], shown_in)
    pictures = {collection_id: card["picture"] for collection_id, card in zip(covers, shown, strict=True)}
    return [
        {
            "collection": row,
            "count": counts[row["id"]],
            "picture": pictures.get(row["id"]),
            "unit": unit_name(names.get(row["unit_id"]), shown_in),
        }
        for row in rows
    ]


def text_of(given: FormData, name: str) -> str:
    """Return a field of a form as text; empty where there is none."""
    value = given.get(name)
    return value if isinstance(value, str) else ""


routes: list[BaseRoute] = [
    Route(_PLACE, list_page),
    Route(f"{_PLACE}/new", new_page, methods=["GET"]),
    Route(f"{_PLACE}/new", new_post, methods=["POST"]),
    Route(f"{_PLACE}/items", add_post, methods=["POST"]),
    Route(f"{_PLACE}/{{id}}", collection_page, methods=["GET"]),
    Route(f"{_PLACE}/{{id}}", change_post, methods=["POST"]),
]
