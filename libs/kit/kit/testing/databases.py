"""A migrated database for each service under test and test process, in a transaction that is undone."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from tortoise.context import TortoiseContext, _current_context  # pyright: ignore[reportPrivateUsage]
from tortoise.transactions import in_transaction

from kit import app, db, jobs, settings
from kit.testing.callers import passport_keys

DATABASE_VARIABLE = "LOA_TEST_DATABASE_URL"
REDIS_VARIABLE = "LOA_TEST_REDIS_URL"


def use_test_settings(database_url: str, redis_url: str, storage_folder: str) -> None:
    """Give this process the settings of a test run."""
    private, public = passport_keys()
    os.environ.update(
        LOA_ENVIRONMENT="development",
        LOA_DATABASE_URL=database_url,
        LOA_DATABASE_POOL_SIZE="4",
        LOA_REDIS_URL=redis_url,
        LOA_STORAGE_URL=f"file://{storage_folder}",
        LOA_PASSPORT_PRIVATE_KEY=private,
        LOA_PASSPORT_PUBLIC_KEY=public,
        LOA_INTERNAL_KEY="internal-key-of-the-tests",
    )
    settings.current.cache_clear()


async def new_database(server_url: str, name: str, template: str = "template1") -> str:
    """Create a database (again), empty or as a copy of a template, and return its URL."""
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await connection.close()
    return with_database(server_url, name)


def with_database(url: str, name: str) -> str:
    """Return a server's URL with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


World = Callable[[], Awaitable[Any]]
"""Fills a service's database with what many of its tests begin with, and tells what it made."""


@dataclass(frozen=True)
class Bench:
    """A service under test: its migrated database and the tortoise context that is connected to it."""

    service: app.Service
    url: str
    context: TortoiseContext
    world: Any = None
    """What was made in it, once and for all."""
    waiting: tuple[tuple[jobs.Job, tuple[str, ...]], ...] = ()
    """The jobs that this left behind."""


_benches: dict[str, Bench] = {}


async def bench(module: str, storage_folder: str, world: World | None = None) -> Bench:
    """Return a service's bench, empty or with a world in it, made when it is first asked for in this process."""
    if world is not None:
        return await _filled_bench(module, storage_folder, world)
    name = _database_name(module)
    if module not in _benches:
        url = _use_database(name, storage_folder)
        service = app.load(module)
        await new_database(os.environ[DATABASE_VARIABLE], name)
        # tortoise's migrations set context variables: let them end with a task of their own.
        await asyncio.create_task(db.migrate(service.database(url)))
        _benches[module] = Bench(service, url, await _connected(service.database(url)))
    _use_database(name, storage_folder)
    return _benches[module]


async def _filled_bench(module: str, storage_folder: str, world: World) -> Bench:
    name = _filled_name(module)
    if name not in _benches:
        empty = await bench(module, storage_folder)
        await empty.context.connections.close_all(discard=False)
        url = await new_database(os.environ[DATABASE_VARIABLE], name, _database_name(module))
        _use_database(name, storage_folder)
        context = await _connected(empty.service.database(url))
        queue = jobs.MemoryQueue()
        jobs.use_queue(queue)
        with _in_context(context):
            _benches[name] = Bench(empty.service, url, context, await world(), tuple(queue.waiting))
    _use_database(name, storage_folder)
    return _benches[name]


def world_of(module: str) -> Any:
    """Return what the world told that is in a service's filled database."""
    return _benches[_filled_name(module)].world


def _database_name(module: str) -> str:
    return f"loa_test_{module.split('.', maxsplit=1)[0]}_{worker_name()}"


def _filled_name(module: str) -> str:
    return f"{_database_name(module)}_filled"


def _use_database(name: str, storage_folder: str) -> str:
    """Have this process's settings name one of the run's databases; return its URL."""
    url = with_database(os.environ[DATABASE_VARIABLE], name)
    if os.environ.get("LOA_DATABASE_URL") != url:
        use_test_settings(url, os.environ[REDIS_VARIABLE], storage_folder)
    return url


def worker_name() -> str:
    """Return the name of this test process, by which its databases are told from those of its neighbours."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


async def _connected(config: dict[str, Any]) -> TortoiseContext:
    context = TortoiseContext()
    with _in_context(context):
        await context.init(config=config)
    return context


@contextlib.contextmanager
def _in_context(context: TortoiseContext) -> Iterator[None]:
    # Services' contexts live side by side in one test process; tortoise knows "the current one" only by this variable.
    _current_context.set(context)
    try:
        yield
    finally:
        _current_context.set(None)


@contextlib.asynccontextmanager
async def own_database(made: Bench) -> AsyncIterator[None]:
    """A copy of the migrated database in which commits are real."""
    name = urlsplit(made.url).path.lstrip("/")
    await made.context.connections.close_all(discard=False)
    url = await new_database(os.environ[DATABASE_VARIABLE], f"{name}_own", template=name)
    before = os.environ["LOA_DATABASE_URL"]
    os.environ["LOA_DATABASE_URL"] = url
    settings.current.cache_clear()
    context = await _connected(made.service.database(url))
    try:
        with _in_context(context):
            yield
    finally:
        await context.connections.close_all(discard=False)
        os.environ["LOA_DATABASE_URL"] = before
        settings.current.cache_clear()


@contextlib.asynccontextmanager
async def on_database(module: str, storage_folder: str, world: World | None = None) -> AsyncIterator[app.Service]:
    """Run a block on a service's migrated test database, empty or filled, in a transaction that is undone."""
    made = await bench(module, storage_folder, world)
    with _in_context(made.context):
        async with in_transaction("default") as undone:
            yield made.service
            await undone.rollback()
