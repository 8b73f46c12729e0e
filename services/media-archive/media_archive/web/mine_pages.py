"""What a person marked for themself: searches with what is new in them, and favourites."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.errors import DomainError
from kit.graphql import encode_cursor, parse_id, window
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.collections import favourites, saved_searches
from media_archive.web.cards import cards
from media_archive.web.forms import text_in
from media_archive.web.showing import kinds_in, outcome, show, with_refusals

_PAGE = 24
_PLACE = "/archive/mine"


async def mine_page(request: Request) -> Response:
    """`/archive/mine`: saved searches, then favourites."""
    return await _show_mine(request, None)


async def _show_mine(request: Request, error: DomainError | None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    asked = window(_PAGE, request.query_params.get("after") or None, int, str)
    found = await favourites.favourites(caller, asked)
    searches = await _searches(caller)
    after = encode_cursor(favourites.cursor_of(found[_PAGE - 1])) if len(found) > _PAGE else None
    return show(
        request,
        "mine.html",
        **outcome(error, shown_in),
        searches=searches,
        cards=await cards([(row, []) for row in found[:_PAGE]], shown_in),
        kinds=await kinds_in(shown_in),
        next_url=f"{_PLACE}?{urlencode({'after': after})}" if after else None,
    )


async def _searches(caller: Caller) -> list[dict[str, Any]]:
    rows = await saved_searches.saved_searches(caller)
    news = await saved_searches.count_news(caller, [(row["question"], row["seen_at"]) for row in rows])
    return [{**dict(row), "news": number} for row, number in zip(rows, news, strict=True)]


async def save_post(request: Request) -> Response:
    """`POST /archive/mine/searches` with `name` and `question`: the search page's form."""
    require_same_origin(request)
    given = await form(request)
    name, question = (text_in(given, field) for field in ("name", "question"))
    try:
        await saved_searches.save_search(app.caller(request), name, question)
    except DomainError as error:
        return await _show_mine(request, error)
    return RedirectResponse(_PLACE, 303)


async def search_post(request: Request) -> Response:
    """`POST /archive/mine/searches/{id}`: forget it (`act` is `forget`), or note that one looks, and go there."""
    require_same_origin(request)
    given = await form(request)
    caller = app.caller(request)
    search_id = parse_id(request.path_params["id"], "saved_search")
    if given.get("act") == "forget":
        await saved_searches.forget_search(caller, search_id)
        return RedirectResponse(_PLACE, 303)
    row = await saved_searches.see_search(caller, search_id)
    return RedirectResponse(f"/archive/?{row['question']}&sort=added", 303)


routes: list[BaseRoute] = [
    Route(_PLACE, with_refusals(mine_page)),
    Route(f"{_PLACE}/searches", with_refusals(save_post), methods=["POST"]),
    Route(f"{_PLACE}/searches/{{id}}", with_refusals(search_post), methods=["POST"]),
]
