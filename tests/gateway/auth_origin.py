"""Everything behind one origin: the real front door, issuer and identity of the gateway, with strangers for services."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from auth_world import INTERNAL_KEY, OrgStandIn, bound_socket, serving, url_of
from pydantic import SecretStr
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.auth import AuthError, AuthSettings, Callers, routes
from loa.front_door.app import FrontDoor
from loa.front_door.server import server_of
from loa.front_door.settings import FrontDoorSettings
from loa.issuer import IssuerSettings, issuer_app, sign_access_token


@dataclass
class Seen:
    """One request as a service saw it."""

    method: str
    target: str
    headers: dict[str, list[str]]
    client: Any
    size: int
    sha256: str

    def header(self, name: str) -> str | None:
        values = self.headers.get(name, [])
        assert len(values) <= 1, values
        return values[0] if values else None


@dataclass
class Stranger:
    """A service that remembers whatever reaches it; `answer` may be replaced."""

    name: str
    seen: list[Seen] = field(default_factory=list)
    ready: bool = True
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    status: int = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/readyz":
            await Response(status_code=200 if self.ready else 503)(scope, receive, send)
            return
        size, digest = await _digest(receive)
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        query = scope["query_string"].decode()
        target = scope["raw_path"].decode() + (f"?{query}" if query else "")
        self.seen.append(Seen(scope["method"], target, headers, scope["client"], size, digest))
        body = self.body or orjson.dumps({"service": self.name, "size": size})
        await send({"type": "http.response.start", "status": self.status, "headers": self._headers(body)})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _headers(self, body: bytes) -> list[tuple[bytes, bytes]]:
        return [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *self.headers]

    @property
    def last(self) -> Seen:
        return self.seen[-1]


async def _digest(receive: Receive) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    while True:
        message: Message = await receive()
        assert message["type"] == "http.request", "the caller went away"
        size += len(message.get("body", b""))
        digest.update(message.get("body", b""))
        if not message.get("more_body"):
            return size, digest.hexdigest()


@dataclass
class Origin:
    """The running whole."""

    url: str
    door: FrontDoor
    settings: FrontDoorSettings
    issuer: IssuerSettings
    callers: Callers
    org: OrgStandIn
    strangers: dict[str, Stranger]
    checks: list[str]

    def token(self, subject: str = "lan", **options: Any) -> str:
        return sign_access_token(self.issuer.issuer_key_file, self.issuer.issuer, subject, **options)


@asynccontextmanager
async def one_origin(valkey: str, folder: Path, **changes: Any) -> AsyncGenerator[Origin]:
    """Start everything on free ports; `changes` go to the front door's settings."""
    listening = bound_socket()
    url = url_of(listening)
    org, checks = OrgStandIn(), list[str]()
    strangers = {name: Stranger(name) for name in ("org", "survey", "media-archive")}
    async with AsyncExitStack() as stack:
        org_url = await stack.enter_async_context(serving(_OrgAndStranger(org, strangers["org"])))
        survey_url = await stack.enter_async_context(serving(strangers["survey"]))
        media_archive_url = await stack.enter_async_context(serving(strangers["media-archive"]))
        auth = AuthSettings(
            environment="development",
            public_url=url,
            org_url=org_url,
            redis_url=valkey,
            internal_key=SecretStr(INTERNAL_KEY),
        )
        callers = await stack.enter_async_context(Callers(auth))
        gateway_url = await stack.enter_async_context(serving(_gateway(callers, checks)))
        settings = FrontDoorSettings.model_validate(
            {
                "environment": "development",
                "public_url": url,
                "gateway_url": gateway_url,
                "org_url": org_url,
                "survey_url": survey_url,
                "media_archive_url": media_archive_url,
                **changes,
            }
        )
        issuer = IssuerSettings(
            environment="development",
            public_url=url,
            org_url=org_url,
            internal_key=SecretStr(INTERNAL_KEY),
            issuer_key_file=folder / "issuer.pem",
        )
        door = FrontDoor(settings, issuer_app(issuer))
        stack.callback(door.close)
        await stack.enter_async_context(serving(door, listening, server_of(settings, door)))
        yield Origin(url, door, settings, issuer, callers, org, strangers, checks)


def valkey_beside(test_servers: tuple[str, str], worker_name: str) -> str:
    """Return a logical database for a whole module, which the tests' own `valkey` leaves alone."""
    worker = int(worker_name.removeprefix("gw")) if worker_name.startswith("gw") else 0
    return f"{test_servers[1].rpartition('/')[0]}/{8 + worker % 8}"


async def as_new(origin: Origin, valkey: str) -> Origin:
    """Forget what an earlier test left behind."""
    async with Redis.from_url(valkey) as redis:
        await redis.flushdb()
    origin.org.__init__()
    for name, stranger in origin.strangers.items():
        stranger.__init__(name)
    origin.checks.clear()
    return origin


def _gateway(callers: Callers, checks: list[str]) -> ASGIApp:
    """The gateway's identity, and a /graphql that tells whose request it is."""

    async def graphql(request: Request) -> Response:
        try:
            passport = await callers.passport_for(request)
        except AuthError as error:
            return JSONResponse({"errors": error.formatted()}, status_code=error.status)
        return JSONResponse({"data": {"passport": passport}, "headers": dict(request.headers)})

    app = Starlette(
        routes=[
            Route("/graphql", graphql, methods=["GET", "POST"]),
            Route("/readyz", lambda _: Response()),
            *routes(callers),
        ]
    )

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/auth/check":
            checks.append(scope["method"])
        await app(scope, receive, send)

    return counting


@dataclass
class _OrgAndStranger:
    """org answers the inside under /internal, and anybody else as a stranger."""

    org: OrgStandIn
    stranger: Stranger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/internal"):
            await self.org.app()(scope, receive, send)
        else:
            await self.stranger(scope, receive, send)


def plain_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=10)
