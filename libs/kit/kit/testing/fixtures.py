"""The fixtures that a service's tests share: `database`, `ask`, `client` and `job_queue`."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from kit import app, jobs, settings
from kit.graphql import GraphQLEndpoint
from kit.testing.asking import Ask, Client
from kit.testing.databases import bench, on_database, own_database


def service_fixtures(module: str) -> tuple[Any, Any, Any]:
    """Return the fixtures `database`, `ask` and `client` for a service such as `org.app`."""

    @pytest.fixture(autouse=True)
    async def database(
        request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> AsyncIterator[app.Service]:
        storage_folder = str(tmp_path_factory.getbasetemp() / "objects")
        made = await bench(module, storage_folder)
        jobs.use_queue(jobs.MemoryQueue())
        try:
            if request.node.get_closest_marker("committed"):
                async with own_database(made):
                    yield made.service
            else:
                async with on_database(module, storage_folder) as service:
                    yield service
        finally:
            jobs.use_queue(None)

    @pytest.fixture
    def ask(database: app.Service) -> Ask:
        return Ask(database, GraphQLEndpoint(database.schema, _never))

    @pytest.fixture
    async def client(database: app.Service) -> AsyncIterator[Client]:
        transport = httpx.ASGITransport(app=database.asgi())
        async with httpx.AsyncClient(transport=transport, base_url=settings.current().public_url) as http:
            yield Client(http)

    return database, ask, client


def _never(_: Request) -> Any:
    raise AssertionError("operations in process bring their own context")


@pytest.fixture
def job_queue() -> jobs.MemoryQueue:
    """The queue in which a test's jobs wait: look at `waiting`, or `await run_all()`."""
    queue = jobs.current_queue()
    assert isinstance(queue, jobs.MemoryQueue)
    return queue
