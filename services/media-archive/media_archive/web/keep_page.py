"""How a material is kept: its versions, its history, and deleting it; and what was deleted and can come back."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.db import Record
from kit.errors import DomainError, InvalidInput
from kit.graphql import encode_cursor, parse_id, window
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.assets.description import role_for
from media_archive.files.addresses import file_path
from media_archive.keeping import deletion, history, versions
from media_archive.units import service as units
from media_archive.uploads.routes import take_version
from media_archive.web.cards import unit_name
from media_archive.web.events import EVENTS, MADE
from media_archive.web.forms import text_in
from media_archive.web.showing import kinds_in, outcome, picked, show, with_refusals

_MOST = 50


async def keep_page(request: Request) -> Response:
    """`/archive/items/{id}/keep`, for contributors of its unit."""
    return await _shown(request)


async def keep_post(request: Request) -> Response:
    """`POST` with `action`: `back` (and `number`), `delete` (and `reason`); to the page it leads to, or why not."""
    require_same_origin(request)
    given = await form(request)
    action = _ACTIONS.get(text_in(given, "action"))
    try:
        asset_id = parse_id(request.path_params["id"], "asset")
        if action is None:
            raise InvalidInput("action", "không có việc này", "there is no such action")
        where = await action(app.caller(request), asset_id, given)
    except DomainError as error:
        return await _shown(request, error)
    return RedirectResponse(where, 303)


async def version_post(request: Request) -> Response:
    """`POST …/keep/version` with a file and a note: the next version."""
    require_same_origin(request)
    try:
        await take_version(request)
    except DomainError as error:
        return await _shown(request, error)
    return RedirectResponse(_place(request.path_params["id"]), 303)


async def deleted_page(request: Request) -> Response:
    """`/archive/deleted`: what was deleted in the units that the caller edits, and can be brought back."""
    shown_in = language(request)
    asked = window(_MOST, request.query_params.get("after") or None, int, str)
    rows = await deletion.deleted_assets(app.caller(request), asked.limit, asked.after)
    names = await units.names_of([row["unit_id"] for row in rows])
    last = rows[_MOST - 1] if len(rows) > _MOST else None
    return show(
        request,
        "deleted.html",
        rows=[(row, unit_name(names.get(row["unit_id"]), shown_in)) for row in rows[:_MOST]],
        kinds=await kinds_in(shown_in),
        reasons=_reasons(request),
        is_admin=bool(app.caller(request).scopes("admin")),
        after=encode_cursor(assets.cursor_at(last["deleted_at"], last["id"])) if last else None,
    )


async def restore_post(request: Request) -> Response:
    """`POST /archive/deleted` with `asset`: bring it back."""
    require_same_origin(request)
    given = await form(request)
    row = await deletion.restore_asset(app.caller(request), parse_id(text_in(given, "asset"), "asset"))
    return RedirectResponse(f"/archive/items/{row['id']}", 303)


async def _shown(request: Request, error: DomainError | None = None) -> Response:
    caller = app.caller(request)
    caller.require_someone()
    row = await assets.asset(caller, parse_id(request.path_params["id"], "asset"))
    caller.require("contributor", row["unit_path"])
    listed = (await versions.versions_of(caller, [row["id"]], _MOST, None))[row["id"]] or []
    return show(
        request,
        "keep.html",
        **outcome(error, language(request)),
        asset=row,
        versions=[{**dict(one), "url": file_path(row["id"], f"v{one['number']}", one["file_name"])} for one in listed],
        events=[_event(one) for one in (await history.events_of([row["id"]], _MOST, None))[row["id"]]],
        called=EVENTS,
        made=MADE,
        reasons=_reasons(request),
        may_version=caller.may(role_for(row["visibility"]), row["unit_path"]),
        may_edit=caller.may("editor", row["unit_path"]),
    )


def _event(row: Record) -> dict[str, Any]:
    """Return an event with what it is of, such as a rendition's name; what else it tells is for the graph."""
    detail = orjson.loads(row["detail"]) if row["detail"] else {}
    return {**dict(row), "of": detail.get("name") or detail.get("source")}


async def _go_back(caller: Caller, asset_id: UUID, given: FormData) -> str:
    number = text_in(given, "number")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise InvalidInput("number", "không có phiên bản này", "there is no such version")
    await versions.go_back(caller, asset_id, int(number))
    return _place(asset_id)


async def _delete(caller: Caller, asset_id: UUID, given: FormData) -> str:
    caller.require_someone()
    await deletion.delete_asset(caller, asset_id, text_in(given, "reason"))
    return "/archive/deleted"


def _place(asset_id: UUID | str) -> str:
    return f"/archive/items/{asset_id}/keep"


def _reasons(request: Request) -> dict[str, str]:
    return {code: picked(language(request), *texts) for code, texts in deletion.REASONS.items()}


_ACTIONS: dict[str, Callable[[Caller, UUID, FormData], Awaitable[str]]] = {"back": _go_back, "delete": _delete}

routes: list[BaseRoute] = [
    Route("/archive/items/{id}/keep", with_refusals(keep_page), methods=["GET"]),
    Route("/archive/items/{id}/keep", with_refusals(keep_post), methods=["POST"]),
    Route("/archive/items/{id}/keep/version", with_refusals(version_post), methods=["POST"]),
    Route("/archive/deleted", with_refusals(deleted_page), methods=["GET"]),
    Route("/archive/deleted", with_refusals(restore_post), methods=["POST"]),
]
