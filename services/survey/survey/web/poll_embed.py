"""A poll on one small page that other websites may show within theirs: no cookie, the result in the end.

Its one script is the guard that the poll's own page has: a browser that has answered is told so.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from survey.answers import receipts, service
from survey.collection.service import find_collection
from survey.polls import reading
from survey.polls.reading import Poll
from survey.results.formats import Formats
from survey.web import assets
from survey.web.asked import Filled
from survey.web.form import NotTaken, Wrong, in_the_way, read_posted, show_questions, store
from survey.web.notices import Notice
from survey.web.pages import headers, language_of, page, query_of
from survey.web.results_chart import chart


async def show_poll(request: Request) -> Response:
    """Show a poll's question while it is open, then its result."""
    poll = await reading.poll_at(request.path_params["code"])
    return _unknown(request) if poll is None else await _show(request, poll)


async def take_poll(request: Request) -> Response:
    """Store an answer as the form does, and thank within the same frame."""
    poll = await reading.poll_at(request.path_params["code"])
    if poll is None:
        return _unknown(request)
    collection = await service.taking(poll.collector)
    if collection is None or collection.phase != "open":
        # Not the result alone: whoever sent an answer must learn that it was not stored.
        notice = in_the_way(collection)
        return _notice(request, poll, notice, notice.value.status)
    try:
        receipt, _ = await store(await read_posted(request, collection))
    except NotTaken as refused:
        return _notice(request, poll, refused.notice, refused.notice.value.status)
    except Wrong as refused:
        filled = refused.filled(language_of(request))
        shown = await show_questions(request, collection, filled, template="poll_embed.html", **_about(poll))
        return _framed(shown, poll)
    query = query_of(request, language_of(request))
    address = f"/f/{poll.collector}/embed/thanks{query}{'&' if query else '?'}r={receipt}"
    return _framed(RedirectResponse(address, 303, headers()), poll)


async def show_thanks(request: Request) -> Response:
    """Thank for an answer, and show its receipt."""
    poll = await reading.poll_at(request.path_params["code"])
    if poll is None:
        return _unknown(request)
    receipt = receipts.Receipt.read(request.query_params.get("r", ""))
    shown = page(request, "poll_thanks.html", receipt=str(receipt) if receipt else None, **_about(poll))
    return _framed(shown, poll)


routes: list[BaseRoute] = [
    Route("/f/{code}/embed", show_poll, methods=["GET"]),
    Route("/f/{code}/embed", take_poll, methods=["POST"]),
    Route("/f/{code}/embed/thanks", show_thanks, methods=["GET"]),
]


async def _show(request: Request, poll: Poll) -> Response:
    collection = await find_collection(poll.collector)
    assert collection is not None  # a poll is found by it
    if poll.state == "cancelled":
        return _notice(request, poll, Notice.CLOSED)
    if collection.phase == "not_yet_open":
        return _notice(request, poll, Notice.NOT_YET_OPEN)
    if collection.phase == "open":
        filled = Filled(service.new_key(), {})
        shown = await show_questions(request, collection, filled, template="poll_embed.html", **_about(poll))
        return _framed(shown, poll)
    shown = page(
        request,
        "poll_result.html",
        result=await reading.result_of(poll),
        is_untold=await reading.is_untold(poll),
        formats=Formats(language_of(request)),
        chart=chart,
        **_about(poll),
    )
    return _framed(shown, poll)


def _about(poll: Poll) -> dict[str, Any]:
    return {"poll": poll, "poll_style": _style(), "guard": assets.address("embed.js")}


def _notice(request: Request, poll: Poll, notice: Notice, status: int = 200) -> Response:
    # In a frame, a poll that is over is what was asked for and no mistake of whoever looks.
    return _framed(page(request, "poll_notice.html", status, said=notice.value, **_about(poll)), poll)


def _unknown(request: Request) -> Response:
    return page(request, "notice.html", Notice.UNKNOWN.value.status, said=Notice.UNKNOWN.value, collection=None)


def _framed(response: Response, poll: Poll) -> Response:
    """Let the poll's websites show this page within theirs, and nobody else; it loads one script of ours."""
    ancestors = " ".join(poll.allowed_origins) or "'none'"
    response.headers["content-security-policy"] = (
        f"default-src 'none'; script-src 'self'; style-src {assets.style_source()} {_style_source()}; img-src data:; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )
    if not poll.allowed_origins:
        # Old browsers know only this; it can't name a website.
        response.headers["x-frame-options"] = "DENY"
    return response


@cache
def _style() -> str:
    return (assets.STATIC / "poll.css").read_text().replace("\n", "")


@cache
def _style_source() -> str:
    return f"'sha256-{b64encode(sha256(_style().encode()).digest()).decode()}'"
