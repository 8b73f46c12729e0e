"""Test fixtures for a service: a migrated database, a transaction undone after each test, operations and pages."""

import ast
import asyncio
import contextlib
import inspect
import os
import textwrap
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType, ModuleType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import Request
from tortoise.context import TortoiseContext, _current_context  # pyright: ignore[reportPrivateUsage]
from tortoise.transactions import in_transaction

from kit import app, db, jobs, settings
from kit.graphql import GraphQLEndpoint
from kit.identity import ANONYMOUS, PASSPORT_HEADER, Caller, Grant, Role, sign_passport

DATABASE_VARIABLE = "LOA_TEST_DATABASE_URL"
REDIS_VARIABLE = "LOA_TEST_REDIS_URL"


@cache
def passport_keys() -> tuple[str, str]:
    """Return a private and a public passport key (PEM), the same during a test run."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    return private, public


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


@dataclass(frozen=True)
class Reply:
    """What an operation answered."""

    data: Any
    errors: list[dict[str, Any]]

    @property
    def field(self) -> Any:
        """The value of the only root field."""
        assert self.data is not None, self.errors
        (only,) = self.data.values()
        return only

    @property
    def code(self) -> str | None:
        """The code of the only root field's problem, or of the first error; None when all went well."""
        if self.errors:
            return self.errors[0]["extensions"]["code"]
        only = self.field
        return only.get("code") if isinstance(only, dict) else None


@dataclass
class Ask:
    """Runs operations on a service's schema, in process, as somebody."""

    service: app.Service
    endpoint: Any

    async def __call__(
        self, document: str, caller: Caller = ANONYMOUS, language: str = "vi", **variables: Any
    ) -> Reply:
        # Through JSON and back, as a client sees it.
        answer = orjson.loads(
            orjson.dumps(await self.endpoint.run(document, variables, None, self.service.context_for(caller, language)))
        )
        return Reply(answer.get("data"), answer.get("errors", []))


@dataclass
class AuditedAsk(Ask):
    """Asks as every client does, and sees to it that a mutation that wrote something is in the service's audit trail.

    Of the mutations named in `untold` nothing may be in it.
    """

    untold: frozenset[str] = frozenset()

    async def __call__(
        self, document: str, caller: Caller = ANONYMOUS, language: str = "vi", **variables: Any
    ) -> Reply:
        """Ask, and look at what was written."""
        if not document.lstrip().startswith("mutation"):
            return await super().__call__(document, caller, language, **variables)
        entries, writes = await _written()
        reply = await super().__call__(document, caller, language, **variables)
        outcomes = reply.data or {}
        if any(name in document for name in self.untold):
            assert (await _written())[0] == entries, f"the trail tells what it must not: {document}"
        elif not reply.errors and not any(outcome.get("code") for outcome in outcomes.values() if outcome):
            now = await _written()
            assert now[0] > entries or now[1] == writes, f"a change left no trail: {document}"
        return reply


async def _written() -> tuple[int, int]:
    """Return how many entries the trail has, and how many rows this test's transaction has written to other tables."""
    counts = await db.row(
        """SELECT (SELECT count(*) FROM audit) AS entries,
                  (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables
                   WHERE relname <> 'audit') AS writes"""
    )
    return (counts["entries"], int(counts["writes"])) if counts else (0, 0)


def mutations(mutation: Any) -> Iterator[tuple[str, FunctionType]]:
    """Yield each field of a service's mutation type with the function behind it."""
    for each in mutation.__strawberry_definition__.fields:
        yield each.name, inspect.unwrap(each.base_resolver.wrapped_func)


def reaches_the_trail(function: FunctionType, seen: set[FunctionType] | None = None) -> bool:
    """Whether a function, or one of its service that it names, calls the audit trail."""
    seen = set() if seen is None else seen
    if function in seen:
        return False
    seen.add(function)
    return any(
        named.__module__ == "kit.audit" or reaches_the_trail(named, seen)
        for named in _called(function, function.__module__.split(".")[0])
    )


def _called(function: FunctionType, service: str) -> Iterator[FunctionType]:
    """Yield the service's functions that a function's source names, also by way of a module or of an object."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Name):
            named = [function.__globals__.get(node.id)]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = function.__globals__.get(node.value.id)
            known = isinstance(module, ModuleType)
            named = [getattr(module, node.attr, None)] if known else _methods(function, node.attr, service)
        else:
            continue
        for each in named:
            if isinstance(each, FunctionType) and (
                each.__module__ == "kit.audit" or each.__module__.split(".")[0] == service
            ):
                yield inspect.unwrap(each)


def _methods(function: FunctionType, name: str, service: str) -> list[object]:
    """Return the methods of a name that the classes known to a function have."""
    classes = [known for known in function.__globals__.values() if isinstance(known, type)]
    return [vars(known)[name] for known in classes if name in vars(known) and known.__module__.startswith(service)]


@dataclass
class Client:
    """Pages and files of a service over its ASGI application, as somebody."""

    http: httpx.AsyncClient

    async def request(self, method: str, url: str, *, caller: Caller = ANONYMOUS, **options: Any) -> httpx.Response:
        """Send a request with the caller's passport."""
        headers = dict(options.pop("headers", None) or {})
        if caller.subject is not None:
            headers[PASSPORT_HEADER] = sign_passport(passport_keys()[0], caller)[0]
        return await self.http.request(method, url, headers=headers, **options)

    async def get(self, url: str, **options: Any) -> httpx.Response:
        """Send a GET."""
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> httpx.Response:
        """Send a POST."""
        return await self.request("POST", url, **options)


