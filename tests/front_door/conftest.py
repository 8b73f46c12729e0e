"""The front door's tests run it for real, with strangers behind it that tell what they saw."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "gateway")]

from auth_origin import Origin, as_new, one_origin, plain_client, valkey_beside  # noqa: E402  # path first


@pytest.fixture(scope="session")
def store(test_servers: tuple[str, str], worker_name: str) -> str:
    return valkey_beside(test_servers, worker_name)


@pytest.fixture(scope="session")
async def running(store: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Origin]:
    async with one_origin(store, tmp_path_factory.mktemp("issuer"), access_log=True) as origin:
        yield origin


@pytest.fixture
async def origin(running: Origin, store: str) -> Origin:
    return await as_new(running, store)


@pytest.fixture
async def client(origin: Origin) -> AsyncIterator[httpx.AsyncClient]:
    async with plain_client() as client:
        client.base_url = httpx.URL(origin.url)
        yield client
