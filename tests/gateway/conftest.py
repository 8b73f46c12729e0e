"""The gateway's tests run it over three strawberry subgraphs behind real HTTP and with the real planner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from gateway_servers import RunningGateway, StartGateway, World, new_apps, running_gateway, serving
from gateway_subgraphs import SCHEMAS

from gateway.composition import compose


@pytest.fixture(scope="session")
def supergraph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    paths = {name: folder / f"{name}.graphql" for name in SCHEMAS}
    for name, path in paths.items():
        path.write_text(SCHEMAS[name].as_str(), encoding="utf-8")
    composed = folder / "supergraph.graphql"
    composed.write_text(compose(paths), encoding="utf-8")
    return composed


@pytest.fixture(scope="session")
async def shared_world(supergraph: Path) -> AsyncIterator[World]:
    apps = new_apps()
    async with AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(serving(app)) for name, app in apps.items()}
        yield World(apps, urls, supergraph)


@pytest.fixture
def world(shared_world: World) -> World:
    shared_world.calm()
    return shared_world


@pytest.fixture(scope="session")
async def shared_gateway(shared_world: World) -> AsyncIterator[RunningGateway]:
    async with running_gateway(shared_world.settings()) as running:
        yield running


@pytest.fixture
def gateway(shared_gateway: RunningGateway, world: World) -> RunningGateway:
    """A gateway over the three subgraphs with ordinary limits, shared by the tests that do not change it."""
    return shared_gateway


@pytest.fixture
def start_gateway(world: World) -> StartGateway:
    """`async with start_gateway(depth_limit=3) as gateway:` is a gateway of the test's own."""

    def start(**settings: Any) -> AbstractAsyncContextManager[RunningGateway]:
        passport_for = settings.pop("passport_for", None)
        extra = {"passport_for": passport_for} if passport_for else {}
        return running_gateway(world.settings(**settings), **extra)

    return start
