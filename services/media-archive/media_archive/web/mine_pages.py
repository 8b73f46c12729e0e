"""What a person marked for themself: searches with what is new in them, what they told of, and favourites."""

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
from media_archive.assets import service as assets
from media_archive.collections import favourites, notices, saved_searches
from media_archive.web.cards import cards
from media_archive.web.forms import text_in
from media_archive.web.showing import kinds_in, outcome, show, with_refusals

_PAGE = 24
_MOST_NOTICES = 50
"""One of each saved search waits at most."""
_PLACE = "/archive/mine"


async def mine_page(request: Request) -> Response:
    """`/archive/mine`: what saved searches told of, saved searches, favourites."""
    return await _show_mine(request, None)


async def _show_mine(request: Request, error: DomainError | None) -> Response:
    caller, shown_in = app.caller(request), language(request)
    asked = window(_PAGE, request.query_params.get("after") or None, int, str)
    found = await favourites.favourites(caller, asked)
    searches, told = await _searches(caller), await _told(caller)
    after = encode_cursor(favourites.cursor_of(found[_PAGE - 1])) if len(found) > _PAGE else None
    return show(
        request,
        "mine.html",
        **outcome(error, shown_in),
        searches=searches,
        told=told,
        cards=await cards([(row, []) for row in found[:_PAGE]], shown_in),
        kinds=await kinds_in(shown_in),
        next_url=f"{_PLACE}?{urlencode({'after': after})}" if after else None,
    )


async def _searches(caller: Caller) -> list[dict[str, Any]]:
    rows = await saved_searches.saved_searches(caller)
    news = await saved_searches.count_news(caller, [(row["question"], row["seen_at"]) for row in rows])
    return [{**dict(row), "news": number} for row, number in zip(rows, news, strict=True)]


async def _told(caller: Caller) -> list[dict[str, Any]]:
    """Return the notices that were not seen yet, each with the titles of its newest materials."""
    rows = (await notices.notices(caller, window(_MOST_NOTICES, None), unseen_only=True))[:_MOST_NOTICES]
    newest = {row["id"]: row["ids"][: notices.SHOWN] for row in rows}
    shown = await assets.assets_by_id(caller, [one for ids in newest.values() for one in ids])
    return [{**row, "newest": [shown[one] for one in newest[row["id"]] if one in shown]} for row in rows]


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


async def notices_post(request: Request) -> Response:
    """`POST /archive/mine/notices` with one or more `notice`: mark them as seen."""
    require_same_origin(request)
    given = await form(request)
    ids = [parse_id(one, "search_notice") for one in given.getlist("notice") if isinstance(one, str)]
    try:
        await notices.see_notices(app.caller(request), ids)
    except DomainError as error:
        return await _show_mine(request, error)
    return RedirectResponse(_PLACE, 303)


routes: list[BaseRoute] = [
    Route(_PLACE, with_refusals(mine_page)),
    Route(f"{_PLACE}/notices", with_refusals(notices_post), methods=["POST"]),
    Route(f"{_PLACE}/searches", with_refusals(save_post), methods=["POST"]),
    Route(f"{_PLACE}/searches/{{id}}", with_refusals(search_post), methods=["POST"]),
]
