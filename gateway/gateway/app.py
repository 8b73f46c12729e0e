"""The gateway as one ASGI application: /graphql without detours, everything else by routes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import explorer, pages
from gateway.documents import Documents
from gateway.endpoint import GraphQLEndpoint, PassportFor
from gateway.errors import JsonObject, PlannerUnavailable
from gateway.execution.compile import PlanCompiler
from gateway.operations import Operations
from gateway.pages.stored import Reply
from gateway.planner.client import Planner
from gateway.planner.node import ModulesUnavailable, ensure_explorer, ensure_modules
from gateway.planner.supergraph import read_supergraph
from gateway.settings import Settings
from gateway.transport import HttpPool, PoolLimits

log = logging.getLogger("loa.gateway")


async def nobody(_: Request) -> str | None:
    """The caller of a gateway without identity."""
    return None


class Gateway:
    """The ASGI application; its lifespan owns the planner and the connections."""

    def __init__(
        self,
        settings: Settings,
        *,
        passport_for: PassportFor = nobody,
        routes: Sequence[BaseRoute] = (),
        within: AbstractAsyncContextManager[object] | None = None,
    ) -> None:
        """`passport_for` tells a request's caller, `routes` are served beside /graphql.

        `within` is entered for the life of the application.
        """
        self.settings = settings
        self.passport_for = passport_for
        self.within = within
        self.planner = Planner(settings.supergraph, timeout=settings.planning_timeout, wait=settings.planner_wait)
        self.limits = _limits(settings)
        self.pools = _pools(settings, self.limits)
        self.endpoint: GraphQLEndpoint | None = None
        self._pages: ASGIApp = Starlette(
            routes=[
                Route("/healthz", self._alive),
                Route("/readyz", self._ready),
                *self._explorer(),
                *pages.routes(self._ask),
                *routes,
            ],
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/graphql" and self.endpoint is not None:
            if self._is_for_the_explorer(scope):
                await explorer.page()(scope, receive, send)
            else:
                await self.endpoint(scope, receive, send)
            return
        await self._pages(scope, receive, send)

    @property
    def is_ready(self) -> bool:
        return self.endpoint is not None and self.planner.is_up

    @asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if self.within is not None:
                await stack.enter_async_context(self.within)
            await asyncio.to_thread(ensure_modules, log.info)
            stack.push_async_callback(self.planner.stop)
            await self.planner.start()
            self.endpoint = self._endpoint()
            for pool in self.pools.values():
                stack.push_async_callback(pool.close)
            fetching = asyncio.create_task(self._fetch_explorer())
            stack.callback(fetching.cancel)
            yield
            self.endpoint = None

    def _endpoint(self) -> GraphQLEndpoint:
        sdl = self.settings.supergraph.read_text(encoding="utf-8")
        supergraph = read_supergraph(sdl, self.planner.schema)
        # A subgraph that no setting names answers where the supergraph says.
        for name, address in supergraph.subgraphs.items():
            if name not in self.pools:
                self.pools[name] = _pool(name, address, self.limits)
        operations = Operations(self.planner, PlanCompiler(supergraph, self.pools), self.settings)
        return GraphQLEndpoint(operations, Documents(self.settings), self.passport_for, self.settings)

    async def _ask(self, request: Request, text: str, name: str, variables: JsonObject) -> Reply:
        if self.endpoint is None:
            raise PlannerUnavailable("The gateway is starting.")
        return await self.endpoint.ask(request, text, name, variables)

    def _explorer(self) -> list[Route]:
        return explorer.routes if self.settings.environment == "development" else []

    def _is_for_the_explorer(self, scope: Scope) -> bool:
        if self.settings.environment != "development" or scope["method"] != "GET" or scope["query_string"]:
            return False
        return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])

    async def _fetch_explorer(self) -> None:
        if self.settings.environment != "development":
            return
        try:
            await asyncio.to_thread(ensure_explorer, log.info)
        except (ModulesUnavailable, OSError) as error:
            log.warning("GraphiQL is not available: %s", error)

    async def _alive(self, _: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def _ready(self, _: Request) -> Response:
        if self.is_ready:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready"}, status_code=503)


def _pool(name: str, address: str, limits: PoolLimits) -> HttpPool:
    try:
        return HttpPool(address, limits)
    except ValueError as error:
        raise ValueError(f"subgraph {name}: {error}") from error


def _limits(settings: Settings) -> PoolLimits:
    return PoolLimits(
        timeout=settings.subgraph_timeout,
        connections=settings.subgraph_connections,
        response_bytes=settings.subgraph_response_limit,
        idle_seconds=settings.subgraph_idle_seconds,
    )


def _pools(settings: Settings, limits: PoolLimits) -> dict[str, HttpPool]:
    urls = {"org": settings.org_url, "survey": settings.survey_url, "media_archive": settings.media_archive_url}
    return {name: HttpPool(f"{url.rstrip('/')}/graphql", limits) for name, url in urls.items()}
