"""The least that stores a form durably: an endpoint that inserts the bytes that came, one row and one commit each."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@asynccontextmanager
async def _lifespan(application: Starlette) -> AsyncIterator[None]:
    # As many connections as a service opens.
    async with asyncpg.create_pool(os.environ["LOA_DATABASE_URL"], min_size=10, max_size=10) as pool:
        await pool.execute("CREATE TABLE IF NOT EXISTS bare (body bytea NOT NULL)")
        application.state.pool = pool
        yield


async def _store(request: Request) -> Response:
    await request.app.state.pool.execute("INSERT INTO bare (body) VALUES ($1)", await request.body())
    return Response(status_code=201)


async def _ready(_: Request) -> Response:
    return Response()


app = Starlette(
    routes=[Route("/f/{code}", _store, methods=["POST"]), Route("/readyz", _ready)],
    lifespan=_lifespan,
)
