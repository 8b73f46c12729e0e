"""Pictures that look alike, of a unit and of those below it, waiting for somebody to say whether they are the same."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.db import Record
from kit.errors import DomainError, Language
from kit.graphql import encode_cursor, parse_id, window
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.similarity import waiting
from media_archive.similarity.service import decide_near_duplicate
from media_archive.web.cards import cards
from media_archive.web.forms import text_in
from media_archive.web.places import chosen_unit, places
from media_archive.web.showing import outcome, show, with_refusals

_SHOWN = 20
_PLACE = "/archive/alike"


async def alike_page(request: Request) -> Response:
    """`/archive/alike?unit=`: the pairs, those found last first."""
    return await _show(request, request.query_params.get("unit", ""))


async def alike_post(request: Request) -> Response:
    """`POST /archive/alike` with `unit`, `asset`, `other` and `state`: a pair is accepted or rejected."""
    require_same_origin(request)
    given = await form(request, max_bytes=20_000, max_fields=10)
    try:
        asset_id, other_id = (parse_id(text_in(given, name), "asset") for name in ("asset", "other"))
        await decide_near_duplicate(app.caller(request), asset_id, other_id, text_in(given, "state"))
    except DomainError as error:
        return await _show(request, text_in(given, "unit"), error)
    unit = await chosen_unit(app.caller(request), "contributor", text_in(given, "unit"))
    return RedirectResponse(f"{_PLACE}?unit={unit.id}&done=1", 303)


async def _show(request: Request, asked: str, error: DomainError | None = None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    unit = await chosen_unit(caller, "contributor", asked)
    part = window(_SHOWN, request.query_params.get("after") or None, int, str, str)
    found = await waiting.waiting_pairs(caller, unit.path, part.limit, part.after)
    after = encode_cursor(waiting.cursor_of(found[_SHOWN - 1])) if len(found) > _SHOWN else None
    return show(
        request,
        "alike.html",
        **outcome(error, shown_in),
        done=error is None and "done" in request.query_params,
        places=await places(caller, "contributor", str(unit.id), shown_in),
        chosen=str(unit.id),
        pairs=await _pairs(caller, found[:_SHOWN], shown_in),
        next_url=f"{_PLACE}?unit={unit.id}&after={after}" if after else None,
    )


async def _pairs(caller: Caller, found: list[Record], shown_in: Language) -> list[dict[str, Any]]:
    seen = await assets.assets_by_id(caller, [row[side] for row in found for side in ("first_id", "second_id")])
    shown = [row for row in found if row["first_id"] in seen and row["second_id"] in seen]
    both = await cards([(seen[row[side]], []) for row in shown for side in ("first_id", "second_id")], shown_in)
    return [
        {"pair": both[2 * place : 2 * place + 2], "state": "suggested", "is_mirrored": row["is_mirrored"]}
        for place, row in enumerate(shown)
    ]


routes: list[BaseRoute] = [
    Route(_PLACE, with_refusals(alike_page), methods=["GET"]),
    Route(_PLACE, with_refusals(alike_post), methods=["POST"]),
]
