"""Asking for a material whose address one was handed, and answering for those who keep it.

The page for asking says the same whether there is such a material or not.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.db import Record
from kit.errors import DomainError, Forbidden, Language, SignInRequired
from kit.graphql import encode_cursor, parse_id, window
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.sharing import requests
from media_archive.units import service as units
from media_archive.web.cards import unit_name
from media_archive.web.forms import asset_in, day_in, text_in
from media_archive.web.places import chosen_unit, granted_units, places
from media_archive.web.showing import outcome, show, with_refusals

_SHOWN = 30


async def ask_page(request: Request) -> Response:
    """`GET /archive/access?asset=…`: the form, and one's own requests."""
    return await _asks(request, {"asset": request.query_params.get("asset", "")}, None)


async def ask_post(request: Request) -> Response:
    """`POST /archive/access`: the form was sent."""
    require_same_origin(request)
    given = await form(request, max_bytes=20_000, max_fields=10)
    typed = {name: text_in(given, name) for name in ("asset", "unit", "reason")}
    try:
        asset_id = asset_in(typed["asset"])
        unit_id = parse_id(typed["unit"], "unit")
        await requests.ask_access(app.caller(request), asset_id, unit_id, typed["reason"])
    except (SignInRequired, Forbidden):
        raise
    except DomainError as error:
        return await _asks(request, typed, error)
    return RedirectResponse("/archive/access?done=asked", 303)


async def _asks(request: Request, typed: dict[str, str], error: DomainError | None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    caller.require_someone()
    rows = await requests.my_requests(caller, window(_SHOWN, request.query_params.get("after") or None, int))
    return show(
        request,
        "access.html",
        **outcome(error, shown_in),
        done=request.query_params.get("done") == "asked",
        typed={"unit": "", "reason": "", **typed},
        places=await granted_units(caller, "worker", shown_in),
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
    unit = text_in(given, "unit")
    try:
        request_id = parse_id(text_in(given, "request"), "request")
        if text_in(given, "do") == "accept":
            await requests.accept_request(
                app.caller(request), request_id, day_in(given, "until"), text_in(given, "to") or "unit"
            )
        else:
            await requests.decline_request(app.caller(request), request_id, text_in(given, "reason"))
    except (SignInRequired, Forbidden):
        raise
    except DomainError as error:
        return await _answers(request, unit, error)
    return RedirectResponse(f"/archive/requests?unit={parse_id(unit, 'unit') if unit else ''}&done=answered", 303)


async def _answers(request: Request, unit: str, error: DomainError | None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    chosen = (await chosen_unit(caller, "editor", unit)).id
    asked = window(_SHOWN, request.query_params.get("after") or None, int)
    rows = await requests.open_requests(caller, chosen, asked)
    return show(
        request,
        "access_requests.html",
        **outcome(error, shown_in),
        done=request.query_params.get("done") == "answered",
        places=await places(caller, "editor", str(chosen), shown_in),
        chosen=str(chosen),
        waiting=await _told(caller, rows[:_SHOWN], shown_in),
        next_url=f"/archive/requests?unit={chosen}&after={_after(rows)}" if len(rows) > _SHOWN else None,
    )


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


routes: list[BaseRoute] = [
    Route("/archive/access", with_refusals(ask_page), methods=["GET"]),
    Route("/archive/access", with_refusals(ask_post), methods=["POST"]),
    Route("/archive/requests", with_refusals(answer_page), methods=["GET"]),
    Route("/archive/requests", with_refusals(answer_post), methods=["POST"]),
]