def caller_as(role: Role, unit: Any, subject: str = "test-person", tree_version: int = 1) -> Caller:
    """Return a caller with one role on a unit (anything with `id` and `path`, or a path)."""
    path = unit if isinstance(unit, str) else unit["path"] if not hasattr(unit, "path") else unit.path
    unit_id = "" if isinstance(unit, str) else str(unit["id"] if not hasattr(unit, "id") else unit.id)
    return Caller(subject=subject, grants=(Grant(role, unit_id, path),), tree_version=tree_version)


@dataclass
class Statements:
    """The SQL statements that ran inside a `queries()` block."""

    texts: list[str] = field(default_factory=list[str])

    @property
    def count(self) -> int:
        """How many statements ran, savepoints aside."""
        return len(self.texts)


@contextlib.contextmanager
def queries() -> Iterator[Statements]:
    """Count the statements that the test's connection runs inside the block."""
    seen = Statements()
    raw: Any = db.connection()._connection  # pyright: ignore[reportPrivateUsage]  # tortoise shows it nowhere else
    log = asyncpg.Connection._time_and_log  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]

    # asyncpg tells its loggers in the loop's next round, when the block may have ended: note a statement as it starts.
    # Only connections with a logger come by here, so it is ours.
    def noted(connection: Any, query: str, *rest: Any) -> Any:
        if not _is_housekeeping(query):
            seen.texts.append(query)
        return log(connection, query, *rest)

    raw.add_query_logger(_ignore)
    asyncpg.Connection._time_and_log = noted  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    try:
        yield seen
    finally:
        asyncpg.Connection._time_and_log = log  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
        raw.remove_query_logger(_ignore)


def _is_housekeeping(query: str) -> bool:
    """Whether a statement frames a transaction, or is asyncpg's own: it asks for a type the first time it meets it."""
    if query.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")):
        return True
    return "typeinfo_tree" in query or "'jit'" in query


def _ignore(_: Any) -> None:
    """Be a query logger, so that asyncpg looks at statements at all."""


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


@dataclass(frozen=True)
class Bench:
    """A service under test: its migrated database and the tortoise context that is connected to it."""

    service: app.Service
    url: str
    context: TortoiseContext


_benches: dict[str, Bench] = {}


async def _bench(module: str, storage_folder: str) -> Bench:
    server_url, redis_url = os.environ[DATABASE_VARIABLE], os.environ[REDIS_VARIABLE]
    name = f"loa_test_{module.split('.', maxsplit=1)[0]}_{worker_name()}"
    url = with_database(server_url, name)
    if os.environ.get("LOA_DATABASE_URL") != url:
        use_test_settings(url, redis_url, storage_folder)
    if module not in _benches:
        service = app.load(module)
        await new_database(server_url, name)
        # tortoise's migrations set context variables: let them end with a task of their own.
        await asyncio.create_task(db.migrate(service.database(url)))
        context = await _connected(service.database(url))
        _benches[module] = Bench(service, url, context)
    return _benches[module]


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
async def _own_database(bench: Bench) -> AsyncIterator[None]:
    """A copy of the migrated database in which commits are real."""
    name = urlsplit(bench.url).path.lstrip("/")
    await bench.context.connections.close_all(discard=False)
    url = await new_database(os.environ[DATABASE_VARIABLE], f"{name}_own", template=name)
    before = os.environ["LOA_DATABASE_URL"]
    os.environ["LOA_DATABASE_URL"] = url
    settings.current.cache_clear()
    context = await _connected(bench.service.database(url))
    try:
        with _in_context(context):
            yield
    finally:
        await context.connections.close_all(discard=False)
        os.environ["LOA_DATABASE_URL"] = before
        settings.current.cache_clear()


@contextlib.asynccontextmanager
async def on_database(module: str, storage_folder: str) -> AsyncIterator[app.Service]:
    """Run a block on a service's migrated test database, in a transaction that is undone."""
    bench = await _bench(module, storage_folder)
    with _in_context(bench.context):
        async with in_transaction("default") as undone:
            yield bench.service
            await undone.rollback()


def service_fixtures(module: str) -> tuple[Any, Any, Any]:
    """Return the fixtures `database`, `ask` and `client` for a service such as `org.app`."""

    @pytest.fixture(autouse=True)
    async def database(
        request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> AsyncIterator[app.Service]:
        storage_folder = str(tmp_path_factory.getbasetemp() / "objects")
        bench = await _bench(module, storage_folder)
        jobs.use_queue(jobs.MemoryQueue())
        try:
            if request.node.get_closest_marker("committed"):
                async with _own_database(bench):
                    yield bench.service
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
