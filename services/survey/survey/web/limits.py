"""Bounds what one network may ask of the forms, so that a flood from there slows nobody elsewhere.

How networks are counted is in `answers.allowances`; here is what each request of a form costs, and what is answered.
"""

from collections.abc import Sequence
from typing import cast

import orjson
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from survey.answers.allowances import FORM, GARBAGE, MISTAKE, PAGE, SHARED, Allowance, Limits, network_at
from survey.web.notices import Notice
from survey.web.pages import headers, language_of, page, query_of

_MISTAKES = frozenset({403, 409, 410, 422})
# Forms of one network that are being read at one time, and their bytes: slow phones take half a minute for 8 KB.
MOST_AT_ONCE = 2_000
MOST_BYTES_AT_ONCE = 32_000_000
WAIT_FOR_ROOM = 10


class _TooMuchAtOnce(Exception):
    """The forms that a network is sending at this moment are larger together than we keep in memory."""


class Limited:
    """Answers 429 instead of a form's page where a network has used up its allowance."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        network = network_of(scope)
        if network is None:
            await self._app(scope, receive, send)
            return
        allowance = self._limits.of(network)
        is_form = scope["method"] == "POST"
        price = FORM if is_form else PAGE
        if seconds := allowance.wait_for(price):
            await _too_many(scope, seconds)(scope, receive, send)
            return
        if is_form and allowance.reading >= MOST_AT_ONCE:
            await _too_many(scope, WAIT_FOR_ROOM)(scope, receive, send)
            return
        allowance.take(price)
        if is_form:
            await self._read(allowance, scope, receive, send)
        else:
            await self._app(scope, receive, _charging(allowance, price, send))

    async def _read(self, allowance: Allowance, scope: Scope, receive: Receive, send: Send) -> None:
        reading = _Reading(allowance, receive)
        allowance.reading += 1
        try:
            await self._app(scope, reading.receive, _charging(allowance, FORM, send))
        except _TooMuchAtOnce:
            await _too_many(scope, WAIT_FOR_ROOM)(scope, receive, send)
        finally:
            allowance.reading -= 1
            allowance.bytes -= reading.bytes


class _Reading:
    """Counts the bytes of a form as they come."""

    def __init__(self, allowance: Allowance, receive: Receive) -> None:
        self._allowance = allowance
        self._receive = receive
        self.bytes = 0

    async def receive(self) -> Message:
        """Return the next part of the form. Raises _TooMuchAtOnce."""
        message = await self._receive()
        if message["type"] == "http.request":
            more = len(message.get("body", b""))
            if self._allowance.bytes + more > MOST_BYTES_AT_ONCE:
                raise _TooMuchAtOnce()
            self.bytes += more
            self._allowance.bytes += more
        return message


def limited(routes: Sequence[BaseRoute], limits: Limits | None = None) -> list[BaseRoute]:
    """Return these routes, all within the same limits."""
    within = Middleware(Limited, limits=SHARED if limits is None else limits)
    return [
        Route(route.path, route.endpoint, methods=list(route.methods or ()), middleware=[within])
        for route in cast("Sequence[Route]", routes)
    ]


def network_of(scope: Scope) -> bytes | None:
    """Return the network that a request came from, as the server tells of it: what proxies say is looked at there."""
    client = scope.get("client")
    return network_at(client[0] if client else None)


def _charging(allowance: Allowance, paid: int, send: Send) -> Send:
    """Take the rest of the price when it shows by the answer what the request was worth."""

    async def charge(message: Message) -> None:
        if message["type"] == "http.response.start":
            allowance.take(max(0, _price(message["status"]) - paid))
        await send(message)

    return charge


def _price(status: int) -> int:
    if 400 <= status < 500 and status != 429:
        return MISTAKE if status in _MISTAKES else GARBAGE
    return 0


def _too_many(scope: Scope, seconds: int) -> Response:
    request = Request(scope)
    if "application/json" in request.headers.get("accept", ""):
        said = Notice.TOO_MANY.value
        content = orjson.dumps({"code": said.code, "message": said.message(language_of(request))})
        answer = Response(content, said.status, headers(), "application/json")
    else:
        answer = _page(request)
    answer.headers["retry-after"] = str(seconds)
    # What is still being sent is not waited for.
    answer.headers["connection"] = "close"
    return answer


def _page(request: Request) -> Response:
    """Return the page that says so; drawn once for all who are refused, because it is for floods."""
    key = (query_of(request, language_of(request)), "gzip" in request.headers.get("accept-encoding", ""))
    if key not in _pages:
        drawn = page(request, "notice.html", Notice.TOO_MANY.value.status, said=Notice.TOO_MANY.value, collection=None)
        _pages[key] = (bytes(drawn.body), dict(drawn.headers))
    content, said = _pages[key]
    return Response(content, Notice.TOO_MANY.value.status, said)


# By what of an address changes them: four queries in two languages, packed or not.
_pages: dict[tuple[str, bool], tuple[bytes, dict[str, str]]] = {}
