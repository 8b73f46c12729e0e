"""Asking for a material whose address one was handed, and answering for those who keep it.

The page for asking says the same whether there is such a material or not.
"""

from datetime import date
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
from kit.identity import Caller, Role
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.sharing import requests
from media_archive.units import service as units
from media_archive.web.cards import unit_name
from media_archive.web.showing import problem_page, said, show

_SHOWN = 30


async def ask_page(request: Request) -> Response:
    """`GET /archive/access?asset=…`: the form, and one's own requests."""
    return await _asks(request, {"asset": request.query_params.get("asset", "")}, None)


async def ask_post(request: Request) -> Response:
    """`POST /archive/access`: the form was sent."""
    require_same_origin(request)
    given = await form(request, max_bytes=20_000, max_fields=10)
    typed = {name: _text(given, name) for name in ("asset", "unit", "reason")}
    try:
        asset_id = parse_id(typed["asset"].strip().rstrip("/").rpartition("/")[2], "asset")
        unit_id = parse_id(typed["unit"], "unit")
        await requests.ask_access(app.caller(request), asset_id, unit_id, typed["reason"])
    except (SignInRequired, Forbidden) as error:
        return problem_page(request, error)
    except DomainError as error:
        return await _asks(request, typed, error)
    return RedirectResponse("/archive/access?done=asked", 303)


async def _asks(request: Request, typed: dict[str, str], error: DomainError | None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    try:
        caller.require_someone()
        asked = window(_SHOWN, request.query_params.get("after") or None, int)
        rows = await requests.my_requests(caller, asked)
    except (SignInRequired, InvalidInput) as refusal:
        return problem_page(request, refusal)
    return show(
        request,
        "access.html",
        status=422 if error else 200,
        problem=said(error, shown_in) if error else None,
        done=request.query_params.get("done") == "asked",
        typed={"unit": "", "reason": "", **typed},
        places=await units_of(caller, "worker", shown_in),
        mine=await _told(caller, rows[:_SHOWN], shown_in),
        next_url=f"/archive/access?after={_after(rows)}" if len(rows) > _SHOWN else None,
    )


async def answer_page(request: Request) -> Response:
    """`GET /archive/requests?unit=…`: open requests for materials of a unit and those below it."""
    return await _answers(request, request.query_params.get("unit", ""), None)


async def answer_post(request: Request) -> Response:
    """`POST /archive/requests`: one of them is answered."""
    require_same_origin(request)
    given = await form(request, max_bytes=20_000, max_fields=10)
    unit = _text(given, "unit")
    try:
        request_id = parse_id(_text(given, "request"), "request")
        if _text(given, "do") == "accept":
            await requests.accept_request(app.caller(request), request_id, _day(given))
        else:
            await requests.decline_request(app.caller(request), request_id, _text(given, "reason"))
    except (SignInRequired, Forbidden) as error:
        return problem_page(request, error)
    except DomainError as error:
        return await _answers(request, unit, error)
    return RedirectResponse(f"/archive/requests?unit={parse_id(unit, 'unit') if unit else ''}&done=answered", 303)


async def _answers(request: Request, unit: str, error: DomainError | None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    try:
        caller.require_someone()
        places = at_least_one(await units_of(caller, "editor", shown_in))
        chosen = parse_id(unit or places[0]["id"], "unit")
        asked = window(_SHOWN, request.query_params.get("after") or None, int)
        rows = await requests.open_requests(caller, chosen, asked)
    except (SignInRequired, Forbidden, NotFound, InvalidInput) as refusal:
        return problem_page(request, refusal)
    return show(
        request,
        "access_requests.html",
        status=422 if error else 200,
        problem=said(error, shown_in) if error else None,
        done=request.query_params.get("done") == "answered",
        places=places,
        chosen=str(chosen),
        waiting=await _told(caller, rows[:_SHOWN], shown_in),
        next_url=f"/archive/requests?unit={chosen}&after={_after(rows)}" if len(rows) > _SHOWN else None,
    )


def at_least_one(places: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return units to choose from; Forbidden when there are none."""
    if not places:
        raise Forbidden()
    return places


def _after(rows: list[Record]) -> str:
    return encode_cursor((rows[_SHOWN - 1]["number"],))


async def _told(caller: Caller, rows: list[Record], shown_in: Language) -> list[dict[str, Any]]:
    """Return requests with the names of their units, and titles as far as the caller may see the materials."""
    seen = await assets.assets_by_id(caller, [row["asset_id"] for row in rows])
    names = await units.names_of([row["unit_id"] for row in rows])
    return [
        {
            "row": row,
            "title": seen[row["asset_id"]]["title"] if row["asset_id"] in seen else None,
            "unit": unit_name(names.get(row["unit_id"]), shown_in),
        }
        for row in rows
    ]


async def units_of(caller: Caller, role: Role, shown_in: Language) -> list[dict[str, str]]:
    """Return the units on which the caller holds a role, for choosing one."""
    ids = [UUID(grant.unit_id) for grant in caller.grants if grant.unit_id and caller.may(role, grant.path)]
    names = await units.names_of(ids)
    return [{"id": str(one), "name": unit_name(names[one], shown_in)} for one in dict.fromkeys(ids) if one in names]


def _text(given: FormData, name: str) -> str:
    value = given.get(name)
    return value.replace("\x00", "") if isinstance(value, str) else ""


def _day(given: FormData) -> date | None:
    text = _text(given, "until")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput("until", "cần ngày dạng 2026-05-01", "needs a day such as 2026-05-01") from error


routes: list[BaseRoute] = [
    Route("/archive/access", ask_page, methods=["GET"]),
    Route("/archive/access", ask_post, methods=["POST"]),
    Route("/archive/requests", answer_page, methods=["GET"]),
    Route("/archive/requests", answer_post, methods=["POST"]),
]
