"""Bounds what one network may ask of the forms, so that a flood from there slows nobody elsewhere.

A factory has one address for its 2,000 workers, and mobile operators have one for thousands of phones, so a network may
send good forms by the thousand, and garbage by the hundred. Networks, not people, are counted, in this process's memory
and nowhere else, and each is forgotten when its allowance is full again: within four minutes of its last request.
"""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from typing import cast

import orjson
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from survey.web.notices import Notice
from survey.web.pages import headers, language_of, page, query_of

# Of IPv4, what is routed at the least: who rents a machine is often given neighbours of its address. Of IPv6, what a
# site is given at the most: smaller prefixes cost an attacker nothing.
IPV4_BITS, IPV6_BITS = 24, 48

# What a request takes of its network's allowance. Who mistypes a slip pays less than who sends what no form sends.
PAGE, FORM, MISTAKE, GARBAGE = 1, 4, 20, 80
_MISTAKES = frozenset({403, 409, 410, 422})
# A shift change: 2,000 workers open page and scripts (6 requests) and send a form within minutes, 20,000 in all. After
# that, 60 forms a second, a mobile operator's peak; or 3 pieces of garbage.
MOST, PER_SECOND = 24_000.0, 240.0
# Forms of one network that are being read at one time, and their bytes: slow phones take half a minute for 8 KB.
MOST_AT_ONCE = 2_000
MOST_BYTES_AT_ONCE = 32_000_000
# Beyond so many networks in a few minutes, new ones share one allowance.
MOST_NETWORKS = 50_000
SWEEP_SECONDS = 20.0
WAIT_FOR_ROOM = 10

_EVERYBODY_ELSE = b""


class _TooMuchAtOnce(Exception):
    """The forms that a network is sending at this moment are larger together than we keep in memory."""


@dataclass(slots=True)
class Allowance:
    """What a network may still ask for, at a moment, and what of its is being read."""

    left: float
    at: float
    reading: int = 0
    bytes: int = 0

    def refill(self, now: float) -> None:
        """Add what time has given back."""
        self.left = min(MOST, self.left + (now - self.at) * PER_SECOND)
        self.at = now

    def take(self, price: float) -> None:
        """Charge a request. However much is asked for at one moment, what was overdrawn is back in 100 seconds."""
        self.left = max(-MOST, self.left - price)

    @property
    def is_whole(self) -> bool:
        """Whether nothing needs to be remembered."""
        return self.left >= MOST and not self.reading


class Limits:
    """The allowances of all networks that asked for something in the last minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._allowances: dict[bytes, Allowance] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._allowances)

    def of(self, network: bytes) -> Allowance:
        """Return a network's allowance as it is now."""
        now = self._clock()
        allowance = self._allowances.get(network)
        if allowance is None:
            if len(self._allowances) >= MOST_NETWORKS:
                network = _EVERYBODY_ELSE
            allowance = self._allowances.setdefault(network, Allowance(MOST, now))
            self._sweep_later()
        allowance.refill(now)
        return allowance

    def sweep(self) -> None:
        """Forget the networks whose allowance is whole."""
        now = self._clock()
        for allowance in self._allowances.values():
            allowance.refill(now)
        self._allowances = {network: each for network, each in self._allowances.items() if not each.is_whole}
        self._sweeping = None
        if self._allowances:
            self._sweep_later()

    def _sweep_later(self) -> None:
        # A timer of a loop that has ended, as in tests, will never run.
        if self._sweeping is None or self._sweeping.when() < asyncio.get_running_loop().time() - SWEEP_SECONDS:
            self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self.sweep)


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
        if allowance.left < price:
            await _too_many(scope, math.ceil((price - allowance.left) / PER_SECOND) + 1)(scope, receive, send)
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
    within = Middleware(Limited, limits=Limits() if limits is None else limits)
    return [
        Route(route.path, route.endpoint, methods=list(route.methods or ()), middleware=[within])
        for route in cast("Sequence[Route]", routes)
    ]


def network_of(scope: Scope) -> bytes | None:
    """Return the network that a request came from, as the server tells of it: what proxies say is looked at there.

    All whose address is not known are one network. None is this machine: who is on it needs no form to overload it.
    """
    client = scope.get("client")
    try:
        address = ip_address(client[0].partition("%")[0]) if client else None
    except ValueError:
        address = None
    if address is None:
        return _EVERYBODY_ELSE
    if not isinstance(address, IPv4Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return None
    return address.packed[: (IPV4_BITS if address.version == 4 else IPV6_BITS) // 8]


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
