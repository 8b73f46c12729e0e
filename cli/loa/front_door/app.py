"""The front door itself: looks at a request, decides which door it goes through and as whom, and lets it pass."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from urllib.parse import quote

from starlette.types import ASGIApp

from loa.front_door import answers
from loa.front_door.answers import Answer, Trouble
from loa.front_door.doors import Door, Service, door_of
from loa.front_door.guard import Guard, Refused, fetch
from loa.front_door.headers import Headers, Onward, first, has_body, network, request_head
from loa.front_door.paths import LONGEST_PATH, LONGEST_QUERY, clean_segments
from loa.front_door.proxy import AnswerBroken, CallerGone, CallerTooSlow, Exchange, Receive, Scope, Send, ServiceTooSlow
from loa.front_door.settings import FrontDoorSettings
from loa.front_door.upstream import Unreachable, Upstream, UpstreamError

log = logging.getLogger("loa.front_door")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HOSTS = re.compile(rb"[A-Za-z0-9.-]{1,253}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?")
READY_SECONDS = 2.0
READINESS_KEPT_SECONDS = 1.0


class FrontDoor:
    """An ASGI application; `issuer` is the development issuer, where there is one."""

    def __init__(self, settings: FrontDoorSettings, issuer: ASGIApp | None = None) -> None:
        self._settings = settings
        self._issuer = issuer
        urls: dict[Service, str] = {
            "gateway": settings.gateway_url,
            "org": settings.org_url,
            "survey": settings.survey_url,
            "media-archive": settings.media_archive_url,
        }
        self._services = {name: Upstream(url, settings.upstream_connections) for name, url in urls.items()}
        self._guard = Guard(self._services["gateway"], settings.session_cookie)
        self._scheme = settings.scheme.encode()
        self._readiness: tuple[float, asyncio.Task[dict[str, bool]] | None] = (0.0, None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError("the front door speaks HTTP only")
        refusal = _refusal(scope)
        segments = None if refusal else clean_segments(scope["raw_path"])
        if segments is None:
            await _reply(scope, send, answers.trouble(refusal or answers.BAD_PATH, scope["headers"], close=True))
        elif segments[0] == "issuer" and self._issuer is not None:
            await self._issuer({**scope, "root_path": "/issuer"}, receive, send)
        elif door := door_of(segments):
            await self._through(door, segments, scope, receive, send)
        else:
            await _reply(scope, send, await self._own(segments, scope))

    async def _own(self, segments: list[str], scope: Scope) -> Answer:
        if scope["method"] in ("GET", "HEAD"):
            if segments == [""]:
                return answers.start_page(signed_in=self._guard.credential(scope["headers"]) is not None)
            if segments == ["healthz"]:
                return answers.readiness(await self._ready())
        return answers.trouble(answers.NOT_FOUND, scope["headers"])

    async def _through(self, door: Door, segments: list[str], scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = scope["headers"]
        host = first(headers, b"host") or self._settings.public_host.encode()
        try:
            passport = await self._guard.passport(scope["method"], headers, host) if door.rule == "passport" else None
        except Refused as refused:
            await _reply(scope, send, _turned_away(refused, scope))
            return
        if segments[:2] == ["auth", "logout"]:
            self._guard.forget(headers)
        exchange = self._exchange(door, scope, receive, send, host, passport)
        try:
            await exchange.forward(self._services[door.service])
        except CallerGone:
            return
        except AnswerBroken as broken:
            # The server ends the connection when an answer is left unfinished.
            log.warning("%s broke off: %r", _logged(segments), broken.__cause__)
            return
        except (UpstreamError, CallerTooSlow) as error:
            log.warning("%s failed: %r", _logged(segments), error)
            await _reply(scope, send, answers.trouble(_trouble_of(error), headers, close=True))
        if self._settings.access_log:
            log.info("%s %s %d", scope["method"], _logged(segments), exchange.status)

    def _exchange(
        self, door: Door, scope: Scope, receive: Receive, send: Send, host: bytes, passport: bytes | None
    ) -> Exchange:
        request_id = secrets.token_hex(8).encode()
        address = scope["client"][0] if scope["client"] else None
        if address is not None and door.rule == "anonymous":
            # Nobody who fills in a form is known by an address; the network is, so that it can be kept from flooding.
            address = network(address)
        head = request_head(
            scope["method"].encode(),
            _target(scope),
            scope["headers"],
            rule=door.rule,
            session_cookie=self._settings.session_cookie,
            onward=Onward(host, self._scheme, request_id, address.encode() if address else None, passport),
        )
        return Exchange(scope, receive, send, head, door.rule, request_id)

    async def _ready(self) -> dict[str, bool]:
        """Return which services are ready; asked at most once a second, however many want to know."""
        asked_at, question = self._readiness
        if question is None or (question.done() and time.monotonic() - asked_at > READINESS_KEPT_SECONDS):
            question = asyncio.create_task(self._ask_all())
            self._readiness = (time.monotonic(), question)
        return await asyncio.shield(question)

    async def _ask_all(self) -> dict[str, bool]:
        verdicts = await asyncio.gather(*[_is_ready(service) for service in self._services.values()])
        return {str(name): verdict for name, verdict in zip(self._services, verdicts, strict=True)}

    def close(self) -> None:
        """Close the connections to the services."""
        for service in self._services.values():
            service.close()


async def _is_ready(service: Upstream) -> bool:
    try:
        status, _, _ = await fetch(service, b"GET /readyz HTTP/1.1\r\nhost: %s\r\n\r\n" % service.netloc, READY_SECONDS)
    except (UpstreamError, TimeoutError):
        return False
    return status == 200


def _refusal(scope: Scope) -> Trouble | None:
    """Return why a request is refused whatever its path, None for an ordinary one."""
    headers: Headers = scope["headers"]
    if scope["method"] not in METHODS:
        return answers.BAD_METHOD
    if len(scope["raw_path"]) > LONGEST_PATH or len(scope["query_string"]) > LONGEST_QUERY:
        return answers.TOO_LONG
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or any(not HOSTS.fullmatch(host) for host in hosts):
        return answers.BAD_REQUEST
    upgrade = first(headers, b"upgrade")
    # Other upgrades are offers that may be ignored, but not with a body: the parser takes it for the new protocol.
    if upgrade is not None and (upgrade.lower() == b"websocket" or has_body(headers)):
        return answers.NO_UPGRADE
    return None


def _turned_away(refused: Refused, scope: Scope) -> Answer:
    headers: Headers = scope["headers"]
    if refused.status == 401 and refused.by_cookie and scope["method"] == "GET" and answers.wants_page(headers):
        return answers.see_other(f"/auth/login?next={quote(_target(scope), safe='')}")
    if refused.message is not None:
        return answers.said(refused.status, refused.code, refused.message)
    return answers.trouble(answers.TOKEN_INVALID if refused.status == 401 else answers.IDENTITY_UNAVAILABLE, headers)


def _target(scope: Scope) -> bytes:
    query: bytes = scope["query_string"]
    path: bytes = scope["raw_path"]
    return path + b"?" + query if query else path


def _trouble_of(error: Exception) -> Trouble:
    if isinstance(error, CallerTooSlow):
        return answers.TOO_SLOW
    if isinstance(error, ServiceTooSlow):
        return answers.NO_ANSWER
    return answers.UNAVAILABLE if isinstance(error, Unreachable) else answers.BAD_ANSWER


def _logged(segments: list[str]) -> str:
    """Return as much of a path as may be logged: which form somebody fills in is nobody's business."""
    return "/f" if segments[0] == "f" else "/" + "/".join(segments)


async def _reply(scope: Scope, send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})
