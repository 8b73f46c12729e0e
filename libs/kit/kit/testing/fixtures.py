"""The fixtures that a service's tests share: `database`, `ask`, `client` and `job_queue`."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from kit import app, jobs, settings
from kit.graphql import GraphQLEndpoint
from kit.testing.asking import Ask, Client
from kit.testing.databases import World, bench, on_database, own_database, world_of


def service_fixtures(module: str, world: World | None = None) -> tuple[Any, Any, Any]:
    """Return the fixtures `database`, `ask` and `client` for a service such as `org.app`.

    Tests that ask for `kept_world` (see `world_fixture`) find in their database what `world` makes.
    """

    @pytest.fixture(autouse=True)
    async def database(
        request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> AsyncIterator[app.Service]:
        storage_folder = str(tmp_path_factory.getbasetemp() / "objects")
        filled = world if "kept_world" in request.fixturenames else None
        made = await bench(module, storage_folder, filled)
        jobs.use_queue(jobs.MemoryQueue(list(made.waiting)))
        try:
            if request.node.get_closest_marker("committed"):
                async with own_database(made):
                    yield made.service
            else:
                async with on_database(module, storage_folder, filled) as service:
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


def world_fixture(module: str) -> Any:
    """Return the fixture `kept_world`: what a service's world told when it was made, once for all tests of a process.

    What a test does to the rows is undone as ever; the value itself is everybody's, and not to be changed.
    """

    @pytest.fixture
    def kept_world(database: app.Service) -> Any:
        return world_of(module)

    return kept_world


def _never(_: Request) -> Any:
    raise AssertionError("operations in process bring their own context")


@pytest.fixture
def job_queue() -> jobs.MemoryQueue:
    """The queue in which a test's jobs wait: look at `waiting`, or `await run_all()`."""
    queue = jobs.current_queue()
    assert isinstance(queue, jobs.MemoryQueue)
    return queue
