"""What somebody agreed to, for themself: the consents that name their account, and taking one back."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.errors import DomainError
from kit.graphql import encode_cursor, parse_id, window
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.rights import consents
from media_archive.rights.reach import SCOPES
from media_archive.rights.types import state_of
from media_archive.web.forms import text_in
from media_archive.web.showing import outcome, picked, show, with_refusals

_SHOWN = 30
_PLACE = "/archive/consents"


async def consents_page(request: Request) -> Response:
    """`/archive/consents`: the newest first."""
    return await _show(request)


async def withdraw_post(request: Request) -> Response:
    """`POST /archive/consents` with `consent`: it is taken back, and the material hidden at once."""
    require_same_origin(request)
    given = await form(request, max_bytes=10_000, max_fields=5)
    try:
        await consents.withdraw_consent(app.caller(request), parse_id(text_in(given, "consent"), "consent"))
    except DomainError as error:
        return await _show(request, error)
    return RedirectResponse(f"{_PLACE}?done=1", 303)


async def _show(request: Request, error: DomainError | None = None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    rows = await consents.consents_by(caller, window(_SHOWN, request.query_params.get("after") or None, int))
    seen = await assets.assets_by_id(caller, [row["asset_id"] for row in rows])
    titles = {one["id"]: one["title"] for one in seen.values()}
    mine = [{"row": row, "state": state_of(row), "title": titles.get(row["asset_id"])} for row in rows[:_SHOWN]]
    return show(
        request,
        "consents.html",
        **outcome(error, shown_in),
        done=error is None and "done" in request.query_params,
        mine=mine,
        scopes={code: picked(shown_in, *called) for code, called in SCOPES.items()},
        next_url=f"{_PLACE}?after={encode_cursor((rows[_SHOWN - 1]['number'],))}" if len(rows) > _SHOWN else None,
    )


routes: list[BaseRoute] = [
    Route(_PLACE, with_refusals(consents_page), methods=["GET"]),
    Route(_PLACE, with_refusals(withdraw_post), methods=["POST"]),
]
