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
from kit.errors import DomainError, Forbidden, InvalidInput, Language, SignInRequired
from kit.graphql import encode_cursor, parse_id, window
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.assets.description import role_for
from media_archive.collections import items, service
from media_archive.units import service as units
from media_archive.uploads.routes import require_contributor_somewhere
from media_archive.web.cards import cards, unit_name
from media_archive.web.forms import text_in, texts_in
from media_archive.web.places import places
from media_archive.web.showing import kinds_in, outcome, show, with_refusals

_PAGE = 24
_PLACE = "/archive/collections"


async def list_page(request: Request) -> Response:
    """`/archive/collections`: the outermost ones that one may see."""
    caller, shown_in = app.caller(request), language(request)
    asked = window(_PAGE, request.query_params.get("after") or None, str, str)
    rows = await service.list_collections(caller, service.Filter(only_outermost=True), asked)
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
    row = await service.collection(caller, parse_id(request.path_params["id"], "collection"))
    asked = window(_PAGE, request.query_params.get("after") or None, int)
    found = (await items.items_of(caller, [row["id"]], asked.limit, asked.after))[row["id"]]
    inside = (await service.children_of(caller, [row["id"]], _PAGE, None))[row["id"]]
    names = await units.names_of([row["unit_id"]])
    after = encode_cursor((found[_PAGE - 1]["position"],)) if len(found) > _PAGE else None
    return show(
        request,
        "collection.html",
        **outcome(error, shown_in),
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
        parent = text_in(given, "parent")
        row = await service.create_collection(
            app.caller(request),
            parse_id(text_in(given, "unit"), "unit"),
            text_in(given, "title"),
            description=text_in(given, "description"),
            visibility=text_in(given, "visibility") or "unit",
            parent_id=parse_id(parent, "collection") if parent else None,
        )
    except (SignInRequired, Forbidden):
        raise
    except DomainError as error:
        return await _new_form(request, error, texts_in(given))
    return RedirectResponse(f"{_PLACE}/{row['id']}", 303)


async def _new_form(request: Request, error: DomainError | None, typed: dict[str, str]) -> Response:
    caller, shown_in = app.caller(request), language(request)
    require_contributor_somewhere(caller)
    parent_id = typed.get("parent")
    parent = await service.collection(caller, parse_id(parent_id, "collection")) if parent_id else None
    chosen = typed.get("unit") or (str(parent["unit_id"]) if parent else "")
    return show(
        request,
        "collection_new.html",
        **outcome(error, shown_in),
        typed={"title": "", "description": "", "visibility": "unit", **typed, "unit": chosen},
        parent=parent,
        places=await places(caller, "contributor", chosen, shown_in),
    )


async def change_post(request: Request) -> Response:
    """A button of the collection's page: `act` says which. Back to the page, at what was changed."""
    require_same_origin(request)
    given = await form(request)
    act = _ACTS.get(text_in(given, "act"))
    try:
        collection_id = parse_id(request.path_params["id"], "collection")
        if act is None:
            raise InvalidInput("act", "thao tác không rõ", "is no known action")
        where = await act(app.caller(request), collection_id, given)
    except (SignInRequired, Forbidden):
        raise
    except DomainError as error:
        return await _show_collection(request, error, given)
    return RedirectResponse(where, 303)


async def _describe(caller: Caller, collection_id: UUID, given: FormData) -> str:
    changes = service.Changes(
        title=text_in(given, "title"),
        description=text_in(given, "description"),
        visibility=text_in(given, "visibility") or None,
    )
    await service.describe_collection(caller, collection_id, changes)
    return f"{_PLACE}/{collection_id}"


async def _delete(caller: Caller, collection_id: UUID, _: FormData) -> str:
    await service.delete_collection(caller, collection_id)
    return _PLACE


async def _add(caller: Caller, collection_id: UUID, given: FormData) -> str:
    ids = [parse_id(str(one), "asset") for one in (*given.getlist("asset"), *given.getlist("id"))]
    if not ids:
        raise InvalidInput("assets", "Hãy chọn ít nhất một tài liệu.", "Select at least one material.")
    await items.add_items(caller, collection_id, ids)
    return f"{_PLACE}/{collection_id}"


async def _up(caller: Caller, collection_id: UUID, given: FormData) -> str:
    asset_id = parse_id(text_in(given, "asset"), "asset")
    await items.step_item(caller, collection_id, asset_id, "up")
    return _at(collection_id, given)


async def _down(caller: Caller, collection_id: UUID, given: FormData) -> str:
    asset_id = parse_id(text_in(given, "asset"), "asset")
    await items.step_item(caller, collection_id, asset_id, "down")
    return _at(collection_id, given)


async def _take(caller: Caller, collection_id: UUID, given: FormData) -> str:
    await items.remove_item(caller, collection_id, parse_id(text_in(given, "asset"), "asset"))
    return _at(collection_id, given)


async def _cover(caller: Caller, collection_id: UUID, given: FormData) -> str:
    await items.set_cover(caller, collection_id, parse_id(text_in(given, "asset"), "asset"))
    return _at(collection_id, given)


def _at(collection_id: UUID, given: FormData) -> str:
    """Back to the page of the list on which the button was, at its material."""
    after = text_in(given, "after")
    asked = f"?after={after}" if after.replace("-", "").replace("_", "").isalnum() else ""
    return f"{_PLACE}/{collection_id}{asked}#item-{text_in(given, 'asset')}"


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
    """`POST /archive/collections/items` with `collection` and `asset`, or several `id`: a material, or those ticked."""
    require_same_origin(request)
    given = await form(request)
    collection_id = parse_id(text_in(given, "collection"), "collection")
    return RedirectResponse(await _add(app.caller(request), collection_id, given), 303)


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


routes: list[BaseRoute] = [
    Route(_PLACE, with_refusals(list_page)),
    Route(f"{_PLACE}/new", with_refusals(new_page), methods=["GET"]),
    Route(f"{_PLACE}/new", with_refusals(new_post), methods=["POST"]),
    Route(f"{_PLACE}/items", with_refusals(add_post), methods=["POST"]),
    Route(f"{_PLACE}/{{id}}", with_refusals(collection_page), methods=["GET"]),
    Route(f"{_PLACE}/{{id}}", with_refusals(change_post), methods=["POST"]),
]
