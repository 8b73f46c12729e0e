"""Real servers for the gateway's tests: three subgraphs that remember what they were asked and can be made to misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import uvicorn
from gateway_subgraphs import SCHEMAS
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.federation import Schema

from gateway.app import Gateway, nobody
from gateway.endpoint import PassportFor
from gateway.settings import Settings

Fault = Callable[[Send], Awaitable[None]]


@dataclass
class Call:
    query: str
    variables: dict[str, Any]
    headers: dict[str, str]


@dataclass
class SubgraphApp:
    """A strawberry schema behind plain HTTP; a `fault` answers in its place."""

    schema: Schema
    calls: list[Call] = field(default_factory=list)
    fault: Fault | None = None
    connections: set[Any] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.connections.add(scope["client"])
        asked = orjson.loads(await _body(receive))
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        # strawberry takes the type names out of the representations it is given.
        self.calls.append(Call(asked["query"], deepcopy(asked.get("variables") or {}), headers))
        if self.fault:
            await self.fault(send)
            return
        result = await self.schema.execute(asked["query"], variable_values=asked.get("variables"))
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        await reply(send, orjson.dumps(answer))


async def reply(send: Send, body: bytes, status: int = 200) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


@asynccontextmanager
async def serving(app: ASGIApp, *, lifespan: str = "off", port: int = 0) -> AsyncIterator[str]:
    """Serves on a free port of this loop until left; yields the base URL."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, lifespan=lifespan, log_level="error", ws="none")
    server = uvicorn.Server(config)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup() if lifespan == "off" else await _start_with_lifespan(server)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        loop = asyncio.create_task(server.main_loop())
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        await loop
        await server.shutdown()
        if lifespan != "off":
            await server.lifespan.shutdown()


async def _start_with_lifespan(server: uvicorn.Server) -> None:
    await server.startup()
    if server.should_exit:
        raise RuntimeError("the application did not start")


@dataclass
class World:
    """The subgraphs, their addresses, and their supergraph."""

    apps: dict[str, SubgraphApp]
    urls: dict[str, str]
    supergraph: Path

    def settings(self, **changes: Any) -> Settings:
        urls = {f"{name}_url": url for name, url in self.urls.items()}
        plenty: dict[str, Any] = {"new_operations_burst": 10_000, "environment": "production", "subgraph_timeout": 30.0}
        return Settings(supergraph=self.supergraph, **{**plenty, **urls, **changes})

    def calm(self) -> None:
        for app in self.apps.values():
            app.calls.clear()
            app.fault = None

    def calls(self) -> list[tuple[str, Call]]:
        return [(name, call) for name, app in self.apps.items() for call in app.calls]


@dataclass
class Reply:
    status: int
    body: dict[str, Any]
    headers: httpx.Headers

    @property
    def data(self) -> Any:
        return self.body.get("data")

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self.body.get("errors", [])

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]

    @property
    def places(self) -> list[tuple[str, tuple[str | int, ...]]]:
        return [(error["extensions"]["code"], tuple(error.get("path", ()))) for error in self.errors]


@dataclass
class RunningGateway:
    app: Gateway
    http: httpx.AsyncClient

    async def ask(
        self, query: str, variables: dict[str, Any] | None = None, headers: dict[str, str] | None = None, **more: Any
    ) -> Reply:
        body = {"query": query, **({"variables": variables} if variables is not None else {}), **more}
        response = await self.http.post("/graphql", json=body, headers=headers)
        return Reply(response.status_code, response.json(), response.headers)


@asynccontextmanager
async def running_gateway(settings: Settings, passport_for: PassportFor = nobody) -> AsyncIterator[RunningGateway]:
    app = Gateway(settings, passport_for=passport_for)
    async with serving(app, lifespan="on") as url, httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
        yield RunningGateway(app, http)


StartGateway = Callable[..., AbstractAsyncContextManager[RunningGateway]]
"""Starts a gateway with the given settings, for as long as it is entered."""


def new_apps() -> dict[str, SubgraphApp]:
    return {name: SubgraphApp(schema) for name, schema in SCHEMAS.items()}
