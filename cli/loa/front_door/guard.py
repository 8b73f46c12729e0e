"""Exchanges a page request's credentials for a passport at the gateway, and remembers the answer for a few seconds."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import orjson

from loa.front_door.headers import Headers, cookie_values, first
from loa.front_door.upstream import Upstream, UpstreamError

KEPT_SECONDS = 5.0
MOST_KEPT = 10_000
CHECK_SECONDS = 10.0
LONGEST_ANSWER = 64 * 1024
LONGEST_CREDENTIAL = 16 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# What the gateway needs to tell our own page from another site's.
_VOUCHING = (b"origin", b"sec-fetch-site", b"accept-language")


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request shows: header lines for the gateway, and whether it is a browser's cookie."""

    lines: bytes
    is_cookie: bool

    @property
    def key(self) -> bytes:
        return hashlib.sha256(self.lines).digest()


class Refused(Exception):
    """The gateway refuses the credentials, or can't say: the caller gets its status, code and text."""

    def __init__(self, status: int, code: str, message: str | None, *, by_cookie: bool) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.by_cookie = by_cookie


class Guard:
    """Asks the gateway's /auth/check."""

    def __init__(self, gateway: Upstream, session_cookie: bytes, clock: Callable[[], float] = time.monotonic) -> None:
        self._gateway = gateway
        self._session_cookie = session_cookie
        self._clock = clock
        self._kept: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()

    async def passport(self, method: str, headers: Headers, host: bytes) -> bytes | None:
        """Return the caller's passport, None for a caller without credentials. Raises Refused."""
        credential = self.credential(headers)
        if credential is None:
            return None
        # A cookie that changes something must be vouched for each time; the rest is the same for every request.
        keeps = method in SAFE_METHODS or not credential.is_cookie
        if keeps and (kept := self._kept.get(credential.key)) and kept[0] > self._clock():
            return kept[1]
        passport = await self._ask(method, credential, headers, host)
        if keeps and passport is not None:
            self._keep(credential.key, passport)
        return passport

    def credential(self, headers: Headers) -> Credential | None:
        authorizations = [value for name, value in headers if name == b"authorization"]
        if authorizations:
            return Credential(b"".join(b"authorization: %s\r\n" % value for value in authorizations), is_cookie=False)
        cookies = cookie_values(headers, self._session_cookie)
        if not cookies:
            return None
        pairs = b"; ".join(b"%s=%s" % (self._session_cookie, value) for value in cookies)
        return Credential(b"cookie: %s\r\n" % pairs, is_cookie=True)

    def forget(self, headers: Headers) -> None:
        """Whoever signs out is signed out at once."""
        credential = self.credential(headers)
        if credential is not None:
            self._kept.pop(credential.key, None)

    def _keep(self, key: bytes, passport: bytes) -> None:
        self._kept[key] = (self._clock() + KEPT_SECONDS, passport)
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def _ask(self, method: str, credential: Credential, headers: Headers, host: bytes) -> bytes | None:
        if len(credential.lines) > LONGEST_CREDENTIAL:
            raise Refused(401, "TOKEN_INVALID", None, by_cookie=credential.is_cookie)
        vouching = b"".join(b"%s: %s\r\n" % pair for pair in headers if pair[0] in _VOUCHING)
        head = b"GET /auth/check HTTP/1.1\r\nhost: %s\r\nx-original-method: %s\r\n%s%s\r\n" % (
            host,
            method.encode(),
            credential.lines,
            vouching,
        )
        try:
            status, answer, body = await fetch(self._gateway, head, CHECK_SECONDS)
        except (UpstreamError, TimeoutError):
            status, answer, body = 503, [], b""
        if status == 200:
            return first(answer, b"loa-passport")
        raise _refused(status, body, by_cookie=credential.is_cookie)


async def fetch(upstream: Upstream, head: bytes, seconds: float) -> tuple[int, Headers, bytes]:
    """Ask a service a short question. Raises UpstreamError or TimeoutError."""
    async with asyncio.timeout(seconds), upstream.connection() as connection:
        connection.start(head, is_head=False)
        await connection.head
        body = bytearray()
        while not connection.is_complete:
            body += await connection.read()
            if len(body) > LONGEST_ANSWER:
                raise UpstreamError("the answer is too long")
        body += await connection.read()
        return connection.status, connection.headers, bytes(body)


def _refused(status: int, body: bytes, *, by_cookie: bool) -> Refused:
    try:
        answer: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    details = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
    code, message = details.get("code"), details.get("message")
    if status not in (401, 403) or not isinstance(code, str) or not isinstance(message, str):
        return Refused(503, "IDENTITY_UNAVAILABLE", None, by_cookie=by_cookie)
    return Refused(status, code, message, by_cookie=by_cookie)
